//! A decision with all that belongs to it: the records, the log, the count.

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{
    admission::{Admission, Caller, Held, Refusal},
    call_context::CallContext,
    core::Core,
    deadline::Deadline,
    gathered_records::GatheredRecords,
    judgement::{FirstRecord, Judgement},
};
use crate::{
    audit::{self, AuditEvent, CallSpan},
    credential::Presented,
    decision::{
        Check, Decision, Denial, NoNotes, Question, Records, Ruling, ShadowedChecks, Time, Trace,
        Verdict, evaluate,
    },
    directory::View,
    metrics::{self, Counted},
    policy::{MethodPolicy, TableEntry},
};

impl Core {
    /// Decides a call, or one that lasts again, and leaves a record of it.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    #[inline]
    pub(crate) async fn judge(
        &self,
        event: AuditEvent,
        entry: TableEntry,
        context: &mut CallContext,
    ) -> Result<Admission, Denial> {
        let pending = match self.view() {
            Some(view) => match self.judge_packed(&view, event, entry, context) {
                ViewDecision::Made(ruling) => return packed(&view, &ruling),
                ViewDecision::Pending(pending) => Some(pending),
            },
            None => None,
        };
        // What waits allocates anyway, and other calls carry nothing of it along.
        if let Some(pending) = pending {
            return Box::pin(self.write_first(pending, context)).await;
        }
        let judged = Box::pin(self.judge_by_look_ups(event, Some(entry), context)).await;
        judged.map_err(|refusal| refusal.denial)
    }

    /// Decides a call that lasts again, and says which check refuses it.
    pub(super) async fn judge_again(
        &self,
        entry: TableEntry,
        context: &mut CallContext,
    ) -> Result<Admission, Refusal> {
        let event = AuditEvent::Stream;
        let pending = match self.view() {
            Some(view) => match self.judge_packed(&view, event, entry, context) {
                ViewDecision::Made(ruling) => {
                    let refused = |denial| Refusal { denial, by: ruling.refused_by() };
                    return packed(&view, &ruling).map_err(refused);
                }
                ViewDecision::Pending(pending) => Some(pending),
            },
            None => None,
        };
        match pending {
            Some(pending) => self.write_first(pending, context).await.map_err(Refusal::of),
            None => self.judge_by_look_ups(event, Some(entry), context).await,
        }
    }

    /// Goes on when the record is written.
    pub(super) async fn write_first(
        &self,
        pending: Box<PendingRecord<'_>>,
        context: &mut CallContext,
    ) -> Result<Admission, Denial> {
        let PendingRecord { record, judgement, admission } = *pending;
        record.write(&judgement, context, &mut self.deadline_of(context)).await?;
        admission
    }

    /// Leaves a record of a call whose path no table holds.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) async fn refuse_unknown(&self, context: &mut CallContext) -> Denial {
        let judged = self.judge_by_look_ups(AuditEvent::Call, None, context).await;
        judged.err().map_or(Denial::MethodUnknown, |refusal| refusal.denial)
    }

    /// Decides by the view of the directory. Most calls are allowed by it, and nobody wants to know
    /// how.
    #[inline]
    pub(super) fn judge_packed<'c, 'v>(
        &'c self,
        view: &'v View,
        event: AuditEvent,
        entry: TableEntry,
        context: &mut CallContext,
    ) -> ViewDecision<'c, 'v> {
        if self.audit.is_none() && self.shadow.is_none() && !audit::reads_allows() {
            let started = metrics::COUNTS.then(Instant::now);
            let question = self.question(Some(entry.method), &context.presented);
            let ControlFlow::Continue(ruling) = evaluate(&question, view, &mut NoNotes);
            let denial = ruling.denial();
            if denial.is_none() {
                self.note_use(&context.presented);
            }
            if denial.is_none() || !audit::reads_denials() {
                if context.span.is_read() {
                    show(event, &context.span, &packed(view, &ruling));
                }
                count(event, Some(entry), denial, ShadowedChecks::NONE, started);
                return ViewDecision::Made(ruling);
            }
        }
        self.judge_noted(view, event, entry, context)
    }

    /// The same, written down.
    fn judge_noted<'c, 'v>(
        &'c self,
        view: &'v View,
        event: AuditEvent,
        entry: TableEntry,
        context: &mut CallContext,
    ) -> ViewDecision<'c, 'v> {
        let started = (metrics::COUNTS || self.audit.is_some()).then(Instant::now);
        let question = self.question(Some(entry.method), &context.presented);
        let mut trace = Trace::EMPTY;
        let ControlFlow::Continue(ruling) = evaluate(&question, view, &mut trace);
        let decision = Decision::new(Some(entry.method), trace, verdict(&ruling), false);
        let latency = started.map(|started| started.elapsed());
        let judgement = Judgement { event, entry: Some(entry), decision, latency };
        match judgement.conclude(self, context) {
            None => ViewDecision::Made(ruling),
            Some(record) => {
                let admission = packed(view, &ruling);
                ViewDecision::Pending(Box::new(PendingRecord { record, judgement, admission }))
            }
        }
    }

    pub(super) async fn judge_by_look_ups(
        &self,
        event: AuditEvent,
        entry: Option<TableEntry>,
        context: &mut CallContext,
    ) -> Result<Admission, Refusal> {
        let started = (metrics::COUNTS || self.audit.is_some()).then(Instant::now);
        let mut deadline = self.deadline_of(context);
        let policy = entry.map(|entry| entry.method);
        let (admission, decision) =
            self.decide_within(policy, &context.presented, &mut deadline).await;
        let latency = started.map(|started| started.elapsed());
        let judgement = Judgement { event, entry, decision, latency };
        if let Some(record) = judgement.conclude(self, context) {
            // Directory and sink share one deadline.
            record.write(&judgement, context, &mut deadline).await.map_err(Refusal::of)?;
        }
        admission.map_err(|denial| Refusal { denial, by: judgement.decision.refused_by() })
    }

    fn deadline_of(&self, context: &CallContext) -> Deadline {
        Deadline::for_caller(context.patience(self.deadline), self.deadline)
    }

    /// Decides for operators and tools.
    pub(super) async fn explain<'p>(
        &self,
        policy: Option<&'p MethodPolicy>,
        presented: &Presented,
    ) -> Decision<'p> {
        let mut deadline = Deadline::new(self.deadline);
        self.decide_within(policy, presented, &mut deadline).await.1
    }

    /// Decides, and writes nothing down.
    #[inline]
    pub(super) async fn verdict(
        &self,
        policy: Option<&MethodPolicy>,
        presented: &Presented,
    ) -> Verdict {
        let Some(view) = self.view() else {
            return Box::pin(self.explain(policy, presented)).await.verdict();
        };
        let question = self.question(policy, presented);
        let ControlFlow::Continue(ruling) = evaluate(&question, &*view, &mut NoNotes);
        verdict(&ruling)
    }

    fn question<'a>(
        &self,
        policy: Option<&'a MethodPolicy>,
        presented: &'a Presented,
    ) -> Question<'a> {
        let time = Time::of(SystemTime::now);
        Question { policy, presented, shadowed: self.shadowed(), time }
    }

    /// Decides, and writes down how.
    async fn decide_within<'p>(
        &self,
        policy: Option<&'p MethodPolicy>,
        presented: &Presented,
        deadline: &mut Deadline,
    ) -> (Result<Admission, Denial>, Decision<'p>) {
        let question = self.question(policy, presented);
        let mut trace = Trace::EMPTY;
        let (admission, verdict) = if let Some(view) = self.view() {
            let ControlFlow::Continue(ruling) = evaluate(&question, &*view, &mut trace);
            (packed(&view, &ruling), verdict(&ruling))
        } else {
            let gathered = self.gather(&question, deadline).await;
            match evaluate(&question, &gathered, &mut trace) {
                ControlFlow::Continue(ruling) => (looked_up(&ruling), verdict(&ruling)),
                // All that it needs was gathered.
                ControlFlow::Break(_) => (Err(Denial::Internal), UNDECIDED),
            }
        };
        (admission, Decision::new(policy, trace, verdict, deadline.was_hurried()))
    }

    async fn gather(&self, question: &Question<'_>, deadline: &mut Deadline) -> GatheredRecords {
        // Its look-ups could see several views: what is too old to decide by is out of reach.
        if self.is_in_memory() {
            return GatheredRecords::out_of_reach();
        }
        GatheredRecords::gather(question, &*self.directory, deadline).await
    }

    /// Keeps a record that nothing waits for.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn keep_unwaited(&self, record: audit::AuditRecord) {
        if let Some(audit) = &self.audit {
            audit.keep(record);
        }
    }
}

