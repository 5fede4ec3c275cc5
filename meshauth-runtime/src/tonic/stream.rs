//! Streams of messages, each held against the scope as it passes.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio_stream::{Stream, StreamExt};
use tonic::{Status, Streaming, metadata::MetadataMap};

use super::guarding::Guarding;
use crate::{
    audit,
    denial::Denial,
    method::{Exchange, Method},
    presented::Presented,
};

/// The requests of a call of `M`: what tonic's [`Streaming`] is to an unguarded service.
///
/// A WRITE whose caller sends another group's resource gets an error in its place, the stream ends,
/// and the call fails with that error whatever the handler answers.
pub struct Incoming<M: Exchange> {
    requests: Streaming<M::Request>,
    guarding: Guarding<M>,
}

impl<M: Exchange> Incoming<M> {
    pub(super) fn new(requests: Streaming<M::Request>, guarding: Guarding<M>) -> Self {
        Self { requests, guarding }
    }

    /// The next request; none at the end of the stream.
    ///
    /// # Errors
    /// A stream that broke, or the denial of a request that may not be made.
    pub async fn message(&mut self) -> Result<Option<M::Request>, Status> {
        self.next().await.transpose()
    }

    /// The trailers of the caller, once the stream has ended; without the two headers, which are no
    /// credentials there.
    ///
    /// # Errors
    /// A stream that broke.
    pub async fn trailers(&mut self) -> Result<Option<MetadataMap>, Status> {
        let mut trailers = self.requests.trailers().await?;
        if let Some(trailers) = &mut trailers {
            let _ = Presented::take(trailers.as_mut());
        }
        Ok(trailers)
    }
}

impl<M: Exchange> Stream for Incoming<M> {
    type Item = Result<M::Request, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.guarding.refuse_foreign().is_err() {
            return Poll::Ready(None);
        }
        let next = ready!(Pin::new(&mut this.requests).poll_next(cx));
        Poll::Ready(next.map(|request| {
            let request = request?;
            this.guarding.accept(&request)?;
            Ok(request)
        }))
    }
}

impl<M: Exchange> fmt::Debug for Incoming<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}

pin_project! {
    /// The responses of a call of `M`. One that carries a resource outside the scope never leaves:
    /// the call fails.
    pub struct Outgoing<M, St> {
        #[pin]
        responses: St,
        guarding: Guarding<M>,
        ended: bool,
    }
}

impl<M: Exchange, St> Outgoing<M, St> {
    pub(super) fn new(responses: St, guarding: Guarding<M>) -> Self {
        Self { responses, guarding, ended: false }
    }
}

impl<M, St> Stream for Outgoing<M, St>
where
    M: Exchange,
    St: Stream<Item = Result<M::Response, Status>>,
{
    type Item = Result<M::Response, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        // The requests may be read elsewhere while this waits.
        this.guarding.wake_on_foreign(cx.waker());
        // The handler is polled first: it may be what reads the requests.
        let responses = this.responses;
        let polled = catch_unwind(AssertUnwindSafe(|| responses.poll_next(cx)));
        let Ok(next) = polled else {
            audit::handler_panicked(M::POLICY);
            *this.ended = true;
            return Poll::Ready(Some(Err(Denial::Internal.into())));
        };
        let passed = this.guarding.refuse_foreign().and_then(|()| match &next {
            Poll::Ready(Some(Ok(response))) => this.guarding.release(response),
            _ => Ok(()),
        });
        let Err(denial) = passed else { return next };
        *this.ended = true;
        Poll::Ready(Some(Err(denial.into())))
    }
}

impl<M: Method, St> fmt::Debug for Outgoing<M, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}
