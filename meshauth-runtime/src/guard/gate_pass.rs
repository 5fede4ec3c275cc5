//! What a gate hands to the guard behind it, in the extensions of the request.

use std::sync::{Arc, Mutex, PoisonError};

use http::{Extensions, HeaderMap};
use tracing::Span;

use super::{admitted_call::AdmittedCall, call_ending::CallEnding};
use crate::{
    audit::{AuditEvent, CallSpan, RequestId},
    authoriser::{
        Access, Admission, CallContext, Core, DecisionToken, Lease, Method, Proof, Refusal,
        assert_consistent,
    },
    credential::Presented,
    decision::Denial,
    policy::TableEntry,
};

/// What a gate leaves in the extensions of a request. Extensions can be copied, and so can this, but
/// all copies are of one call, and it can be taken once.
#[derive(Debug, Clone)]
pub(crate) struct GatePass(Arc<Mutex<Option<PassedCall>>>);

/// A call that a gate let pass. Nobody else can make one, or name its type.
#[derive(Debug)]
pub(crate) struct PassedCall {
    lease: Lease,
    entry: TableEntry,
    context: CallContext,
    admission: Admission,
    ending: Ending,
}

/// Who says what becomes of a call whose end leaves a record, however short it is.
#[derive(Debug)]
enum Ending {
    /// Nobody: its end is worth none, or it is not known yet.
    Unsaid,
    /// Whoever takes the pass.
    Passed(Box<CallEnding>),
    /// The gate itself.
    #[cfg(feature = "axum")]
    AtGate,
}

impl Ending {
    fn passed(self) -> Option<Box<CallEnding>> {
        match self {
            Self::Passed(ending) => Some(ending),
            Self::Unsaid => None,
            #[cfg(feature = "axum")]
            Self::AtGate => None,
        }
    }
}

/// A pass that its gate holds while the call is served. Nobody can take it later, whoever has a copy.
pub(crate) struct LeftPass(GatePass);

#[cfg(feature = "tonic")]
impl LeftPass {
    /// The call was answered. If nobody took its pass, no handler ran: the server could not read the
    /// request.
    pub(crate) fn answered(self) {
        if let Some(ending) = self.0.take().and_then(|passed| passed.ending.passed()) {
            ending.finish(crate::audit::CallOutcome::Failed);
        }
    }
}

impl Drop for LeftPass {
    fn drop(&mut self) {
        self.0.take();
    }
}

impl GatePass {
    /// The call; none if it was taken.
    fn take(&self) -> Option<PassedCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(feature = "axum")]
impl GatePass {
    /// The authoriser that let a call pass, if it was for this method, and was not taken before.
    pub(crate) fn lease_for(extensions: &Extensions, entry: TableEntry) -> Option<Lease> {
        let pass = extensions.get::<Self>()?.0.lock().unwrap_or_else(PoisonError::into_inner);
        pass.as_ref()
            .filter(|passed| passed.entry.is(entry.method))
            .map(|passed| passed.lease.clone())
    }
}

#[cfg(feature = "axum")]
impl PassedCall {
    /// For a gate that serves the call itself: what becomes of it.
    pub(crate) fn take_ending(&mut self) -> CallEnding {
        let Self { lease, entry, context, admission, ending } = self;
        let ending = std::mem::replace(ending, Ending::AtGate);
        ending.passed().map_or_else(
            || CallEnding::new(AdmittedCall::of(lease, *entry, context, admission)),
            |ending| *ending,
        )
    }
}

impl PassedCall {
    /// The span that the call runs in.
    pub(crate) fn span(&self) -> Span {
        self.context.span.span().clone()
    }

    /// Leaves it for the guard, until what is given back is dropped.
    #[must_use = "a pass that is not held for the time of its call is gone"]
    pub(crate) fn leave_in(self, extensions: &mut Extensions) -> LeftPass {
        let pass = GatePass(Arc::new(Mutex::new(Some(self))));
        extensions.insert(pass.clone());
        LeftPass(pass)
    }

    /// Whether this authoriser made it, and for the very same policy.
    fn is_of(&self, core: &Core, entry: TableEntry) -> bool {
        self.lease.is_of(core) && self.entry.is(entry.method)
    }

