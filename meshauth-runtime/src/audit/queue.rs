//! How records get to their sink: through a queue that never holds a call up, or before the call.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, atomic::Ordering},
};

use tokio::{
    runtime::Handle,
    sync::watch,
    time::{self, Instant},
};

use super::{
    log,
    record::{AuditEvent, AuditRecord, Origin},
    sink::{AuditError, AuditSink},
    withdrawal::Unconfirmed,
    writer::{InHand, Lost, Queued, Queues, late},
};
use crate::policy::Operation;

/// The records of decisions, on their way to a sink. Clones are the same audit.
///
/// Records go through a queue of limited length, to be written by a task of its own. One that finds
/// the queue full is dropped and counted, and so is one that the sink fails to take, or does not take
/// within 10 seconds: neither holds a call up. Records of callers who were not identified wait in a
/// queue of their own, and are written when nothing else waits: strangers cannot push out the others.
///
/// A strict audit goes further for a WRITE that is allowed. Its record is written first; if that is
/// not confirmed within the authoriser's deadline, or before its caller leaves, the call does not go
/// on (UNAVAILABLE), and a record of the event [`Withdrawn`](super::AuditEvent::Withdrawn) follows, as
/// the first may be written all the same. Each WRITE that goes on behind a guard leaves a record of its
/// [`End`](super::AuditEvent::End). Neither waits in the queue; one that the sink does not take is
/// counted, like any other. A WRITE of which only the allow is on record may not have happened.
///
/// ```
/// use meshauth_runtime::{
///     Authoriser, MemoryDirectory,
///     audit::{Audit, AuditRecord, AuditSink, AuditWrite},
/// };
/// # struct Table;
/// # impl AuditSink for Table {
/// #     fn write<'a>(&'a self, _: &'a AuditRecord) -> AuditWrite<'a> { Box::pin(async { Ok(()) }) }
/// # }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let audit = Audit::strict(Table, 10_000);
/// let authoriser =
///     Authoriser::builder(MemoryDirectory::new(Default::default())?).audit(audit.clone()).build();
/// // When the service has stopped:
/// audit.flush().await;
/// assert_eq!(audit.lost(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Audit(Arc<Shared>);

struct Shared {
    sink: Arc<dyn AuditSink>,
    strict: bool,
    capacity: usize,
    lost: Arc<Lost>,
    /// To the task that writes. It is started by a record inside of a runtime, and ends with that.
    queues: RwLock<Option<Queues>>,
    /// As many as there are records that are written beside the queue.
    apart: watch::Sender<()>,
}

impl Audit {
    /// Records that are written as well as can be, with at most `capacity` waiting, and a quarter as
    /// many of callers who were not identified.
    #[must_use]
    pub fn best_effort(sink: impl AuditSink, capacity: usize) -> Self {
        Self::new(sink, capacity, false)
    }

    /// The same, but a WRITE is allowed only when its record is written. Other records wait in the
    /// queue.
    #[must_use]
    pub fn strict(sink: impl AuditSink, capacity: usize) -> Self {
        Self::new(sink, capacity, true)
    }

    fn new(sink: impl AuditSink, capacity: usize, strict: bool) -> Self {
        Self(Arc::new(Shared {
            sink: Arc::new(sink),
            strict,
            capacity: capacity.max(1),
            lost: Arc::default(),
            queues: RwLock::new(None),
            apart: watch::Sender::new(()),
        }))
    }

    /// How many records were dropped or could not be written, whoever called.
    #[must_use]
    pub fn lost(&self) -> u64 {
        Origin::ALL.iter().map(|origin| self.0.lost.so_far(*origin)).sum()
    }

    /// How many of them were of callers who were not identified.
    #[must_use]
    pub fn lost_unidentified(&self) -> u64 {
        self.0.lost.so_far(Origin::Unidentified)
    }

    /// Waits until all records so far are written or lost. For the end of a service, and for tests.
    pub async fn flush(&self) {
        self.0.apart.closed().await;
        let Some(queues) = self.with_queues(Queues::clone) else { return };
        queues.flush().await;
    }

