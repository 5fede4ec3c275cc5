//! A call as it arrives: all that its decision rests on.

use std::time::{Duration, SystemTime};

use super::proof::Proof;
#[cfg(any(feature = "axum", feature = "tonic"))]
use super::{admission::Admission, core::Core};
use crate::{
    audit::{CallSpan, RequestId},
    credential::Presented,
};
#[cfg(any(feature = "axum", feature = "tonic"))]
use crate::{credential::Header, policy::TableEntry};

/// As exactly as timers are.
const MILLISECOND: Duration = Duration::from_millis(1);

/// What a call brings with it. It is kept as long as a stream is open, which is decided again.
#[derive(Debug, Clone)]
pub(crate) struct CallContext {
    pub(crate) presented: Presented,
    /// How long the caller waits for an answer, if it says so.
    pub(crate) caller_waits: Option<Duration>,
    /// What a layer before us calls it, or its first record.
    pub(crate) request: Option<RequestId>,
    /// The span that its handler runs in.
    pub(crate) span: CallSpan,
    /// When it was decided last.
    pub(crate) proof: Option<Proof>,
}

impl CallContext {
    /// What was presented, and nothing else.
    pub(crate) fn new(presented: Presented) -> Self {
        Self { presented, caller_waits: None, request: None, span: CallSpan::NONE, proof: None }
    }

    /// Whether what was decided of it holds: it is young enough, and nothing that it rests on was said
    /// to have changed. Who sent no credentials rests on nothing that could.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn still_holds(
        &self,
        core: &Core,
        entry: TableEntry,
        admission: &Admission,
    ) -> bool {
        *self.presented.credential() == Header::Missing
            || self.proof.is_some_and(|proof| proof.holds(core, entry, admission))
    }

    /// How long its decision may take. A tenth of the caller's own time is kept for the way back:
    /// who answers when all of it is over is the transport, which knows no reason.
    pub(crate) fn patience(&self, deadline: Duration) -> Duration {
        let theirs =
            self.caller_waits.map(|time| time.saturating_sub((time / 10).max(MILLISECOND)));
        theirs.map_or(deadline, |time| time.min(deadline))
    }

    /// What ties its records together: made when there is a first one.
    pub(crate) fn request_id(&mut self) -> RequestId {
        self.request_id_at(SystemTime::now)
    }

    /// The same for whoever knows the time.
    pub(crate) fn request_id_at(&mut self, time: impl FnOnce() -> SystemTime) -> RequestId {
        *self.request.get_or_insert_with(|| RequestId::at(time()))
    }
}
