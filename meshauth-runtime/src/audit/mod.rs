//! Records of decisions: where they go, and what happens when they cannot get there.

#[cfg(any(feature = "axum", feature = "tonic"))]
mod guard;
mod json;
mod log;
mod queue;
mod record;
mod request_id;
mod sampled;
mod sink;
mod span;
mod summary;
mod withdrawal;
mod writer;

/// What the log and the spans of the runtime go by.
const TARGET: &str = "meshauth";

#[cfg(feature = "tonic")]
pub(crate) use self::guard::not_a_call;
#[cfg(any(feature = "axum", feature = "tonic"))]
pub(crate) use self::guard::{call_ended, handler_panicked, message, open};
#[cfg(feature = "axum")]
pub(crate) use self::guard::{messages_unshown, not_mounted};
pub(crate) use self::log::{
    decision, directory_late, directory_panicked, is_read, reads_allows, reads_denials,
    shadow_begins, system,
};
#[cfg(feature = "json")]
pub(crate) use self::log::{directory_changed, directory_mended, directory_refused};
pub use self::{
    queue::Audit,
    record::{AuditEvent, AuditRecord},
    request_id::RequestId,
    sink::{AuditError, AuditSink, AuditWrite},
    summary::{CallOutcome, CallSummary},
};
pub(crate) use self::{sampled::SampledLog, span::CallSpan};
