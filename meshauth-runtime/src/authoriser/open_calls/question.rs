//! What the calls that last ask, in common where they ask the same.

use std::{
    hash::{Hash, Hasher},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::{credential::Presented, policy::TableEntry};

/// A decision that an open call rests on: two calls that differ in nothing of it are decided
/// together.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) entry: TableEntry,
    pub(super) presented: Presented,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.entry.is(other.entry.method) && self.presented == other.presented
    }
}

impl Eq for Question {}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.entry.method, state);
        self.presented.hash(state);
    }
}

/// What is known of a question, shared by its calls and the task that asks it again.
#[derive(Debug)]
pub(super) struct Standing {
    /// Where `proved` counts from.
    base: Instant,
    /// The moment, in nanoseconds, up to which the last allow was known to be right.
    proved: AtomicU64,
    /// Something that it rests on was said to have changed since.
    revoked: AtomicBool,
    changed: Notify,
}

impl Standing {
    pub(super) fn new(base: Instant, asked: Instant) -> Self {
        let standing = Self {
            base,
            proved: AtomicU64::new(0),
            revoked: AtomicBool::new(false),
            changed: Notify::new(),
        };
        standing.prove(asked);
        standing
    }

    /// It was allowed when it was asked then. Whether that is news.
    pub(super) fn prove(&self, asked: Instant) -> bool {
        let since = asked.saturating_duration_since(self.base).as_nanos();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.proved.fetch_max(since, Ordering::AcqRel) < since
    }

    pub(super) fn proved(&self) -> Instant {
        self.base + Duration::from_nanos(self.proved.load(Ordering::Acquire))
    }

    /// Has it asked at once.
    pub(super) fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    /// Whether it was revoked since this was asked last.
    pub(super) fn take_revoked(&self) -> bool {
        self.revoked.swap(false, Ordering::AcqRel)
    }

    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}
