//! A decision with all that belongs to it: the look-ups, the record, the count.

use std::time::{Duration, Instant};

use super::{Authorizer, walk::Walk};
use crate::{
    arrival::Arrival,
    audit::{self, Audit, AuditError, AuditEvent, AuditRecord},
    clock::Clock,
    decide::Step,
    decision::{Allowed, Decision, Verdict},
    denial::Denial,
    metrics::{self, Counted},
    presented::Presented,
    table_entry::TableEntry,
};

/// What a caller is told whose WRITE cannot be recorded: as with the directory, it may try again.
const AUDIT_UNAVAILABLE: Denial = Denial::DirectoryUnavailable;

impl Authorizer {
    /// Decides a call, or one that lasts again, and leaves a record of it.
    pub(crate) fn judge(
        &self,
        event: AuditEvent,
        entry: TableEntry,
        arrival: &mut Arrival,
    ) -> impl Future<Output = Result<Allowed, Denial>> {
        self.judge_as(event, Some(entry), arrival)
    }

    /// Leaves a record of a call whose path no table holds.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) async fn refuse_unknown(&self, arrival: &mut Arrival) -> Denial {
        let judged = self.judge_as(AuditEvent::Call, None, arrival).await;
        judged.err().unwrap_or(Denial::MethodUnknown)
    }

    async fn judge_as(
        &self,
        event: AuditEvent,
        entry: Option<TableEntry>,
        arrival: &mut Arrival,
    ) -> Result<Allowed, Denial> {
        let started = (metrics::COUNTS || self.0.audit.is_some()).then(Instant::now);
        let ours = self.0.deadline;
        let mut clock = Clock::for_caller(arrival.patience(ours), ours);
        let decision = Decision::pending(entry.map(|entry| entry.method));
        let mut judged = Judged { event, entry, decision, latency: None };
        self.decide_within(&mut judged.decision, &arrival.presented, &mut clock).await;
        judged.latency = started.map(|started| started.elapsed());
        match self.keep(&judged, arrival) {
            Kept::Before(audit, record) => {
                // A strict audit waits anyway: one allocation more is nothing to that, and other
                // calls carry none of this along while they wait for their directory.
                let told = async {
                    let written = audit.write(*record, clock.ends()).await;
                    judged.tell(arrival, written)
                };
                Box::pin(told).await
            }
            Kept::Behind => judged.tell(arrival, Ok(())),
        }
    }

    /// Makes a record, if anybody keeps it.
    #[inline]
    fn keep(&self, judged: &Judged, arrival: &mut Arrival) -> Kept<'_> {
        let (Some(audit), Some(latency)) = (&self.0.audit, judged.latency) else {
            return Kept::Behind;
        };
        let Judged { event, entry, decision, .. } = judged;
        let request = arrival.request_id();
        let record = AuditRecord::of_decision(*event, *entry, request, decision, latency);
        if audit.comes_first(&record) {
            return Kept::Before(audit, Box::new(record));
        }
        audit.offer(record);
        Kept::Behind
    }

    /// Keeps a record that nothing waits for.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn keep_unwaited(&self, record: AuditRecord) {
        if let Some(audit) = &self.0.audit {
            audit.offer(record);
        }
    }

    /// Makes a decision where it is: it is large, and would be copied on its way.
    pub(super) async fn decide_within(
        &self,
        decision: &mut Decision,
        presented: &Presented,
        clock: &mut Clock,
    ) {
        let walk = Walk(&*self.0.directory);
        let Decision { policy, trace, verdict, hurried } = decision;
        *verdict = match walk.start(*policy, presented, self.shadowed(), trace) {
            Step::Break(verdict) => verdict,
            // A look-up that is not answered at once has allocated already.
            Step::Continue(waiting) => Box::pin(walk.finish(waiting, clock)).await,
        };
        *hurried = clock.was_hurried();
    }
}

/// What becomes of a record.
enum Kept<'a> {
    /// It comes first: the call goes on when it is written.
    Before(&'a Audit, Box<AuditRecord>),
    /// Nothing waits for it.
    Behind,
}

/// A decision of a call, before its caller is told.
struct Judged {
    event: AuditEvent,
    entry: Option<TableEntry>,
    decision: Decision,
    latency: Option<Duration>,
}

impl Judged {
    /// A WRITE that could not be recorded is not allowed: its audit has said why.
    #[inline]
    fn tell(self, arrival: &mut Arrival, kept: Result<(), AuditError>) -> Result<Allowed, Denial> {
        let Self { event, entry, decision, latency } = self;
        let kept = kept.map_err(|_| AUDIT_UNAVAILABLE);
        if kept.is_ok() && audit::is_read(&decision) {
            audit::decision(event, &decision, arrival.request_id());
        }
        if metrics::COUNTS {
            // What is counted is what the caller is told.
            let (denial, shadowed) = (kept.err().or(decision.denial()), decision.shadowed());
            metrics::decision(Counted { event, entry, denial, shadowed, latency });
        }
        kept?;
        match decision.verdict {
            Verdict::Allow(allowed) => Ok(allowed),
            Verdict::Deny { denial, .. } => Err(denial),
        }
    }
}
