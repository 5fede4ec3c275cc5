//! Whether an open call is over, and who is told.

use std::sync::OnceLock;

use futures_util::task::AtomicWaker;

use crate::{authoriser::admission::Refusal, decision::Denial};

/// Whether a call that lasts is over, and why. All that serve it wait here.
#[derive(Debug, Default)]
pub(crate) struct CallEnd {
    refusal: OnceLock<Refusal>,
    /// Whoever waits for the next request.
    pub(crate) requests: AtomicWaker,
    /// Whoever waits for the handler, or for its next response.
    pub(crate) responses: AtomicWaker,
}

impl CallEnd {
    /// Ends the call, unless it has ended already.
    pub(crate) fn end(&self, refusal: Refusal) {
        // The first answer counts.
        let _ = self.refusal.set(refusal);
        self.wake();
    }

    /// Has whoever waits look again.
    pub(super) fn wake(&self) {
        self.requests.wake();
        self.responses.wake();
    }

    /// Why it is over.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.refusal.get().copied()
    }

    /// Whether the call may go on.
    pub(crate) fn check(&self) -> Result<(), Denial> {
        self.refusal.get().map_or(Ok(()), |refusal| Err(refusal.denial))
    }
}
