//! What is kept of a decision.

use std::time::{Duration, SystemTime};

use super::{request_id::RequestId, summary::CallSummary};
use crate::{
    decision::{
        Check, Decision, Denial, Fault, GroupFinding, MethodFinding, Outcome, ScopeFinding,
        ShadowedChecks, Trace, VerificationFinding,
    },
    names::{ClientName, EntityName, GroupName},
    policy::{Operation, TableEntry},
    records::Grant,
};

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditEvent {
    /// A call was allowed or denied.
    Call,
    /// A call that lasts was decided again: a stream that is open, or a request that was long in
    /// coming.
    Stream,
    /// A WRITE request carried another group's resource: no handler saw it.
    ForeignResource,
    /// A handler answered a resource outside the scope: nobody saw it. A fault of the handler.
    ScopeViolation,
    /// A call that lasted is over, or under strict audit any WRITE.
    End,
    /// What a record says was allowed did not happen: that record was not confirmed in time, or before
    /// the caller left.
    Withdrawn,
    /// Work of the service itself was given access, or refused it.
    System,
}

impl AuditEvent {
    /// Its name in records, log and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::Stream => "STREAM",
            Self::ForeignResource => "FOREIGN_RESOURCE",
            Self::ScopeViolation => "SCOPE_VIOLATION",
            Self::End => "END",
            Self::Withdrawn => "WITHDRAWN",
            Self::System => "SYSTEM",
        }
    }
}

/// What is kept of a decision, allow or deny: names and findings, never a key, a header value or a
/// message.
///
/// As text (`Display`) it is one line of JSON, in which no value can break the line; with serde, the
/// same object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// When it was decided.
    pub time: SystemTime,
    /// What ties the records of one call together.
    pub request: RequestId,
    /// What was decided.
    pub event: AuditEvent,
    /// The path of the method; none if it has no policy. A path that a stranger chose is not kept.
    pub method: Option<&'static str>,
    /// The name of the system task that was given access, or refused it.
    pub task: Option<&'static str>,
    /// Whether the method, or the task, reads or writes.
    pub operation: Option<Operation>,
    /// The digest of the annotations of its service.
    pub policy_digest: Option<&'static str>,
    /// Who calls, if it is known.
    pub entity: Option<EntityName>,
    /// The executing group, as the caller names it.
    pub group: Option<GroupName>,
    /// The grant that allowed the call.
    pub granted: Option<Grant>,
    /// The name of its role.
    pub role: Option<&'static str>,
    /// The client whose verification was looked at.
    pub client: Option<ClientName>,
    pub(super) outcomes: Outcomes,
    /// What the call may touch.
    pub scope: Option<(Operation, GroupName)>,
    /// What the caller was told; none if the call was allowed.
    pub denial: Option<Denial>,
    /// The check that refused it.
    pub refused_by: Option<Check>,
    /// What operators have to mend, whatever the caller was told.
    pub fault: Option<Fault>,
    /// The checks that it failed, but for shadow mode.
    pub shadowed: ShadowedChecks,
    /// How long the decision took.
    pub latency: Duration,
    /// What became of the call, if this is of its end.
    pub end: Option<CallSummary>,
}

/// Whose doing a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody whom the directory knows, or a task of the service.
    Known,
    /// Anybody: no caller was found, or none was looked for.
    Unidentified,
}

impl Origin {
    /// Of a call. Who has a stream that is decided again was let in by its credentials, even if nobody
    /// knows these any more; and for some faults there must be a record that is not used.
    pub(super) fn of(event: AuditEvent, entity: Option<EntityName>, fault: Option<Fault>) -> Self {
        match (event, entity, fault) {
            (AuditEvent::Stream, ..)
            | (_, Some(_), _)
            | (.., Some(Fault::RecordUnusable | Fault::DirectoryMistaken)) => Self::Known,
            _ => Self::Unidentified,
        }
    }

    pub(super) const ALL: [Self; 2] = [Self::Known, Self::Unidentified];

    /// Its name in log and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unidentified => "unidentified",
        }
    }
}

