//! A call while its handler runs, as far as anybody has to know how it ends.

use std::sync::Arc;

use tonic::Status;

use crate::{
    audit::CallOutcome,
    authoriser::Refusal,
    decision::{Check, Denial},
    guard::{CallEnding, OpenCall},
};

/// A call while its handler runs.
pub(super) enum ServedCall {
    /// One request and one response; nobody asks how it ends.
    Short,
    /// The same, and its end leaves a record.
    Recorded(Box<CallEnding>),
    /// It has a stream.
    Open(Arc<OpenCall>),
}

impl ServedCall {
    /// The call, if it lasts.
    pub(super) fn open(&self) -> Option<&Arc<OpenCall>> {
        match self {
            Self::Open(open) => Some(open),
            Self::Short | Self::Recorded(_) => None,
        }
    }

    /// The end of a call that is not open yet.
    pub(super) fn into_ending(self) -> Option<Box<CallEnding>> {
        match self {
            Self::Recorded(ending) => Some(ending),
            Self::Short | Self::Open(_) => None,
        }
    }

    /// Its request is with the handler.
    pub(super) fn count_request(&self) {
        match self {
            Self::Short => {}
            Self::Recorded(ending) => ending.count_request(),
            Self::Open(open) => open.count_request(),
        }
    }

    /// A message of it is outside the scope.
    pub(super) fn refuse(&self, denial: Denial) {
        match self {
            Self::Short => {}
            Self::Recorded(ending) => {
                ending.refuse(Refusal { denial, by: Some(Check::Scope) });
            }
            Self::Open(open) => open.end(denial),
        }
    }

    /// What the handler answered, once it is known whether it failed.
    pub(super) fn answered<T>(&self, answer: Result<T, Status>) -> Result<T, Status> {
        answer.inspect_err(|_| self.finish(CallOutcome::Failed))
    }

    /// Its one response leaves.
    pub(super) fn complete(&self) {
        match self {
            Self::Short => {}
            Self::Recorded(ending) => ending.count_response(),
            Self::Open(open) => open.count_response(),
        }
        self.finish(CallOutcome::Completed);
    }

    fn finish(&self, outcome: CallOutcome) {
        match self {
            Self::Short => {}
            Self::Recorded(ending) => ending.finish(outcome),
            Self::Open(open) => open.finish(outcome),
        }
    }
}
