//! What guards tell operators of the calls behind them.

#[cfg(feature = "tonic")]
use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "tonic")]
use http::StatusCode;
use tracing::{debug, error, info, warn};

#[cfg(feature = "tonic")]
use super::sampled::{SampledLine, SampledLog};
use super::{
    TARGET,
    log::show,
    record::{AuditEvent, AuditRecord, Outcomes},
    request_id::RequestId,
    summary::CallSummary,
};
use crate::{
    authoriser::Refusal,
    decision::{
        Check, Denial, EntityFinding, GroupFinding, MethodFinding, ScopeFinding, ShadowedChecks,
        Trace,
    },
    names::{EntityName, GroupName},
    policy::{MethodPolicy, TableEntry},
};

impl AuditRecord {
    /// A call is over: by itself, or because of this.
    pub(crate) fn of_end(
        entry: TableEntry,
        request: RequestId,
        (entity, group): (Option<EntityName>, Option<GroupName>),
        (summary, refusal): (CallSummary, Option<Refusal>),
    ) -> Self {
        Self {
            event: AuditEvent::End,
            entity,
            group,
            denial: refusal.map(|refusal| refusal.denial),
            refused_by: refusal.and_then(|refusal| refusal.by),
            end: Some(summary),
            ..Self::of_trace(Some(entry), (SystemTime::now(), request), &Trace::EMPTY)
        }
    }

    /// A message that check 6 refused, or would have but for shadow mode, in the name of this
    /// group.
    pub(crate) fn of_message(
        event: AuditEvent,
        entry: TableEntry,
        request: RequestId,
        (entity, group): (EntityName, GroupName),
        told: Result<(), Denial>,
    ) -> Self {
        let trace = Trace {
            method: MethodFinding::Known,
            group: GroupFinding::Known(group),
            entity: EntityFinding::Known(entity),
            scope: ScopeFinding::Scope(entry.method.operation(), group),
            ..Trace::EMPTY
        };
        let mut record = Self {
            event,
            denial: told.err(),
            refused_by: told.is_err().then_some(Check::Scope),
            shadowed: ShadowedChecks { scope: told.is_ok(), ..ShadowedChecks::NONE },
            ..Self::of_trace(Some(entry), (SystemTime::now(), request), &trace)
        };
        record.outcomes = Outcomes::SCOPE_FAILED;
        record
    }
}

/// A message with a resource outside the scope. What a handler answers is its fault; what a caller
/// sends is not ours.
pub(crate) fn message(record: &AuditRecord) {
    let AuditRecord { event, request, method, entity, group, denial, .. } = record;
    let what = match (event, denial) {
        (AuditEvent::ForeignResource, Some(_)) => {
            info!(
                target: TARGET, event = event.name(), %request, method, entity = show(*entity),
                group = show(*group),
                "the request carries a resource that states another owner, by check 6 (scope)"
            );
            return;
        }
        (AuditEvent::ForeignResource, None) => {
            "the request carries a resource that states another owner, shadow mode let it through"
        }
        (_, Some(_)) => "the handler answered a resource outside the scope, the call was refused",
        (_, None) => {
            "the handler answered a resource outside the scope, shadow mode let it through"
        }
    };
    error!(
        target: TARGET, event = event.name(), %request, method, entity = show(*entity),
        group = show(*group), "{what}"
    );
}

/// A call is over.
pub(crate) fn call_ended(record: &AuditRecord, summary: &CallSummary) {
    let AuditRecord { event, request, method, entity, group, denial, .. } = record;
    let CallSummary { outcome, duration, requests, responses } = summary;
    debug!(
        target: TARGET, event = event.name(), %request, method, entity = show(*entity),
        group = show(*group), outcome = outcome.name(), reason = denial.map(Denial::reason),
        ?duration, requests, responses, "the call is over"
    );
}

/// What came to the path of a method and is no call of gRPC: nothing of it was read.
#[cfg(feature = "tonic")]
pub(crate) fn not_a_call(path: &str, answer: StatusCode, sampled: &Arc<SampledLog>) {
    if !sampled.admits(SampledLine::NotACall) {
        return;
    }
    info!(target: TARGET, method = path, answer = answer.as_u16(), "this is no POST of gRPC content");
}

/// A handler panicked; the panic hook has said where.
pub(crate) fn handler_panicked(policy: &MethodPolicy) {
    error!(target: TARGET, method = policy.path(), "the handler panicked, the call was refused");
}

/// A handler that no gate of its method stands before: it was mounted on a router of axum itself, its
/// route is bound to another method, or its access was taken before.
#[cfg(feature = "axum")]
pub(crate) fn not_mounted(policy: &MethodPolicy) {
    error!(
        target: TARGET,
        method = policy.path(),
        "no route of a `GuardedRouter` for this method stands before the handler, or its access was \
         taken before, so the call was refused"
    );
}

/// A handler that was to show its messages, and answered without. It runs in the span of its call.
#[cfg(feature = "axum")]
pub(crate) fn messages_unshown(policy: &MethodPolicy) {
    error!(
        target: TARGET,
        method = policy.path(),
        "the handler took an `AuthorisedCall`, and answered without showing it a message: call \
         `release` on what it answers and `accept` on what it is asked, or take `Authorised`"
    );
}

/// A service that nothing guards.
pub(crate) fn open(what: &str, reason: &str) {
    warn!(target: TARGET, what, reason, "open to everyone");
}