/// How each of the checks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcomes([Outcome; 6]);

impl Outcomes {
    /// A message was held against the scope, and nothing else was looked at.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(super) const SCOPE_FAILED: Self = {
        let mut outcomes = [Outcome::Skip; 6];
        outcomes[5] = Outcome::Fail;
        Self(outcomes)
    };

    fn of(trace: &Trace) -> Self {
        let mut outcomes = [Outcome::Skip; 6];
        for (outcome, check) in outcomes.iter_mut().zip(Check::ALL) {
            *outcome = trace.outcome(*check);
        }
        Self(outcomes)
    }
}

impl AuditRecord {
    /// How the check ended.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.outcomes.0[usize::from(check.number()) - 1]
    }

    pub(super) fn origin(&self) -> Origin {
        if self.task.is_some() {
            return Origin::Known;
        }
        Origin::of(self.event, self.entity, self.fault)
    }

    /// Says of a record that could not be confirmed that what it allows was refused.
    pub(super) fn withdrawn(self) -> Self {
        Self {
            time: SystemTime::now(),
            event: AuditEvent::Withdrawn,
            scope: None,
            denial: Some(Denial::AuditUnavailable),
            ..self
        }
    }

    pub(crate) fn of_decision(
        (event, entry): (AuditEvent, Option<TableEntry>),
        (time, request): (SystemTime, RequestId),
        decision: &Decision<'_>,
        latency: Duration,
    ) -> Self {
        let trace = decision.trace();
        Self {
            event,
            granted: trace.granted(),
            role: role(entry, trace),
            denial: decision.denial(),
            refused_by: decision.refused_by(),
            fault: decision.fault(),
            shadowed: decision.shadowed(),
            latency,
            ..Self::of_trace(entry, (time, request), trace)
        }
    }

    /// Access of a system task to a group: what was found, and what it was told.
    pub(crate) fn of_system(
        task: &'static str,
        operation: Operation,
        request: RequestId,
        group: GroupFinding,
        told: Result<(), Denial>,
    ) -> Self {
        let scope = match (group, told) {
            (GroupFinding::Known(group), Ok(())) => ScopeFinding::Scope(operation, group),
            _ => ScopeFinding::NotReached,
        };
        let trace = Trace { method: MethodFinding::NotNeeded, group, scope, ..Trace::EMPTY };
        Self {
            event: AuditEvent::System,
            task: Some(task),
            operation: Some(operation),
            denial: told.err(),
            refused_by: told.is_err().then_some(Check::Group),
            ..Self::of_trace(None, (SystemTime::now(), request), &trace)
        }
    }

    /// Of what is no decision on a call.
    #[inline]
    pub(super) fn of_trace(
        entry: Option<TableEntry>,
        (time, request): (SystemTime, RequestId),
        trace: &Trace,
    ) -> Self {
        Self {
            time,
            request,
            event: AuditEvent::Call,
            method: entry.map(|entry| entry.method.path()),
            task: None,
            operation: entry.map(|entry| entry.method.operation()),
            policy_digest: entry.map(|entry| entry.service.digest()),
            entity: trace.entity.name(),
            group: trace.group.name(),
            granted: None,
            role: None,
            client: client(trace.verification),
            outcomes: Outcomes::of(trace),
            scope: scope(trace.scope),
            denial: None,
            refused_by: None,
            fault: None,
            shadowed: ShadowedChecks::NONE,
            latency: Duration::ZERO,
            end: None,
        }
    }
}

fn role(entry: Option<TableEntry>, trace: &Trace) -> Option<&'static str> {
    Some(entry?.method.role(trace.granted()?.role())?.name())
}

fn client(finding: VerificationFinding) -> Option<ClientName> {
    match finding {
        VerificationFinding::Verified(name) | VerificationFinding::NotVerified(name, _) => {
            Some(name)
        }
        _ => None,
    }
}

fn scope(finding: ScopeFinding) -> Option<(Operation, GroupName)> {
    match finding {
        ScopeFinding::Scope(operation, group) => Some((operation, group)),
        _ => None,
    }
}
