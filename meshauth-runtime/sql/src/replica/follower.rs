//! What reads the database, and keeps the copy.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use meshauth_runtime::directory::{LiveView, Update, View, ViewWriter};
use tokio::{task, time};

use super::{PATIENCE, glass_watch::GlassWatch, signal::Signal, within};
use crate::{
    error::SqlError,
    log, metrics,
    store::{Changes, ChangesSince, Position, Snapshot, Source, Store},
};

/// How long it goes unasked whether anything changed, when nothing tells of it.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);
/// Changes that come together are read together.
pub(crate) const GATHERING: Duration = Duration::from_millis(5);
/// How often it is told that the whole is still being read.
const NEWS: Duration = Duration::from_secs(2);
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
    glass: GlassWatch,
    /// Whether the last question failed, so that one outage is told once.
    is_failing: bool,
}

impl Follower {
    pub(super) fn new(source: Source, signal: Arc<Signal>) -> Self {
        Self {
            source,
            store: None,
            writer: ViewWriter::new(),
            position: None,
            signal,
            glass: GlassWatch::new(),
            is_failing: false,
        }
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
            if let Some(store) = &self.store {
                self.glass.look(store).await;
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
        // In a box, as nobody's future should be as large as all that reading needs.
        let reading = Box::pin(within(PATIENCE_FOR_ALL, read(&store)));
        let (position, view, sizes) = telling(reading, log::still_reading).await?;
        self.writer.replace(view, known);
        self.glass.entities_changed();
        log::loaded(sizes, known.elapsed());
        metrics::position(position.number());
        self.position = Some(position);
        Ok(())
    }

    async fn take(&mut self, changes: Changes, known: Instant) -> Result<(), SqlError> {
        let Changes { position, groups, entities, clients } = changes;
        if !entities.is_empty() {
            self.glass.entities_changed();
        }
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

/// The whole, as a view, with how many groups, entities and clients that are.
async fn read(store: &Store) -> Result<(Position, View, [usize; 3]), SqlError> {
    let Snapshot { position, world } = store.snapshot().await?;
    let sizes = [world.groups().len(), world.entities().len(), world.clients().len()];
    // Making the view of a large world takes a while, in which other tasks want to run.
    let view = task::spawn_blocking(move || View::new(&world)).await;
    let view = view.map_err(|_| SqlError::Fault("panic".to_owned()))?;
    Ok((position, view.map_err(SqlError::Inconsistent)?, sizes))
}

/// Says every few seconds that it still goes on, and for how long it has.
async fn telling<T>(work: impl Future<Output = T>, say: impl Fn(Duration)) -> T {
    let (started, mut work) = (time::Instant::now(), pin!(work));
    loop {
        match time::timeout(NEWS, &mut work).await {
            Ok(done) => return done,
            Err(_) => say(started.elapsed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_told_of_and_what_does_not_is_not() {
        for (seconds, expected) in [(1, vec![]), (5, vec![2, 4])] {
            let said = RefCell::new(Vec::new());
            let work = time::sleep(Duration::from_secs(seconds));
            telling(work, |elapsed| said.borrow_mut().push(elapsed.as_secs())).await;
            assert_eq!(said.into_inner(), expected);
        }
    }
}
