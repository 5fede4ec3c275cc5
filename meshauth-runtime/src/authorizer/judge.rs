//! A decision with all that belongs to it: the look-ups, the record, the count.

use std::time::Instant;

use super::Authorizer;
use crate::{
    arrival::Arrival,
    audit::{self, Audit, AuditEvent, AuditRecord},
    clock::Clock,
    decide::{Step, evaluate},
    decision::{Allowed, Decision, Verdict},
    denial::Denial,
    metrics::{self, Counted},
    policy::MethodPolicy,
    presented::Presented,
    table_entry::TableEntry,
    trace::Trace,
};

/// What a caller is told whose WRITE cannot be recorded: as with the directory, it may try again.
const AUDIT_UNAVAILABLE: Denial = Denial::DirectoryUnavailable;

impl Authorizer {
    /// Decides a call, and leaves a record of it.
    pub(crate) async fn judge(
        &self,
        entry: TableEntry,
        arrival: &mut Arrival,
    ) -> Result<Allowed, Denial> {
        self.judge_as(AuditEvent::Call, Some(entry), arrival).await
    }

    /// Decides a call again that lasts.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) async fn judge_again(
        &self,
        entry: TableEntry,
        arrival: &mut Arrival,
    ) -> Result<Allowed, Denial> {
        self.judge_as(AuditEvent::Stream, Some(entry), arrival).await
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
        let policy = entry.map(|entry| entry.method);
        let decision = self.decide_within(policy, arrival.presented, &mut clock).await;
        let latency = started.map(|started| started.elapsed());
        let kept = match (&self.0.audit, latency) {
            (Some(audit), Some(latency)) => {
                let request = arrival.request_id();
                let record = AuditRecord::of_decision(event, entry, request, &decision, latency);
                keep(audit, record, &mut clock).await
            }
            _ => Ok(()),
        };
        // A WRITE that cannot be recorded is not allowed: its audit has said why.
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

    /// Keeps a record that nothing waits for.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn keep_unwaited(&self, record: AuditRecord) {
        if let Some(audit) = &self.0.audit {
            audit.offer(record);
        }
    }

    pub(super) async fn decide_within(
        &self,
        policy: Option<&'static MethodPolicy>,
        presented: Presented,
        clock: &mut Clock,
    ) -> Decision {
        let mut trace = Trace::EMPTY;
        let (Step::Break(verdict) | Step::Continue(verdict)) =
            self.evaluate(policy, &presented, clock, &mut trace).await;
        Decision { policy, trace, verdict, hurried: clock.was_hurried() }
    }

    async fn evaluate(
        &self,
        policy: Option<&'static MethodPolicy>,
        presented: &Presented,
        clock: &mut Clock,
        trace: &mut Trace,
    ) -> Step<Verdict> {
        let directory = &*self.0.directory;
        let needs = evaluate(policy, presented, self.shadowed(), trace)?;

        let user = clock.ask(|| directory.api_user(needs.key())).await;
        let needs = needs.answer(user)?;

        let group = clock.ask(|| directory.group(needs.name())).await;
        let needs = needs.answer(group)?;

        let home = match needs.name() {
            Some(name) => Some(clock.ask(|| directory.group(name)).await),
            None => None,
        };
        let needs = needs.answer(home)?;

        let client = clock.ask(|| directory.client(needs.home())).await;
        Step::Continue(needs.answer(client))
    }
}

/// Keeps a record; where it has to come first, before the call goes on.
async fn keep(audit: &Audit, record: AuditRecord, clock: &mut Clock) -> Result<(), Denial> {
    if !audit.comes_first(&record) {
        audit.offer(record);
        return Ok(());
    }
    // A strict audit waits anyway: one allocation more is nothing to that.
    Box::pin(audit.write(record, clock.ends())).await.map_err(|_| AUDIT_UNAVAILABLE)
}
