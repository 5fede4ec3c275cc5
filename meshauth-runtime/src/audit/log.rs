//! What operators find in the log (`tracing`, target `meshauth`): names and findings, never a key,
//! a header value or a message.

#[cfg(feature = "json")]
use std::path::Path;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tracing::{Level, debug, enabled, error, field, info, warn};

use super::{
    TARGET,
    record::{AuditEvent, AuditRecord, Origin},
    request_id::RequestId,
    sampled::{SampledLine, SampledLog},
    sink::AuditError,
};
#[cfg(feature = "json")]
use crate::directory::Update;
use crate::{
    decision::{Decision, Denial, Fault, Shadow, ShadowedChecks, outcome},
    policy::MethodPolicy,
};

/// What is logged of a decision is written only if somebody reads at its level.
macro_rules! log_decision {
    ($level:ident, $event:expr, $decision:expr, $request:expr) => {
        $level!(
            target: TARGET,
            event = $event.name(),
            request = %$request,
            method = $decision.policy().map(MethodPolicy::path),
            entity = show($decision.trace().entity().name()),
            group = show($decision.trace().group().name()),
            outcome = outcome($decision.denial(), $decision.shadowed()),
            reason = $decision.denial().map(Denial::reason),
            fault = $decision.fault().map(Fault::name),
            "{}", $decision
        )
    };
}

pub(super) fn show<T: fmt::Display>(value: Option<T>) -> Option<field::DisplayValue<T>> {
    value.map(field::display)
}

/// A directory file that changed.
#[cfg(feature = "json")]
pub(crate) fn directory_changed(file: &Path, update: &Update) {
    let [groups, entities, clients] =
        [update.groups().len(), update.entities().len(), update.clients().len()];
    let file = field::display(file.display());
    info!(target: TARGET, %file, groups, entities, clients, "the directory has changed");
}

/// A directory file that is broken. The error has no value of it.
#[cfg(feature = "json")]
pub(crate) fn directory_refused(error: &str) {
    error!(target: TARGET, error, "the changed directory is refused, what was read before it counts");
}

/// One that was refused, and has been put right.
#[cfg(feature = "json")]
pub(crate) fn directory_mended(file: &Path) {
    info!(target: TARGET, file = %file.display(), "the directory is no longer refused");
}

/// A decision that was made, at its level. Of callers whom nobody identified not each is worth a line.
pub(crate) fn decision(
    event: AuditEvent,
    decision: &Decision<'_>,
    request: RequestId,
    sampled: &Arc<SampledLog>,
) {
    let level = level(decision);
    let origin = Origin::of(event, decision.trace().entity().name(), decision.fault());
    if let (Some(denial), Origin::Unidentified) = (decision.denial(), origin) {
        let line = match level {
            Level::ERROR => SampledLine::Fault(denial),
            _ => SampledLine::Refused(denial),
        };
        if !sampled.admits(line) {
            return;
        }
    }
    match level {
        Level::ERROR => log_decision!(error, event, decision, request),
        Level::WARN => log_decision!(warn, event, decision, request),
        Level::INFO => log_decision!(info, event, decision, request),
        _ => log_decision!(debug, event, decision, request),
    }
}

/// What a system task was told. It is rare, and nobody calls: each is worth a line.
pub(crate) fn system(record: &AuditRecord) {
    let AuditRecord { event, request, task, group, denial, fault, .. } = record;
    let outcome = outcome(*denial, record.shadowed);
    let (event, fault) = (event.name(), fault.map(Fault::name));
    if denial.is_none() {
        info!(
            target: TARGET, event, %request, task, group = show(*group), outcome,
            "a system task was given access"
        );
    } else {
        error!(
            target: TARGET, event, %request, task, group = show(*group), outcome, fault,
            "a system task was refused access"
        );
    }
}

/// Whether a decision like this is read by anybody.
pub(crate) fn is_read(decision: &Decision<'_>) -> bool {
    // One place for each level: `enabled!` keeps what it finds out.
    match level(decision) {
        Level::ERROR => enabled!(target: TARGET, Level::ERROR),
        Level::WARN => enabled!(target: TARGET, Level::WARN),
        Level::INFO => enabled!(target: TARGET, Level::INFO),
        _ => enabled!(target: TARGET, Level::DEBUG),
    }
}

/// Whether anybody reads of calls that are allowed.
#[inline]
pub(crate) fn reads_allows() -> bool {
    enabled!(target: TARGET, Level::DEBUG)
}

/// Whether anybody reads of calls that are denied.
pub(crate) fn reads_denials() -> bool {
    enabled!(target: TARGET, Level::ERROR)
}

/// A fault on our side is an error, a call that only shadow mode let through a warning; what was
/// denied is for information, what was allowed for debugging.
fn level(decision: &Decision<'_>) -> Level {
    match decision.denial() {
        // Most calls: nothing failed, so there is neither a fault nor a shadow to be looked for.
        None if decision.trace().is_clean() => Level::DEBUG,
        Some(Denial::Internal) => Level::ERROR,
        _ if decision.fault().is_some() => Level::ERROR,
        Some(_) => Level::INFO,
        None if decision.shadowed() != ShadowedChecks::NONE => Level::WARN,
        None => Level::DEBUG,
    }
}

/// A stranger chooses how long it waits, and makes no alarm by that.
pub(crate) fn directory_late(patience: Duration, is_callers: bool) {
    if is_callers {
        debug!(target: TARGET, ?patience, "the directory did not answer in the caller's time");
    } else {
        warn!(target: TARGET, ?patience, "the directory did not answer in time");
    }
}

pub(crate) fn directory_panicked() {
    error!(target: TARGET, "the directory panicked");
}

pub(crate) fn shadow_begins(shadow: &Shadow) {
    let left = shadow.until().duration_since(SystemTime::now()).unwrap_or_default();
    warn!(
        target: TARGET,
        checks = %shadow.shadowed(),
        reason = shadow.reason(),
        hours_left = left.as_secs() / 3600,
        "shadow mode is on: what these checks refuse is let through"
    );
}

pub(crate) fn audit_failed(record: &AuditRecord, cause: &AuditError) {
    let AuditRecord { event, request, method, .. } = record;
    error!(target: TARGET, event = event.name(), %request, method, "{cause}");
}

pub(crate) fn audit_late(request: RequestId, method: Option<&str>) {
    error!(target: TARGET, %request, method, "the audit record was not written in time");
}

/// Records are dropped in floods: not each is worth a line.
pub(crate) fn audit_dropped(so_far: u64, origin: Origin) {
    if so_far.is_power_of_two() {
        let caller = origin.name();
        error!(target: TARGET, caller, so_far, "audit records are lost: the sink is too slow");
    }
}
