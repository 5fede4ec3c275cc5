//! A call that lasts: it is decided again while it lives, and ends with the answer of the check
//! that fails.

use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures_util::{future, task::AtomicWaker};
use tokio::{runtime::Handle, task::AbortHandle, time};

use super::admitted_call::AdmittedCall;
use crate::{audit::AuditEvent, credential::Header, decision::Denial};

/// A call with a stream, in either direction or both. All that serve it ask here whether it may go
/// on.
#[derive(Debug)]
pub(crate) struct OpenCall {
    state: Arc<State>,
    admitted: AdmittedCall,
    /// The task that decides the call again, once it is known to last; none if nothing about the
    /// call can change.
    renewal: OnceLock<Option<AbortHandle>>,
}

#[derive(Debug, Default)]
struct State {
    over: OnceLock<Denial>,
    /// Whoever waits for the next request.
    requests: AtomicWaker,
    /// Whoever waits for the handler, or for its next response.
    responses: AtomicWaker,
}

impl OpenCall {
    /// Opens the call, and has it decided again for as long as this lives.
    #[cfg(feature = "tonic")]
    pub(crate) fn new(admitted: AdmittedCall) -> Self {
        let call = Self::idle(admitted);
        call.start_renewal();
        call
    }

    /// A call that is decided again if it turns out to last.
    pub(crate) fn idle(admitted: AdmittedCall) -> Self {
        Self { state: Arc::default(), admitted, renewal: OnceLock::new() }
    }

    /// Has the call decided again from here on.
    pub(crate) fn start_renewal(&self) {
        self.renewal.get_or_init(|| {
            // A call without credentials stays what it is.
            if *self.admitted.context.presented.credential() == Header::Missing {
                return None;
            }
            let renewed = Renewal(Arc::clone(&self.state));
            // Without a runtime nobody would decide it again: `renewed` ends it on being dropped.
            let runtime = Handle::try_current().ok()?;
            Some(runtime.spawn(renew(renewed, self.admitted.clone())).abort_handle())
        });
    }

    /// Ends the call with this answer, unless it has ended already.
    #[cfg(feature = "tonic")]
    pub(crate) fn end(&self, denial: Denial) {
        self.state.end(denial);
    }

    /// Whether the call may go on.
    fn check(&self) -> Result<(), Denial> {
        self.state.over.get().map_or(Ok(()), |denial| Err(*denial))
    }

    /// Polls what makes requests, unless the call is over.
    pub(crate) fn poll_request<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        self.poll(&self.state.requests, cx, poll)
    }

    /// Polls what makes a response, unless the call is over.
    pub(crate) fn poll_response<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        self.poll(&self.state.responses, cx, poll)
    }

    fn poll<T>(
        &self,
        waiting: &AtomicWaker,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        waiting.register(cx.waker());
        if let Err(denial) = self.check() {
            return Poll::Ready(Err(denial));
        }
        // What is polled may end the call itself: a handler that reads a request of another group.
        let polled = poll(cx);
        match self.check() {
            Err(denial) => Poll::Ready(Err(denial)),
            Ok(()) => polled.map(Ok),
        }
    }
}

impl State {
    fn end(&self, denial: Denial) {
        // The first answer counts.
        let _ = self.over.set(denial);
        self.requests.wake();
        self.responses.wake();
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if let Some(Some(renewal)) = self.renewal.get() {
            renewal.abort();
        }
    }
}

/// A call that is decided again. If whoever does it stops, the call is over.
struct Renewal(Arc<State>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.end(Denial::Internal);
    }
}

async fn renew(call: Renewal, mut admitted: AdmittedCall) {
    let lease = admitted.lease.clone();
    let core = lease.core();
    let mut announced = core.revocations().subscribe();
    loop {
        let epoch = core.revocations().epoch();
        // A revocation that was announced since the last decision is not waited for.
        if epoch == admitted.context.epoch {
            let (due, revoked) = (time::sleep(core.recheck()), announced.changed());
            future::select(pin!(due), pin!(revoked)).await;
        }
        admitted.context.epoch = core.revocations().epoch();
        let AdmittedCall { entry, context, .. } = &mut admitted;
        if let Err(denial) = core.judge(AuditEvent::Stream, *entry, context).await {
            return call.0.end(denial);
        }
    }
}