    /// Whether calls like this leave a record before they go on, and one of their end.
    pub(crate) fn is_strict_about(&self, operation: Operation) -> bool {
        self.0.strict && operation == Operation::Write
    }

    /// Whether the call has to wait until the record is written.
    pub(crate) fn comes_first(&self, record: &AuditRecord) -> bool {
        record.denial.is_none() && record.operation.is_some_and(|it| self.is_strict_about(it))
    }

    /// Writes the record now. What has not ended by then has failed for the call, but is not broken
    /// off: nor is it when the caller goes away, or a part of a record would be left. In both cases
    /// the record is withdrawn.
    pub(crate) async fn write(&self, record: AuditRecord, ends: Instant) -> Result<(), AuditError> {
        let unconfirmed = Unconfirmed::new(&record, |withdrawn| self.keep(withdrawn));
        let (request, method, origin) = (record.request, record.method, record.origin());
        let Ok(runtime) = Handle::try_current() else {
            self.0.lost.one(origin);
            return Err(AuditError::new("there is no runtime to write it"));
        };
        let in_hand = self.in_hand(record);
        let settled = Arc::clone(&in_hand.settled);
        let writing = runtime.spawn(in_hand.write());
        match time::timeout_at(ends, writing).await {
            Ok(Ok(true)) => {
                unconfirmed.confirm();
                Ok(())
            }
            Ok(_) => Err(AuditError::new("its sink failed")),
            Err(_) => {
                // It may still be written, but the call does not know.
                log::audit_late(request, method);
                if !settled.swap(true, Ordering::Relaxed) {
                    self.0.lost.one(origin);
                }
                Err(late())
            }
        }
    }

    /// Keeps the record, without waiting. What a strict audit promises of a WRITE is written beside
    /// the queue, as its first record was: both are as many.
    pub(crate) fn keep(&self, record: AuditRecord) {
        let is_promised = matches!(record.event, AuditEvent::End | AuditEvent::Withdrawn)
            && record.operation.is_some_and(|operation| self.is_strict_about(operation));
        match Handle::try_current() {
            Ok(runtime) if is_promised => {
                let (writing, counted) = (self.in_hand(record), self.0.apart.subscribe());
                runtime.spawn(async move {
                    writing.write().await;
                    drop(counted);
                });
            }
            _ => self.offer(Box::new(record)),
        }
    }

    fn in_hand(&self, record: AuditRecord) -> InHand {
        InHand::new(&self.0.sink, &self.0.lost, record)
    }

    /// Leaves the record to the queue, without waiting.
    pub(crate) fn offer(&self, record: Box<AuditRecord>) {
        let origin = record.origin();
        let sent = self.with_queues(|queues| queues.of(origin).try_send(Queued::Record(record)));
        if !matches!(sent, Some(Ok(()))) {
            log::audit_dropped(self.0.lost.one(origin), origin);
        }
    }

    /// Does something with the queues, which are not cloned for that: each clone is counted where all
    /// threads count. None where there is no runtime to run the task at their end.
    fn with_queues<T>(&self, act: impl FnOnce(&Queues) -> T) -> Option<T> {
        let queues = self.0.queues.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(queues) = queues.as_ref().filter(|queues| !queues.are_closed()) {
            return Some(act(queues));
        }
        drop(queues);
        self.start().map(|queues| act(&queues))
    }

    /// The queues, with a task at their end that was started here or meanwhile.
    #[cold]
    fn start(&self) -> Option<Queues> {
        let runtime = Handle::try_current().ok()?;
        let mut queues = self.0.queues.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(started) = queues.as_ref().filter(|queues| !queues.are_closed()) {
            return Some(started.clone());
        }
        let (started, waiting) = Queues::new(self.0.capacity, &self.0.lost);
        runtime.spawn(waiting.write_all(Arc::clone(&self.0.sink)));
        Some(queues.insert(started).clone())
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit")
            .field("strict", &self.0.strict)
            .field("capacity", &self.0.capacity)
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
