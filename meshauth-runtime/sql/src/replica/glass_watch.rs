//! A broken glass is told in the log of every process, and not only where it was broken.

use std::{collections::BTreeSet, time::Duration};

use meshauth_runtime::EntityName;
use tokio::time::Instant;

use super::{INTERVAL, PATIENCE, within};
use crate::{error::SqlError, log, metrics, store::Store};

/// Looks who was let in by breaking the glass, when an entity has changed: each time it is broken, a
/// user is made.
///
/// The copy does not wait for what this finds, and a login that may not read it follows all the same.
#[derive(Debug)]
pub(crate) struct GlassWatch {
    /// Of whom it was told.
    told: BTreeSet<EntityName>,
    /// Whether an entity has changed since the last look.
    is_due: bool,
    looked: Option<Instant>,
    /// Whether the last look failed, so that one cause is told once.
    is_failing: bool,
}

impl GlassWatch {
    /// One that was told of nothing.
    pub(crate) fn new() -> Self {
        Self { told: BTreeSet::new(), is_due: true, looked: None, is_failing: false }
    }

    /// Entities have changed.
    pub(crate) fn entities_changed(&mut self) {
        self.is_due = true;
    }

    /// Tells of everybody who was let in since the last look. It is called each second at least, and
    /// looks no more often than that.
    pub(crate) async fn look(&mut self, store: &Store) {
        if !self.is_due || self.looked.is_some_and(|looked| looked.elapsed() < pause()) {
            return;
        }
        self.looked = Some(Instant::now());
        match within(PATIENCE, store.let_in()).await {
            Ok(let_in) => {
                (self.is_due, self.is_failing) = (false, false);
                for (entity, root) in &let_in {
                    if self.told.insert(*entity) {
                        log::glass_is_broken(*entity, *root);
                        metrics::glass_is_broken();
                    }
                }
                self.told.retain(|told| let_in.iter().any(|(entity, _)| entity == told));
            }
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &SqlError) {
        if !std::mem::replace(&mut self.is_failing, true) {
            log::glass_is_not_watched(error);
        }
    }
}

/// Less than the time between two calls when nothing happens.
const fn pause() -> Duration {
    INTERVAL.saturating_sub(Duration::from_millis(100))
}
