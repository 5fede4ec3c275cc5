//! A call that lasts: it is decided again while it lives, and ends with the answer of the check
//! that fails.

use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures_util::{
    future::{self, Either},
    task::AtomicWaker,
};
use tokio::{runtime::Handle, task::AbortHandle, time};

use super::admitted_call::AdmittedCall;
use crate::{audit::AuditEvent, authoriser::OpenCallMember, credential::Header, decision::Denial};

/// A call with a stream, in either direction or both. All that serve it ask here whether it may go
/// on.
#[derive(Debug)]
pub(crate) struct OpenCall {
    state: Arc<State>,
    admitted: AdmittedCall,
    /// What is there once the call is known to last.
    lasting: OnceLock<Lasting>,
}

/// A call that lasts.
#[derive(Debug)]
struct Lasting {
    /// The task that decides the call again; none outside of a runtime.
    renewal: Option<AbortHandle>,
    /// A shutdown waits until this is gone.
    _member: OpenCallMember,
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
        Self { state: Arc::default(), admitted, lasting: OnceLock::new() }
    }

    /// Has the call decided again from here on.
    pub(crate) fn start_renewal(&self) {
        self.lasting.get_or_init(|| {
            let member = self.admitted.lease.core().open_calls().join();
            let renewal = Renewal { state: Arc::clone(&self.state), member: member.clone() };
            // Without a runtime nobody would decide it again: `renewal` ends it on being dropped.
            let spawn =
                |runtime: Handle| runtime.spawn(renewal.run(self.admitted.clone())).abort_handle();
            Lasting { renewal: Handle::try_current().ok().map(spawn), _member: member }
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
        let _entered = self.admitted.context.span.span().enter();
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
        if let Some(Lasting { renewal: Some(renewal), .. }) = self.lasting.get() {
            renewal.abort();
        }
    }
}

/// Decides a call again for as long as it lasts. If it stops, the call is over.
struct Renewal {
    state: Arc<State>,
    member: OpenCallMember,
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.state.end(Denial::Internal);
    }
}

impl Renewal {
    async fn run(mut self, admitted: AdmittedCall) {
        // A call without credentials stays what it is: it ends with the service.
        let renewed = async {
            if *admitted.context.presented.credential() == Header::Missing {
                return future::pending().await;
            }
            renew(admitted).await
        };
        let denial = match future::select(pin!(self.member.ended()), pin!(renewed)).await {
            Either::Left(((), _)) => Denial::ShuttingDown,
            Either::Right((denial, _)) => denial,
        };
        self.state.end(denial);
    }
}

/// Decides the call again and again: what it answers in the end is why it is over.
async fn renew(mut admitted: AdmittedCall) -> Denial {
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
            return denial;
        }
    }
}