    /// Whether it is as new as the decision of an open stream must be. Else a caller who sends its
    /// request late would be served long after its key was revoked.
    fn still_holds(&self) -> bool {
        self.context.still_holds(self.lease.core(), self.entry, &self.admission)
    }
}

impl Lease {
    /// At the gate: decides. The pass belongs into the extensions of the request, for the guard; the
    /// id of the call into the response, whatever comes of it.
    pub(crate) async fn pass(
        self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> (RequestId, Result<PassedCall, Denial>) {
        let (event, mut context, ending) = match self.reuse(entry, headers, extensions) {
            Reuse::Holds(mut passed) => return (passed.context.request_id(), Ok(passed)),
            Reuse::Decide(event, context, ending) => (event, context, ending),
        };
        let request = context.request_id();
        context.span = CallSpan::new(entry, request);
        (request, self.decide_anew(event, entry, context, ending).await)
    }

    /// At the guard: gives the access to the one method that it guards.
    pub(crate) async fn admit<M: Method>(
        self,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<(M::Access, AdmittedCall, Option<Box<CallEnding>>), Denial> {
        const { assert_consistent::<M>() };
        let entry = TableEntry::of::<M>();
        let passed = match self.reuse(entry, headers, extensions) {
            Reuse::Holds(passed) => passed,
            // Behind a gate this is rare, and other calls carry nothing of it along.
            Reuse::Decide(event, context, ending) => {
                Box::pin(self.decide_anew(event, entry, context, ending)).await?
            }
        };
        let PassedCall { lease, context, admission, ending, .. } = passed;
        let request = context.request;
        let admitted = AdmittedCall::new(lease.clone(), entry, context, admission.clone());
        // A policy that does not fit its access never gets an admission that does.
        let access = M::Access::from_admission(admission, DecisionToken::new(lease, request));
        Ok((access.ok_or(Denial::Internal)?, admitted, ending.passed()))
    }

    /// Takes a gate's result if this authoriser made it, for the very same policy, and not long ago.
    fn reuse(
        &self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Reuse {
        let passed = extensions.remove::<GatePass>().and_then(|pass| pass.take());
        let Some(passed) = passed else {
            let context = CallContext::take(headers, extensions);
            return Reuse::Decide(AuditEvent::Call, context, Ending::Unsaid);
        };
        // The gate took the headers off. If they are there again, somebody in between put them
        // there: they count, and what the gate made of others does not. It is the same call.
        if Presented::is_in(headers) {
            let request = passed.context.request;
            let context = CallContext { request, ..CallContext::take(headers, extensions) };
            return Reuse::Decide(AuditEvent::Call, context, passed.ending);
        }
        if !passed.is_of(self.core(), entry) {
            return Reuse::Decide(AuditEvent::Call, passed.context, passed.ending);
        }
        if !passed.still_holds() {
            return Reuse::Decide(AuditEvent::Stream, passed.context, passed.ending);
        }
        Reuse::Holds(passed)
    }

    /// Decides. What becomes of a call that was decided before is known already.
    async fn decide_anew(
        self,
        event: AuditEvent,
        entry: TableEntry,
        mut context: CallContext,
        mut ending: Ending,
    ) -> Result<PassedCall, Denial> {
        let core = self.core();
        // Several parts of the call may leave records: they are of one id.
        let _ = context.request_id();
        context.proof = Some(Proof::begin(core));
        let judged = core.judge(event, entry, &mut context).await;
        if let (Ending::Passed(ending), Err(denial)) = (&ending, &judged) {
            ending.refuse(Refusal::of(*denial));
        }
        let admission = judged?;
        let admitted = || AdmittedCall::of(&self, entry, &context, &admission);
        match &mut ending {
            // Who calls may be somebody else now.
            Ending::Passed(ending) if ending.admitted.lease.is_of(core) => {
                ending.admitted = admitted();
            }
            Ending::Unsaid if event == AuditEvent::Call && core.records_ends_of(entry) => {
                ending = Ending::Passed(Box::new(CallEnding::recorded(admitted())));
            }
            // Another authoriser's record of the end is its own.
            _ => {}
        }
        Ok(PassedCall { lease: self, entry, context, admission, ending })
    }
}

/// What there is to be done where a gate may have decided already.
enum Reuse {
    /// Nothing: its result holds.
    Holds(PassedCall),
    /// A decision.
    Decide(AuditEvent, CallContext, Ending),
}
