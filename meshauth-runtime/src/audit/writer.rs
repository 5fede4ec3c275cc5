//! Where records are written, one after the other, and counted if they are not: those of callers who
//! were identified first.

use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
    time,
};

use super::{
    log,
    record::{AuditRecord, Origin},
    sink::{AuditError, AuditSink},
};
use crate::metrics;

/// How long one record of the queue may take: what hangs must not stop all that come after it.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// Counts the records that are lost.
#[derive(Default)]
pub(super) struct Lost {
    known: AtomicU64,
    unidentified: AtomicU64,
}

impl Lost {
    /// Counts a record that is lost, and tells how many like it are.
    pub(super) fn one(&self, origin: Origin) -> u64 {
        metrics::audit_record_lost(origin.name());
        self.of(origin).fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn so_far(&self, origin: Origin) -> u64 {
        self.of(origin).load(Ordering::Relaxed)
    }

    fn of(&self, origin: Origin) -> &AtomicU64 {
        match origin {
            Origin::Known => &self.known,
            Origin::Unidentified => &self.unidentified,
        }
    }
}

pub(super) enum Queued {
    /// In the queue itself, which uses its memory again: nothing is allocated for a record.
    Record(Box<AuditRecord>),
    /// All that was sent before is written.
    Flush(oneshot::Sender<()>),
}

/// The way to the task that writes.
#[derive(Clone)]
pub(super) struct Queues {
    known: Sender<Queued>,
    unidentified: Sender<Queued>,
}

impl Queues {
    pub(super) fn new(capacity: usize, lost: &Arc<Lost>) -> (Self, Waiting) {
        let (known, known_waiting) = mpsc::channel(capacity);
        let (unidentified, unidentified_waiting) = mpsc::channel((capacity / 4).max(1));
        let waiting = Waiting {
            known: known_waiting,
            unidentified: unidentified_waiting,
            lost: Arc::clone(lost),
        };
        (Self { known, unidentified }, waiting)
    }

    pub(super) fn of(&self, origin: Origin) -> &Sender<Queued> {
        match origin {
            Origin::Known => &self.known,
            Origin::Unidentified => &self.unidentified,
        }
    }

    /// Has all written that was sent before, of either kind.
    pub(super) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.known.send(Queued::Flush(done)).await.is_ok() {
            // What a task that ended had left is counted as lost.
            let _ = written.await;
        }
    }

    /// Whether the task that writes has ended, with its runtime. It closes both at once.
    pub(super) fn are_closed(&self) -> bool {
        self.known.is_closed()
    }
}

/// The records that wait. What is left when their task ends is lost, and counted.
pub(super) struct Waiting {
    known: Receiver<Queued>,
    unidentified: Receiver<Queued>,
    lost: Arc<Lost>,
}

impl Waiting {
    /// What is to be done next: for those who were not identified, when there is nothing else.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Queued>> {
        let known = self.known.poll_recv(cx);
        if let Poll::Ready(Some(_)) = known {
            return known;
        }
        match self.unidentified.poll_recv(cx) {
            Poll::Ready(None) => known,
            unidentified => unidentified,
        }
    }

    pub(super) async fn write_all(mut self, sink: Arc<dyn AuditSink>) {
        while let Some(queued) = poll_fn(|cx| self.poll_next(cx)).await {
            match queued {
                Queued::Record(record) => self.write(&sink, record).await,
                Queued::Flush(done) => {
                    // Those who were identified may go on for ever.
                    for _ in 0..self.unidentified.len() {
                        if let Ok(Queued::Record(record)) = self.unidentified.try_recv() {
                            self.write(&sink, record).await;
                        }
                    }
                    // Nobody may be waiting any more.
                    let _ = done.send(());
                }
            }
        }
    }
}

impl Waiting {
    async fn write(&self, sink: &Arc<dyn AuditSink>, record: Box<AuditRecord>) {
        InHand::new(sink, &self.lost, *record).write().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        for records in [&mut self.known, &mut self.unidentified] {
            records.close();
            while let Ok(queued) = records.try_recv() {
                if let Queued::Record(record) = queued {
                    self.lost.one(record.origin());
                }
            }
        }
    }
}

/// A record that is being written. Unless it is, it is lost, whatever comes in between.
pub(super) struct InHand {
    sink: Arc<dyn AuditSink>,
    lost: Arc<Lost>,
    record: AuditRecord,
    /// Whether it is written, or counted as lost.
    pub(super) settled: Arc<AtomicBool>,
}

impl InHand {
    pub(super) fn new(sink: &Arc<dyn AuditSink>, lost: &Arc<Lost>, record: AuditRecord) -> Self {
        Self { sink: Arc::clone(sink), lost: Arc::clone(lost), record, settled: Arc::default() }
    }

    /// Whether it was written.
    pub(super) async fn write(self) -> bool {
        // A sink that panics has failed, like any other.
        let writing = async { self.sink.write(&self.record).await };
        let writing = time::timeout(LONGEST_WRITE, AssertUnwindSafe(writing).catch_unwind());
        let written = match writing.await {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(AuditError::new("the sink panicked")),
            Err(_) => Err(late()),
        };
        if let Err(error) = &written {
            log::audit_failed(&self.record, error);
        }
        if written.is_ok() {
            self.settled.store(true, Ordering::Relaxed);
        }
        written.is_ok()
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if !self.settled.swap(true, Ordering::Relaxed) {
            self.lost.one(self.record.origin());
        }
    }
}

pub(super) fn late() -> AuditError {
    AuditError::new("it took too long")
}
