//! Announces what the log of changes names, so that open streams are decided again at once. It proves
//! nothing: whatever becomes of it, each decision asks the database.

use std::sync::Arc;

use meshauth_runtime::{Revocation, Revocations};
use tokio::time;

use crate::{
    error::SqlError,
    log,
    replica::{GATHERING, GlassWatch, INTERVAL, PATIENCE, Signal, within},
    store::{Position, Store},
};

pub(super) struct Announcer {
    store: Store,
    signal: Arc<Signal>,
    revocations: Revocations,
    /// All before it is announced.
    position: Position,
    glass: GlassWatch,
    /// Whether the last question failed, so that one outage is told once.
    is_failing: bool,
}

impl Announcer {
    pub(super) async fn start(
        store: Store,
        signal: Arc<Signal>,
        revocations: Revocations,
    ) -> Result<Self, SqlError> {
        let position = store.position().await?;
        let glass = GlassWatch::new();
        Ok(Self { store, signal, revocations, position, glass, is_failing: false })
    }

    /// Follows the log for ever.
    pub(super) async fn follow(mut self) {
        loop {
            let woken = time::timeout(INTERVAL, self.signal.wait()).await;
            if woken.is_ok() {
                time::sleep(GATHERING).await;
            }
            match within(PATIENCE, self.store.revocations_since(&self.position)).await {
                Ok((position, revocations)) => {
                    if woken.is_err() && position != self.position {
                        self.signal.is_missed();
                    }
                    self.position = position;
                    for revocation in revocations {
                        if !matches!(revocation, Revocation::Group(_)) {
                            self.glass.entities_changed();
                        }
                        self.revocations.announce(revocation);
                    }
                    if std::mem::take(&mut self.is_failing) {
                        log::database_is_back();
                    }
                }
                Err(error) => self.fail(&error),
            }
            self.glass.look(&self.store).await;
        }
    }

    /// What happens meanwhile is announced when the database answers again.
    fn fail(&mut self, error: &SqlError) {
        self.signal.is_missed();
        if !std::mem::replace(&mut self.is_failing, true) {
            log::changes_unread(error);
        }
    }
}

impl Store {
    pub(crate) async fn position(&self) -> Result<Position, SqlError> {
        let mut session = self.read().await?;
        let position = session.position().await?;
        session.commit().await?;
        Ok(position)
    }

    /// What to announce of the changes since this position.
    pub(crate) async fn revocations_since(
        &self,
        known: &Position,
    ) -> Result<(Position, Vec<Revocation>), SqlError> {
        let (position, changed) = self.changed_since(known).await?;
        let Some(changed) = changed else { return Ok((position, vec![Revocation::Everything])) };
        // Whose it was before is in no table.
        if changed.has_clients() {
            return Ok((position, vec![Revocation::Everything]));
        }
        let groups = changed.groups().map(Revocation::Group);
        Ok((position, groups.chain(changed.entities().map(Revocation::Entity)).collect()))
    }
}
