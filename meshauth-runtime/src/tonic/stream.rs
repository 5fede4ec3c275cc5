//! Streams of messages, each held against the scope as it passes.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio_stream::{Stream, StreamExt};
use tonic::{Status, Streaming, metadata::MetadataMap};

use crate::{
    audit::CallOutcome,
    authoriser::Exchange,
    credential::Presented,
    decision::Denial,
    guard::{MessageGuard, OpenCall, poll_caught},
};

/// What a caller's stream brought; none at its end.
type Came<R> = Option<Result<R, Status>>;

/// The requests of a call of `M`: what tonic's [`Streaming`] is to an unguarded service.
///
/// A WRITE whose caller sends another group's resource gets an error in its place, the stream ends,
/// and the call fails with that error whatever the handler answers.
pub struct Incoming<M: Exchange> {
    requests: Streaming<M::Request>,
    messages: MessageGuard<M>,
    call: Arc<OpenCall>,
    /// One that came, and waits until the call was decided again.
    held: Option<Came<M::Request>>,
    /// The handler was told that the call is over.
    ended: bool,
}

impl<M: Exchange> Incoming<M> {
    pub(super) fn new(
        requests: Streaming<M::Request>,
        messages: MessageGuard<M>,
        call: Arc<OpenCall>,
    ) -> Self {
        Self { requests, messages, call, held: None, ended: false }
    }

    /// Tells the handler once that the call is over.
    fn end(&mut self, denial: Denial) -> Poll<Option<Result<M::Request, Status>>> {
        let told = std::mem::replace(&mut self.ended, true);
        Poll::Ready((!told).then(|| Err(denial.into())))
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
        // What is still to come passes here, too: nobody else would look at it.
        while self.message().await?.is_some() {}
        let mut trailers = self.requests.trailers().await?;
        if let Some(trailers) = &mut trailers {
            let _ = Presented::take(trailers.as_mut());
        }
        Ok(trailers)
    }
}

// No request is ever pinned.
impl<M: Exchange> Unpin for Incoming<M> {}

impl<M: Exchange> Stream for Incoming<M> {
    type Item = Result<M::Request, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let (requests, held) = (Pin::new(&mut this.requests), &mut this.held);
        let mut next = match ready!(this.call.poll_request(held, cx, |cx| requests.poll_next(cx))) {
            Ok(next) => next,
            Err(denial) => return this.end(denial),
        };
        if let Some(Ok(request)) = &mut next
            && let Err(denial) = this.messages.accept(request)
        {
            this.call.end(denial);
            return this.end(denial);
        }
        if let Some(Ok(_)) = &next {
            this.call.count_request();
        }
        Poll::Ready(next)
    }
}

impl<M: Exchange> fmt::Debug for Incoming<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}

/// What a handler's stream made: a panic is an answer, too.
type Made<R> = Result<Came<R>, Denial>;

pin_project! {
    /// The responses of a call of `M`. One that carries a resource outside the scope never leaves:
    /// the call fails. It also fails when it is decided again and a check does not hold any more.
    pub struct Outgoing<M, St>
    where
        M: Exchange,
    {
        #[pin]
        responses: St,
        messages: MessageGuard<M>,
        call: Arc<OpenCall>,
        // One that was made, and waits until the call was decided again.
        held: Option<Made<M::Response>>,
        ended: bool,
    }
}

impl<M: Exchange, St> Outgoing<M, St> {
    pub(super) fn new(responses: St, messages: MessageGuard<M>, call: Arc<OpenCall>) -> Self {
        Self { responses, messages, call, held: None, ended: false }
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
        let made = this.call.poll_response(this.held, cx, |cx| {
            poll_caught(M::POLICY, || this.responses.poll_next(cx))
        });
        let next = match ready!(made) {
            Ok(Ok(next)) => next,
            Ok(Err(panicked)) => {
                this.call.finish(CallOutcome::Failed);
                return end(this.ended, panicked);
            }
            Err(denial) => return end(this.ended, denial),
        };
        match &next {
            Some(Ok(response)) => {
                if let Err(denial) = this.messages.release(response) {
                    this.call.end(denial);
                    return end(this.ended, denial);
                }
                this.call.count_response();
            }
            Some(Err(_)) => this.call.finish(CallOutcome::Failed),
            None => this.call.finish(CallOutcome::Completed),
        }
        Poll::Ready(next)
    }
}

/// The last item of a stream that ends so.
fn end<R>(ended: &mut bool, denial: Denial) -> Poll<Option<Result<R, Status>>> {
    *ended = true;
    Poll::Ready(Some(Err(denial.into())))
}

impl<M: Exchange, St> fmt::Debug for Outgoing<M, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}
