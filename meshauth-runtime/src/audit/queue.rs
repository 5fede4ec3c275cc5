//! How records get to their sink: through a queue that never holds a call up, or before the call.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, atomic::Ordering},
};

use tokio::{
    runtime::Handle,
    sync::{
        mpsc::{self, Sender},
        oneshot,
    },
    time::{self, Instant},
};

use super::{
    log,
    record::AuditRecord,
    sink::{AuditError, AuditSink},
    writer::{InHand, Lost, Queued, Waiting, late},
};
use crate::policy::Operation;

/// The records of decisions, on their way to a sink. Clones are the same audit.
///
/// Records go through a queue of limited length, to be written by a task of its own. One that finds
/// the queue full is dropped and counted, and so is one that the sink fails to take, or does not take
/// within 10 seconds: neither holds a call up. A strict audit goes further for a WRITE that is
/// allowed: its record is written first, and if it cannot be, the call is refused (UNAVAILABLE).
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
    queue: RwLock<Option<Sender<Queued>>>,
}

impl Audit {
    /// Records that are written as well as can be, with at most `capacity` waiting.
    #[must_use]
    pub fn best_effort(sink: impl AuditSink, capacity: usize) -> Self {
        Self::new(sink, capacity, false)
    }

    /// The same, but a WRITE is allowed only when its record is written. Of other decisions at most
    /// `capacity` records wait.
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
            queue: RwLock::new(None),
        }))
    }

    /// How many records were dropped or could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.so_far()
    }

    /// Waits until all records so far are written or lost. For the end of a service, and for tests.
    pub async fn flush(&self) {
        let Some(queue) = self.with_queue(Sender::clone) else { return };
        let (done, written) = oneshot::channel();
        if queue.send(Queued::Flush(done)).await.is_ok() {
            // What a task that ended had left is counted as lost.
            let _ = written.await;
        }
    }

    /// Whether the call has to wait until the record is written.
    pub(crate) fn comes_first(&self, record: &AuditRecord) -> bool {
        self.0.strict && record.denial.is_none() && record.operation == Some(Operation::Write)
    }

    /// Writes the record now. What has not ended by then has failed for the call, but is not broken
    /// off: nor is it when the caller goes away, or a part of a record would be left.
    pub(crate) async fn write(&self, record: AuditRecord, ends: Instant) -> Result<(), AuditError> {
        let Ok(runtime) = Handle::try_current() else {
            self.0.lost.one();
            return Err(AuditError::new("there is no runtime to write it"));
        };
        let (request, method) = (record.request, record.method);
        let in_hand = InHand::new(&self.0.sink, &self.0.lost, record);
        let settled = Arc::clone(&in_hand.settled);
        let writing = runtime.spawn(in_hand.write());
        match time::timeout_at(ends, writing).await {
            Ok(Ok(true)) => Ok(()),
            Ok(_) => Err(AuditError::new("its sink failed")),
            Err(_) => {
                // It may still be written, but the call does not know.
                log::audit_late(request, method);
                if !settled.swap(true, Ordering::Relaxed) {
                    self.0.lost.one();
                }
                Err(late())
            }
        }
    }

    /// Leaves the record to the queue, without waiting.
    pub(crate) fn offer(&self, record: Box<AuditRecord>) {
        let sent = self.with_queue(|queue| queue.try_send(Queued::Record(record)));
        if !matches!(sent, Some(Ok(()))) {
            log::audit_dropped(self.0.lost.one());
        }
    }

    /// Does something with the queue, which is not cloned for that: each clone is counted where all
    /// threads count. None where there is no runtime to run the task at its end.
    fn with_queue<T>(&self, act: impl FnOnce(&Sender<Queued>) -> T) -> Option<T> {
        let queue = self.0.queue.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_ref().filter(|queue| !queue.is_closed()) {
            return Some(act(queue));
        }
        drop(queue);
        self.start().map(|queue| act(&queue))
    }

    /// The queue, with a task at its end that was started here or meanwhile.
    #[cold]
    fn start(&self) -> Option<Sender<Queued>> {
        let runtime = Handle::try_current().ok()?;
        let mut queue = self.0.queue.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(started) = queue.as_ref().filter(|queue| !queue.is_closed()) {
            return Some(started.clone());
        }
        let (sender, records) = mpsc::channel(self.0.capacity);
        let (sink, lost) = (Arc::clone(&self.0.sink), Arc::clone(&self.0.lost));
        runtime.spawn(Waiting::new(&lost, records).write_all(sink, lost));
        Some(queue.insert(sender).clone())
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
