//! How a call ended.

use std::time::Duration;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// The handler answered all that it had to.
    Completed,
    /// The handler answered an error of its own, or panicked; over HTTP, any status of 400 or more.
    Failed,
    /// A check did not hold any more, a message was outside the scope, or the directory did not
    /// answer for as long as a decision may be old.
    Refused,
    /// The caller went away, or its connection broke, before the end.
    Disconnected,
    /// The service shut down.
    ShutDown,
}

impl CallOutcome {
    /// Its name in records, log and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Refused => "REFUSED",
            Self::Disconnected => "DISCONNECTED",
            Self::ShutDown => "SHUT_DOWN",
        }
    }

    /// Whether the runtime ended it, and not one of the two sides.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::ShutDown)
    }
}

/// What became of a call: of one that lasted, or of any WRITE under a strict audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSummary {
    /// How it ended.
    pub outcome: CallOutcome,
    /// How long it took.
    pub duration: Duration,
    /// How many messages the handler was given. Over HTTP: parts of the body.
    pub requests: u64,
    /// How many messages left. Over HTTP: parts of the body.
    pub responses: u64,
}
