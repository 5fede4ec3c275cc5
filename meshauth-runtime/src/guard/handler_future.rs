//! A handler as it runs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::open_call::OpenCall;
use crate::{audit, authoriser::HandlerMark, decision::Denial, policy::MethodPolicy};

pin_project! {
    /// A handler, with its panic caught. If its call ends before it does, whatever it waits for is
    /// dropped with it.
    ///
    /// (As an `async fn` it would hold its handler twice, and every call carries it.)
    pub(crate) struct HandlerFuture<F> {
        #[pin]
        handler: F,
        policy: &'static MethodPolicy,
        call: Option<Arc<OpenCall>>,
    }
}

impl<F: Future> HandlerFuture<F> {
    /// `call`, if it lasts.
    pub(crate) fn new(
        handler: F,
        policy: &'static MethodPolicy,
        call: Option<Arc<OpenCall>>,
    ) -> Self {
        Self { handler, policy, call }
    }
}

impl<F: Future> Future for HandlerFuture<F> {
    type Output = Result<F::Output, Denial>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let policy = *this.policy;
        let poll = |cx: &mut Context<'_>| poll_caught(policy, || this.handler.poll(cx));
        match this.call {
            Some(call) => call.poll_handler(cx, poll).map(|answer| answer?),
            None => poll(cx),
        }
    }
}

/// Polls what a handler made. A panic is an answer like any other fault, and not the end of the
/// connection.
pub(crate) fn poll_caught<T>(
    policy: &MethodPolicy,
    poll: impl FnOnce() -> Poll<T>,
) -> Poll<Result<T, Denial>> {
    let _mark = HandlerMark::set();
    // What has panicked is not polled again.
    if let Ok(polled) = catch_unwind(AssertUnwindSafe(poll)) {
        return polled.map(Ok);
    }
    audit::handler_panicked(policy);
    Poll::Ready(Err(Denial::Internal))
}
