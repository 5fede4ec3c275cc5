//! A service whose records are looked at, and sinks that fail in every way.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
    time::Duration,
};

use meshauth_runtime::{
    AuthoriserBuilder,
    audit::{Audit, AuditError, AuditEvent, AuditRecord, AuditSink, AuditWrite},
};
use tokio::sync::watch;

use crate::service::{Running, start_with};

/// How long a stream lives until it is decided again, if it is not told of a revocation.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

/// Keeps every record.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    records: Arc<Mutex<Vec<AuditRecord>>>,
    count: watch::Sender<usize>,
    taken: Arc<Mutex<usize>>,
}

impl Kept {
    pub(crate) fn all(&self) -> Vec<AuditRecord> {
        self.records.lock().unwrap().clone()
    }

    /// The records of a kind.
    pub(crate) fn of(&self, event: AuditEvent) -> Vec<AuditRecord> {
        let records = self.records.lock().unwrap();
        records.iter().filter(|record| record.event == event).cloned().collect()
    }

    /// Waits until this many were kept in all.
    pub(crate) async fn reach(&self, count: usize) {
        let reached = self.reach_late(count);
        tokio::time::timeout(Duration::from_secs(5), reached).await.unwrap();
    }

    /// The same, for ever.
    pub(crate) async fn reach_late(&self, count: usize) {
        let mut counts = self.count.subscribe();
        counts.wait_for(|kept| *kept >= count).await.unwrap();
    }

    /// Waits until there are this many that nobody has taken.
    pub(crate) async fn reach_more(&self, count: usize) {
        let taken = *self.taken.lock().unwrap();
        self.reach(taken + count).await;
    }
}

impl AuditSink for Kept {
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
        Box::pin(async move {
            self.records.lock().unwrap().push(record.clone());
            self.count.send_modify(|count| *count += 1);
            Ok(())
        })
    }
}

/// How a sink fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It takes no record.
    Fails,
    /// It takes for ever.
    Hangs,
    /// It panics when it is called.
    Panics,
    /// It panics while it is awaited.
    PanicsLater,
}

impl Broken {
    pub(crate) const ALL: [Self; 4] = [Self::Fails, Self::Hangs, Self::Panics, Self::PanicsLater];
}

impl Broken {
    /// What comes of a record in it.
    pub(crate) fn write_static(self) -> AuditWrite<'static> {
        match self {
            Self::Fails => Box::pin(async { Err(AuditError::new("the disk is full")) }),
            Self::Hangs => Box::pin(std::future::pending()),
            Self::Panics => panic!("the sink breaks"),
            Self::PanicsLater => Box::pin(async { panic!("the sink breaks") }),
        }
    }
}

impl AuditSink for Broken {
    fn write<'a>(&'a self, _: &'a AuditRecord) -> AuditWrite<'a> {
        self.write_static()
    }
}

/// A running service, and its records.
pub(crate) struct Audited {
    running: Running,
    pub(crate) kept: Kept,
    pub(crate) audit: Audit,
}

impl Deref for Audited {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Audited {
    /// The records since the last time this was asked.
    pub(crate) async fn take(&self) -> Vec<AuditRecord> {
        self.audit.flush().await;
        let taken = std::mem::take(&mut *self.kept.records.lock().unwrap());
        *self.kept.taken.lock().unwrap() += taken.len();
        taken
    }
}

/// Starts a service that keeps its records.
pub(crate) async fn start_audited(
    settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder,
) -> Audited {
    let kept = Kept::default();
    let audit = Audit::best_effort(kept.clone(), 10_000);
    let records = audit.clone();
    let running =
        start_with(|authoriser| settings(authoriser.max_decision_age(LONG)).audit(records)).await;
    Audited { running, kept, audit }
}
