//! Where records are written, one after the other, and counted if they are not.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::{mpsc::Receiver, oneshot},
    time,
};

use super::{
    log,
    record::AuditRecord,
    sink::{AuditError, AuditSink},
};
use crate::metrics;

/// How long one record of the queue may take: what hangs must not stop all that come after it.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// Counts the records that are lost.
#[derive(Default)]
pub(super) struct Lost(AtomicU64);

impl Lost {
    /// Counts a record that is lost, and tells how many are.
    pub(super) fn one(&self) -> u64 {
        metrics::audit_record_lost();
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) enum Queued {
    /// In the queue itself, which uses its memory again: nothing is allocated for a record.
    Record(Box<AuditRecord>),
    /// All that was sent before is written.
    Flush(oneshot::Sender<()>),
}

/// The records that wait. What is left when their task ends is lost, and counted.
pub(super) struct Waiting {
    lost: Arc<Lost>,
    records: Receiver<Queued>,
}

impl Waiting {
    pub(super) fn new(lost: &Arc<Lost>, records: Receiver<Queued>) -> Self {
        Self { lost: Arc::clone(lost), records }
    }

    pub(super) async fn write_all(mut self, sink: Arc<dyn AuditSink>, lost: Arc<Lost>) {
        while let Some(queued) = self.records.recv().await {
            match queued {
                Queued::Record(record) => {
                    InHand::new(&sink, &lost, *record).write().await;
                }
                Queued::Flush(done) => {
                    // Nobody may be waiting any more.
                    let _ = done.send(());
                }
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.records.close();
        while let Ok(queued) = self.records.try_recv() {
            if let Queued::Record(_) = queued {
                self.lost.one();
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
            self.lost.one();
        }
    }
}

pub(super) fn late() -> AuditError {
    AuditError::new("it took too long")
}
