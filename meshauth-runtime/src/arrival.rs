//! A call as it arrives: all that its decision rests on.

use std::time::Duration;

use crate::{presented::Presented, request_id::RequestId};

/// What a call brings with it. It is kept as long as a stream is open, which is decided again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) presented: Presented,
    /// How long the caller waits for an answer, if it says so.
    pub(crate) patience: Option<Duration>,
    /// What a layer before us calls it, or its first record.
    pub(crate) request: Option<RequestId>,
    /// The revocations that were announced before it was decided last.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) epoch: u64,
}

impl Arrival {
    /// What was presented, and nothing else.
    pub(crate) fn new(presented: Presented) -> Self {
        Self {
            presented,
            patience: None,
            request: None,
            #[cfg(any(feature = "axum", feature = "tonic"))]
            epoch: 0,
        }
    }

    /// What ties its records together: made when there is a first one.
    pub(crate) fn request_id(&mut self) -> RequestId {
        *self.request.get_or_insert_with(RequestId::random)
    }
}
