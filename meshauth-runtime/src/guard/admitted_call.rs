//! A call that was let in.

use crate::{
    audit::{self, AuditEvent, AuditRecord},
    authoriser::{Admission, CallContext, Lease},
    decision::Denial,
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
    /// Who calls, in which group; none for a PUBLIC method, which has no scope.
    caller: Option<(EntityName, GroupName)>,
}

impl AdmittedCall {
    pub(super) fn new(
        lease: Lease,
        entry: TableEntry,
        context: CallContext,
        admission: &Admission,
    ) -> Self {
        let caller = admission.names();
        Self { lease, entry, context, caller }
    }

    /// The group that messages are held against; none if there is no scope.
    pub(crate) fn group(&self) -> Option<GroupName> {
        self.caller.map(|(_, group)| group)
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

    fn outside(&mut self, event: AuditEvent, denial: Denial) -> Result<(), Denial> {
        let Some(caller) = self.caller else { return Err(denial) };
        let shadowed = self.lease.core().shadowed();
        let told = if shadowed.scope { Ok(()) } else { Err(denial) };
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
