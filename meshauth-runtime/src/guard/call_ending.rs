//! What becomes of a call, and the record of its end.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::time::Instant;

use super::admitted_call::AdmittedCall;
use crate::{
    audit::{CallOutcome, CallSummary},
    authoriser::Refusal,
    decision::Denial,
    metrics,
};

/// What becomes of a call. It is handed from the gate to whoever serves the call, and where it is
/// dropped, the call is over: if nobody said how by then, its caller has gone.
#[derive(Debug)]
pub(crate) struct CallEnding {
    pub(super) admitted: AdmittedCall,
    /// Its end leaves a record, however short it is.
    is_recorded: bool,
    /// It lasts, and its end leaves a record and is counted.
    lasts: AtomicBool,
    began: Instant,
    requests: AtomicU64,
    responses: AtomicU64,
    outcome: OnceLock<CallOutcome>,
    refusal: OnceLock<Refusal>,
}

impl CallEnding {
    /// Of a call whose end is worth no record, unless it turns out to last.
    pub(super) fn new(admitted: AdmittedCall) -> Self {
        Self::with(admitted, false)
    }

    /// Of a call whose end leaves a record, however short it is.
    pub(super) fn recorded(admitted: AdmittedCall) -> Self {
        Self::with(admitted, true)
    }

    fn with(admitted: AdmittedCall, is_recorded: bool) -> Self {
        Self {
            admitted,
            is_recorded,
            lasts: AtomicBool::new(false),
            began: Instant::now(),
            requests: AtomicU64::new(0),
            responses: AtomicU64::new(0),
            outcome: OnceLock::new(),
            refusal: OnceLock::new(),
        }
    }

    /// It turned out to last.
    pub(super) fn lasts(&self) {
        self.lasts.store(true, Ordering::Relaxed);
    }

    /// How it ended by itself. The first counts.
    pub(crate) fn finish(&self, outcome: CallOutcome) {
        // What ends because it was refused did not fail.
        if self.refusal.get().is_none() {
            let _ = self.outcome.set(outcome);
        }
    }

    /// Why it was ended. The first counts.
    pub(crate) fn refuse(&self, refusal: Refusal) {
        let _ = self.refusal.set(refusal);
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_response(&self) {
        self.responses.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for CallEnding {
    fn drop(&mut self) {
        let lasted = *self.lasts.get_mut();
        if !lasted && !self.is_recorded {
            return;
        }
        let refusal = self.refusal.get().copied();
        let outcome = match (self.outcome.get(), refusal) {
            (Some(outcome), _) => *outcome,
            (None, Some(Refusal { denial: Denial::ShuttingDown, .. })) => CallOutcome::ShutDown,
            (None, Some(_)) => CallOutcome::Refused,
            (None, None) => CallOutcome::Disconnected,
        };
        let summary = CallSummary {
            outcome,
            duration: self.began.elapsed(),
            requests: *self.requests.get_mut(),
            responses: *self.responses.get_mut(),
        };
        if lasted {
            metrics::call_ended(self.admitted.entry.method.path(), outcome.name());
        }
        self.admitted.ended(summary, refusal.filter(|_| outcome.is_refusal()));
    }
}
