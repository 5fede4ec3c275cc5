//! A handler as it runs.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt, future::CatchUnwind};
use pin_project_lite::pin_project;

use super::open_call::OpenCall;
use crate::{audit, denial::Denial, policy::MethodPolicy};

pin_project! {
    /// A handler whose panic is an answer like any other fault, and not the end of the connection.
    /// If its call ends before it does, whatever it waits for is dropped with it.
    ///
    /// (As an `async fn` it would hold its handler twice, and every call carries it.)
    pub(crate) struct Handling<F> {
        #[pin]
        handler: CatchUnwind<AssertUnwindSafe<F>>,
        policy: &'static MethodPolicy,
        call: Option<Arc<OpenCall>>,
    }
}

impl<F: Future> Handling<F> {
    /// `call`, if it lasts.
    pub(crate) fn new(
        handler: F,
        policy: &'static MethodPolicy,
        call: Option<Arc<OpenCall>>,
    ) -> Self {
        Self { handler: AssertUnwindSafe(handler).catch_unwind(), policy, call }
    }
}

impl<F: Future> Future for Handling<F> {
    type Output = Result<F::Output, Denial>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let policy = *this.policy;
        let poll = |cx: &mut Context<'_>| {
            this.handler.poll(cx).map(|caught| {
                caught.map_err(|_| {
                    audit::handler_panicked(policy);
                    Denial::Internal
                })
            })
        };
        match this.call {
            Some(call) => call.poll_response(cx, poll).map(|answer| answer?),
            None => poll(cx),
        }
    }
}
