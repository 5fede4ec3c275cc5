//! A call that was let in.

use crate::{
    audit::{self, AuditEvent, AuditRecord, CallSummary, RequestId},
    authoriser::{Admission, CallContext, Lease, Refusal},
    decision::{Check, Denial},
    metrics::{self, Counted},
    names::{EntityName, GroupName},
    policy::TableEntry,
};

/// What a guard knows of a call that it let in: enough to decide it again, and to tell operators
/// about it.
#[derive(Debug, Clone)]
pub(crate) struct AdmittedCall {
    pub(crate) lease: Lease,
    pub(crate) entry: TableEntry,
    pub(crate) context: CallContext,
    pub(super) admission: Admission,
}

impl AdmittedCall {
    pub(super) fn new(
        lease: Lease,
        entry: TableEntry,
        context: CallContext,
        admission: Admission,
    ) -> Self {
        Self { lease, entry, context, admission }
    }

    /// What a gate knows of a call that it lets pass.
    pub(super) fn of(
        lease: &Lease,
        entry: TableEntry,
        context: &CallContext,
        admission: &Admission,
    ) -> Self {
        Self::new(lease.clone(), entry, context.clone(), admission.clone())
    }

    /// Who calls, in which group; none for a PUBLIC method, which has no scope.
    fn caller(&self) -> Option<(EntityName, GroupName)> {
        self.admission.names()
    }

    /// Decides the call again if its decision is too old for an answer, or was revoked.
    ///
    /// # Errors
    /// The denial of the check that does not hold any more.
    #[cfg(feature = "tonic")]
    pub(crate) async fn renew(&mut self) -> Result<(), Denial> {
        let Self { lease, entry, context, admission } = self;
        let core = lease.core();
        if context.still_holds(core, *entry, admission) {
            return Ok(());
        }
        context.proof = Some(crate::authoriser::Proof::begin(core));
        *admission = Box::pin(core.judge(AuditEvent::Stream, *entry, context)).await?;
        Ok(())
    }

    /// The group that messages are held against; none if there is no scope.
    pub(crate) fn group(&self) -> Option<GroupName> {
        self.caller().map(|(_, group)| group)
    }

    /// The names of the executing group's ownership hierarchy, as resources state it.
    pub(super) fn owners(&self) -> Vec<String> {
        self.admission.owners(self.lease.core())
    }

    /// Whether shadow mode lets through what check 6 refuses.
    pub(super) fn shadows_scope(&self) -> bool {
        self.lease.core().shadowed().scope
    }

    /// A request that carries another group's resource.
    ///
    /// # Errors
    /// The denial, unless check 6 is in shadow mode.
    pub(crate) fn foreign_resource(&mut self) -> Result<(), Denial> {
        self.outside(AuditEvent::ForeignResource, Denial::ResourceNotOwned)
    }

    /// A response that carries a resource outside the scope: a fault of the handler.
    ///
    /// # Errors
    /// The denial, unless check 6 is in shadow mode.
    pub(crate) fn scope_violation(&mut self) -> Result<(), Denial> {
        self.outside(AuditEvent::ScopeViolation, Denial::Internal)
    }

    /// It is over.
    pub(super) fn ended(&self, summary: CallSummary, refusal: Option<Refusal>) {
        let Self { lease, entry, context, admission } = self;
        let request = context.request.unwrap_or_else(RequestId::random);
        let of = (summary, refusal);
        let record = AuditRecord::of_end(*entry, request, admission.known(), of);
        audit::call_ended(&record, &summary);
        lease.core().keep_unwaited(record);
        // A message outside the scope has said so itself.
        if let Some(Refusal { denial, by }) = refusal
            && by != Some(Check::Scope)
        {
            context.span.deny(denial);
        }
    }

    fn outside(&mut self, event: AuditEvent, denial: Denial) -> Result<(), Denial> {
        let Some(caller) = self.caller() else { return Err(denial) };
        let told = if self.shadows_scope() { Ok(()) } else { Err(denial) };
        let request = self.context.request_id();
        let record = AuditRecord::of_message(event, self.entry, request, caller, told);
        audit::message(&record);
        let shadowed = record.shadowed;
        metrics::decision(Counted {
            event: event.name(),
            method: record.method,
            denial: told.err(),
            shadowed,
            latency: None,
        });
        self.lease.core().keep_unwaited(record);
        if let Err(denial) = told {
            self.context.span.deny(denial);
        }
        told
    }
}
