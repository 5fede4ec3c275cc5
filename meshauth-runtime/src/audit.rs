//! What operators are told: names and findings, never a key, a header value or a message.

use std::time::Duration;

use tracing::{debug, error, warn};

use crate::{decision::Decision, denial::Denial, directory::DirectoryError};
#[cfg(feature = "tonic")]
use crate::{name::GroupName, policy::MethodPolicy};

const TARGET: &str = "meshauth";

/// A decision that was made. One that fell because of a fault on our side is an error, any other is
/// for debugging.
pub(crate) fn decision(decision: &Decision) {
    if decision.denial() == Some(Denial::Internal) {
        error!(target: TARGET, "{decision}");
    } else {
        debug!(target: TARGET, "{decision}");
    }
}

/// A handler answered with a resource that the scope does not hold.
#[cfg(feature = "tonic")]
pub(crate) fn scope_violation(policy: &MethodPolicy, group: GroupName) {
    error!(
        target: TARGET,
        reason = "SCOPE_VIOLATION",
        method = policy.path(),
        %group,
        "the handler returned a resource outside the scope, the call was refused"
    );
}

/// A caller sent a resource of another group, and no handler saw it.
#[cfg(feature = "tonic")]
pub(crate) fn foreign_resource(policy: &MethodPolicy, group: GroupName) {
    debug!(
        target: TARGET,
        reason = Denial::ResourceNotOwned.reason(),
        method = policy.path(),
        %group,
        "the request carries a resource that states another owner, by check 6 (scope)"
    );
}

/// A path that no table holds. It is not repeated: a stranger chose it.
#[cfg(feature = "tonic")]
pub(crate) fn unknown_method() {
    debug!(
        target: TARGET,
        reason = Denial::MethodUnknown.reason(),
        "the path is not that of a guarded method, by check 1 (method)"
    );
}

/// A handler panicked; the panic hook has said where.
#[cfg(feature = "tonic")]
pub(crate) fn handler_panicked(policy: &MethodPolicy) {
    error!(target: TARGET, method = policy.path(), "the handler panicked, the call was refused");
}

pub(crate) fn directory_failed(cause: &DirectoryError) {
    warn!(target: TARGET, "{cause}");
}

pub(crate) fn directory_late(deadline: Duration) {
    warn!(target: TARGET, ?deadline, "the directory did not answer in time");
}

pub(crate) fn directory_panicked() {
    error!(target: TARGET, "the directory panicked");
}
