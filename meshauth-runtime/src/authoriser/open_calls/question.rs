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

impl Question {
    /// Of a call that has started: how long ago its caller proved itself was measured then, and is not
    /// asked again.
    pub(super) fn of_started(entry: TableEntry, presented: Presented) -> Self {
        let authentication = presented.authentication().aged(Duration::ZERO);
        Self { entry, presented: presented.with_authentication(authentication) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credential::{Authentication, Header},
        policy::{MethodPolicy, Operation, Role, ServicePolicy},
    };

    static METHOD: MethodPolicy =
        MethodPolicy::authorised("/p.S/M", Operation::Read, &[Role::new(1, "ROLE")])
            .max_age(Duration::from_secs(60));
    static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[&METHOD], &[]);

    #[test]
    fn an_age_is_measured_when_a_call_starts_and_a_second_factor_whenever_it_is_asked_for() {
        let entry = TableEntry { service: &SERVICE, method: &METHOD };
        let of = |by| {
            let presented = Presented::new(Header::Missing, Header::Missing);
            Question::of_started(entry, presented.with_authentication(by))
        };
        let at = |seconds| Authentication::NOW.aged(Duration::from_secs(seconds));
        // Streams that began with different ages ask the same, and go on when the age has passed.
        assert_eq!(of(at(10)), of(at(50)));
        assert_eq!(of(at(10)).presented.authentication(), Authentication::NOW);
        assert_ne!(of(at(10).with_second_factor()), of(at(10)));
    }
}
