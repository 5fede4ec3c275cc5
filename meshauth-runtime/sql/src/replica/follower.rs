//! What reads the database, and keeps the copy.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use meshauth_runtime::directory::{LiveView, Update, View, ViewWriter};
use tokio::{task, time};

use super::{PATIENCE, signal::Signal, within};
use crate::{
    error::SqlError,
    log, metrics,
    store::{Changes, ChangesSince, Position, Snapshot, Source, Store},
};

/// How long it goes unasked whether anything changed, when nothing tells of it.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);
/// Changes that come together are read together.
pub(crate) const GATHERING: Duration = Duration::from_millis(5);
/// The whole of a large directory takes longer.
const PATIENCE_FOR_ALL: Duration = Duration::from_mins(2);

pub(super) struct Follower {
    source: Source,
    /// None after an error that may be the connection's.
    store: Option<Store>,
    writer: ViewWriter,
    /// How far the copy is; none if the whole has to be read.
    position: Option<Position>,
    signal: Arc<Signal>,
    /// Whether the last question failed, so that one outage is told once.
    is_failing: bool,
}

impl Follower {
    pub(super) fn new(source: Source, signal: Arc<Signal>) -> Self {
        let writer = ViewWriter::new();
        Self { source, store: None, writer, position: None, signal, is_failing: false }
    }

    pub(super) fn view(&self) -> LiveView {
        self.writer.view()
    }

    /// Follows the database for ever.
    pub(super) async fn follow(mut self) {
        loop {
            let woken = time::timeout(INTERVAL, self.signal.wait()).await;
            if woken.is_ok() {
                time::sleep(GATHERING).await;
            }
            let before = self.position.clone();
            let caught_up = self.catch_up().await;
            if caught_up.is_err() || woken.is_err() && self.position != before {
                self.signal.is_missed();
            }
            match caught_up {
                Ok(()) if self.is_failing => {
                    self.is_failing = false;
                    log::database_is_back();
                }
                Ok(()) => {}
                Err(error) => self.fail(&error),
            }
        }
    }

    /// The copy ages until the database answers again.
    fn fail(&mut self, error: &SqlError) {
        self.store = None;
        if !self.is_failing {
            log::database_failed(error);
        }
        self.is_failing = true;
    }

    async fn catch_up(&mut self) -> Result<(), SqlError> {
        let Some(position) = self.position.clone() else { return self.load().await };
        let store = self.store().await?;
        // From before the question: what it finds was true then, or later.
        let known = Instant::now();
        match within(PATIENCE, store.changes_since(&position)).await? {
            ChangesSince::Changes(changes) => self.take(changes, known).await,
            ChangesSince::Reload => {
                log::reload_begins();
                self.load().await
            }
        }
    }

    /// Reads the whole in the place of all that was known.
    pub(super) async fn load(&mut self) -> Result<(), SqlError> {
        let store = self.store().await?;
        let known = Instant::now();
        let Snapshot { position, world } = within(PATIENCE_FOR_ALL, store.snapshot()).await?;
        let sizes = [world.groups().len(), world.entities().len(), world.clients().len()];
        // Making the view of a large world takes a while, in which other tasks want to run.
        let view = task::spawn_blocking(move || View::new(&world)).await;
        let view = view.map_err(|_| SqlError::Fault("panic".to_owned()))?;
        self.writer.replace(view.map_err(SqlError::Inconsistent)?, known);
        log::loaded(sizes, known.elapsed());
        metrics::position(position.number());
        self.position = Some(position);
        Ok(())
    }

    async fn take(&mut self, changes: Changes, known: Instant) -> Result<(), SqlError> {
        let Changes { position, groups, entities, clients } = changes;
        let mut update = Update::new();
        for (name, owner) in groups {
            match owner {
                Some(owner) => update.put_group(name, owner),
                None => update.remove_group(name),
            }
        }
        for (name, entity) in entities {
            match entity {
                Some(entity) => update.put_entity(entity),
                None => update.remove_entity(name),
            }
        }
        for (name, client) in clients {
            match client {
                Some(client) => update.put_client(client),
                None => update.remove_client(name),
            }
        }
        if let Err(error) = self.writer.update(&update, known) {
            // The database would not hold such a world: the copy is not what it was thought to be.
            log::update_refused(&error);
            self.position = None;
            return self.load().await;
        }
        metrics::position(position.number());
        self.position = Some(position);
        Ok(())
    }

    /// The database, connected to anew after an error.
    async fn store(&mut self) -> Result<Store, SqlError> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        let store = within(PATIENCE, self.source.open()).await?;
        Ok(self.store.insert(store).clone())
    }
}