/// What is not decided is refused.
const UNDECIDED: Verdict = Verdict::Deny { denial: Denial::Internal, by: Check::Method };

fn verdict<R: Records>(ruling: &Ruling<R>) -> Verdict {
    match ruling {
        Ruling::Public(_) | Ruling::Authorised(..) => Verdict::Allow,
        Ruling::Deny { denial, by } => Verdict::Deny { denial: *denial, by: *by },
    }
}

/// What a ruling by the view lets in.
#[inline]
pub(super) fn packed(view: &View, ruling: &Ruling<&View>) -> Result<Admission, Denial> {
    match *ruling {
        Ruling::Deny { denial, .. } => Err(denial),
        Ruling::Public(entity) => {
            Ok(Admission::Public(entity.map(|entity| view.entity_name(entity))))
        }
        Ruling::Authorised(entity, group) => {
            Ok(Admission::Authorised(Caller::packed(view, entity, group)))
        }
    }
}

/// What a ruling by look-ups lets in.
fn looked_up(ruling: &Ruling<&GatheredRecords>) -> Result<Admission, Denial> {
    match *ruling {
        Ruling::Deny { denial, .. } => Err(denial),
        Ruling::Public(entity) => Ok(Admission::Public(entity.map(|entity| entity.name()))),
        Ruling::Authorised(entity, group) => Ok(Admission::Authorised(Caller {
            entity: entity.name(),
            group: group.name(),
            records: Held::LookedUp(Arc::clone(entity), Arc::clone(group)),
        })),
    }
}

/// A call that the view has decided.
pub(super) enum ViewDecision<'c, 'v> {
    /// Nothing is left to be done. What it lets in is made where it is used: it is large.
    Made(Ruling<&'v View>),
    /// Its record comes first: the call goes on when it is written.
    Pending(Box<PendingRecord<'c>>),
}

/// A call whose record is to be written.
pub(super) struct PendingRecord<'a> {
    record: FirstRecord<'a>,
    judgement: Judgement,
    admission: Result<Admission, Denial>,
}

/// What is known of a call of which no trace was made.
fn show(event: AuditEvent, span: &CallSpan, admission: &Result<Admission, Denial>) {
    let names = admission.as_ref().map_or((None, None), Admission::known);
    span.decided(event, names, (admission.as_ref().err().copied(), ShadowedChecks::NONE));
}

#[inline]
fn count(
    event: AuditEvent,
    entry: Option<TableEntry>,
    denial: Option<Denial>,
    shadowed: ShadowedChecks,
    started: Option<Instant>,
) {
    if metrics::COUNTS {
        let latency = started.map(|started| started.elapsed());
        let (event, method) = (event.name(), entry.map(|entry| entry.method.path()));
        metrics::decision(Counted { event, method, denial, shadowed, latency });
    }
}
