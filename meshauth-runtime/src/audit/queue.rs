//! How records get to their sink: through a queue that never holds a call up, or before the call.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    runtime::Handle,
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
    time::{self, Instant},
};

use super::{
    log,
    record::AuditRecord,
    sink::{AuditError, AuditSink},
};
use crate::{metrics, policy::Operation};

/// How long one record of the queue may take: what hangs must not stop all that come after it.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// The records of decisions, on their way to a sink. Clones are the same audit.
///
/// Records go through a queue of limited length, to be written by a task of its own. One that finds
/// the queue full is dropped and counted, and so is one that the sink fails to take, or not within 10
/// seconds: neither holds a call up. A strict audit goes further for a WRITE that is allowed: its record is written first,
/// and if it cannot be, the call is refused (UNAVAILABLE).
///
/// ```
/// use meshauth_runtime::{
///     Authorizer, MemoryDirectory,
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
/// let authorizer =
///     Authorizer::new(MemoryDirectory::new(Default::default())?).with_audit(audit.clone());
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
    lost: Arc<AtomicU64>,
    /// To the task that writes. It is started by the first record, inside a runtime.
    queue: OnceLock<Sender<Queued>>,
}

enum Queued {
    Record(Box<AuditRecord>),
    /// All that was sent before is written.
    Flush(oneshot::Sender<()>),
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
            queue: OnceLock::new(),
        }))
    }

    /// How many records were dropped or could not be written.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Waits until all records so far are written or lost. For the end of a service, and for tests.
    pub async fn flush(&self) {
        let Some(queue) = self.queue() else { return };
        let (done, written) = oneshot::channel();
        if queue.send(Queued::Flush(done)).await.is_ok() {
            // A task that ended has nothing left to write.
            let _ = written.await;
        }
    }

    /// Whether the call has to wait until the record is written.
    pub(crate) fn comes_first(&self, record: &AuditRecord) -> bool {
        self.0.strict && record.denial.is_none() && record.operation == Some(Operation::Write)
    }

    /// Writes the record now. What has not ended by then has failed.
    pub(crate) async fn write(
        &self,
        record: &AuditRecord,
        ends: Instant,
    ) -> Result<(), AuditError> {
        let written = time::timeout_at(ends, write(&*self.0.sink, record));
        let written = written.await.unwrap_or_else(|_| Err(late()));
        if let Err(error) = &written {
            lose(&self.0.lost);
            log::audit_failed(error);
        }
        written
    }

    /// Leaves the record to the queue, without waiting.
    pub(crate) fn offer(&self, record: AuditRecord) {
        let sent = self.queue().map(|queue| queue.try_send(Queued::Record(Box::new(record))));
        if !matches!(sent, Some(Ok(()))) {
            log::audit_dropped(lose(&self.0.lost));
        }
    }

    /// The queue, with a task at its end; none before there is a runtime to run it.
    fn queue(&self) -> Option<&Sender<Queued>> {
        if let Some(queue) = self.0.queue.get() {
            return Some(queue);
        }
        let runtime = Handle::try_current().ok()?;
        Some(self.0.queue.get_or_init(|| {
            let (sender, records) = mpsc::channel(self.0.capacity);
            let (sink, lost) = (Arc::clone(&self.0.sink), Arc::clone(&self.0.lost));
            runtime.spawn(write_all(sink, lost, records));
            sender
        }))
    }
}

async fn write_all(sink: Arc<dyn AuditSink>, lost: Arc<AtomicU64>, mut queue: Receiver<Queued>) {
    while let Some(queued) = queue.recv().await {
        match queued {
            Queued::Record(record) => {
                let written = time::timeout(LONGEST_WRITE, write(&*sink, &record)).await;
                if let Err(error) = written.unwrap_or_else(|_| Err(late())) {
                    lose(&lost);
                    log::audit_failed(&error);
                }
            }
            Queued::Flush(done) => {
                // Nobody may be waiting any more.
                let _ = done.send(());
            }
        }
    }
}

fn late() -> AuditError {
    AuditError::new("it took too long")
}

/// A sink that panics has failed, like any other.
async fn write(sink: &dyn AuditSink, record: &AuditRecord) -> Result<(), AuditError> {
    let written = AssertUnwindSafe(async { sink.write(record).await }).catch_unwind();
    written.await.unwrap_or_else(|_| Err(AuditError::new("the sink panicked")))
}

/// Counts a record that is lost, and tells how many are.
fn lose(lost: &AtomicU64) -> u64 {
    metrics::audit_record_lost();
    lost.fetch_add(1, Ordering::Relaxed) + 1
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
