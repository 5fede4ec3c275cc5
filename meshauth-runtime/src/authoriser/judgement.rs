//! A decision on the way to its caller: its record, the log, the count.

use std::time::{Duration, SystemTime};

use super::{call_context::CallContext, core::Core, deadline::Deadline};
use crate::{
    audit::{self, Audit, AuditEvent, AuditRecord},
    decision::{Decision, Denial},
    metrics::{self, Counted},
    policy::TableEntry,
};

/// A decision of a call, before its caller is told.
pub(super) struct Judgement {
    pub(super) event: AuditEvent,
    pub(super) entry: Option<TableEntry>,
    pub(super) decision: Decision<'static>,
    pub(super) latency: Option<Duration>,
}

/// A record without which its call does not go on.
pub(super) struct FirstRecord<'a> {
    core: &'a Core,
    audit: &'a Audit,
    record: Box<AuditRecord>,
}

impl Judgement {
    /// Makes a record, if anybody keeps it: one that comes first is for the caller to write.
    pub(super) fn conclude<'a>(
        &self,
        core: &'a Core,
        context: &mut CallContext,
    ) -> Option<FirstRecord<'a>> {
        let Self { event, entry, decision, latency } = self;
        if decision.denial().is_none() {
            core.note_use(&context.presented);
        }
        if let (Some(audit), Some(latency)) = (&core.audit, *latency) {
            // One reading for the record and for its id.
            let time = SystemTime::now();
            let request = context.request_id_at(|| time);
            let (of, at) = ((*event, *entry), (time, request));
            let record = Box::new(AuditRecord::of_decision(of, at, decision, latency));
            if audit.comes_first(&record) {
                return Some(FirstRecord { core, audit, record });
            }
            audit.offer(record);
        }
        self.tell(core, context, None);
        None
    }

    /// Tells operators, once it is known whether the record could not be kept.
    fn tell(&self, core: &Core, context: &mut CallContext, refused: Option<Denial>) {
        let Self { event, entry, decision, latency } = self;
        if context.span.is_read() {
            let trace = decision.trace();
            let names = (trace.entity().name(), trace.group().name());
            let denial = refused.or(decision.denial());
            context.span.decided(*event, names, (denial, decision.shadowed()));
        }
        if refused.is_none() && audit::is_read(decision) {
            audit::decision(*event, decision, context.request_id(), core.sampled_log());
        }
        if metrics::COUNTS {
            // What is counted is what the caller is told.
            let (denial, shadowed) = (refused.or(decision.denial()), decision.shadowed());
            let (event, latency) = (event.name(), *latency);
            let method = entry.map(|entry| entry.method.path());
            metrics::decision(Counted { event, method, denial, shadowed, latency });
        }
    }
}

impl FirstRecord<'_> {
    /// A WRITE that could not be recorded is not allowed: its audit has said why.
    pub(super) async fn write(
        self,
        judgement: &Judgement,
        context: &mut CallContext,
        deadline: &mut Deadline,
    ) -> Result<(), Denial> {
        let written = self.audit.write(*self.record, deadline.record_ends()).await;
        let kept = written.map_err(|_| Denial::AuditUnavailable);
        judgement.tell(self.core, context, kept.err());
        kept
    }
}
