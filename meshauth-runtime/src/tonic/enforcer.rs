//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{pin::Pin, sync::Arc};

use futures_util::FutureExt;
use tonic::{Request, Response, Status, Streaming};

use super::stream::{Incoming, Outgoing};
use crate::{
    audit::CallOutcome,
    authoriser::{Authoriser, Exchange},
    decision::Denial,
    guard::{HandlerFuture, MessageGuard, OpenCall},
};

/// What a method of tonic's service trait gives back.
pub type BoxedCall<'a, R> = Pin<Box<dyn Future<Output = Result<Response<R>, Status>> + Send + 'a>>;

/// A service behind its checks. The generated code implements tonic's service trait for it.
#[derive(Debug)]
pub struct Enforcer<S> {
    service: S,
    authoriser: Authoriser,
}

impl<S> Enforcer<S> {
    /// The service, guarded by this authoriser.
    pub fn new(service: S, authoriser: Authoriser) -> Self {
        Self { service, authoriser }
    }
}

/// The four kinds of RPC, for generated code: the `handler` of `M` is called with an access if the
/// checks pass, and what it answers is held against the scope.
///
/// Each boxes the whole call, as `async_trait` does for a method of tonic's trait.
impl<S: Sync> Enforcer<S> {
    /// A call with one request and one response.
    pub fn unary<'a, M, H>(
        &'a self,
        request: Request<M::Request>,
        handler: impl FnOnce(&'a S, M::Access, Request<M::Request>) -> H + Send + 'a,
    ) -> BoxedCall<'a, M::Response>
    where
        M: Exchange<Request: Send, Response: Send>,
        H: Future<Output = Result<Response<M::Response>, Status>> + Send,
    {
        Box::pin(async move {
            let (access, request, exit) = self.enter::<M>(request).await?;
            let answer = exit.run(async { handler(&self.service, access, request).await }).await?;
            exit.unary(answer).await
        })
    }

    /// A call with a stream of requests and one response.
    pub fn client_streaming<'a, M, H>(
        &'a self,
        request: Request<Streaming<M::Request>>,
        handler: impl FnOnce(&'a S, M::Access, Request<Incoming<M>>) -> H + Send + 'a,
    ) -> BoxedCall<'a, M::Response>
    where
        M: Exchange<Request: Send, Response: Send>,
        H: Future<Output = Result<Response<M::Response>, Status>> + Send,
    {
        Box::pin(async move {
            let (access, request, exit) = self.enter_stream::<M>(request).await?;
            let answer = exit.run(async { handler(&self.service, access, request).await }).await?;
            exit.unary(answer).await
        })
    }

    /// A call with one request and a stream of responses.
    pub fn server_streaming<'a, M, H, St>(
        &'a self,
        request: Request<M::Request>,
        handler: impl FnOnce(&'a S, M::Access, Request<M::Request>) -> H + Send + 'a,
    ) -> BoxedCall<'a, Outgoing<M, St>>
    where
        M: Exchange<Request: Send>,
        H: Future<Output = Result<Response<St>, Status>> + Send,
        St: Send,
    {
        Box::pin(async move {
            let (access, request, mut exit) = self.enter::<M>(request).await?;
            exit.open();
            let answer = exit.run(async { handler(&self.service, access, request).await }).await?;
            exit.stream(answer).await
        })
    }

    /// A call with a stream of requests and a stream of responses.
    pub fn streaming<'a, M, H, St>(
        &'a self,
        request: Request<Streaming<M::Request>>,
        handler: impl FnOnce(&'a S, M::Access, Request<Incoming<M>>) -> H + Send + 'a,
    ) -> BoxedCall<'a, Outgoing<M, St>>
    where
        M: Exchange<Request: Send>,
        H: Future<Output = Result<Response<St>, Status>> + Send,
        St: Send,
    {
        Box::pin(async move {
            let (access, request, exit) = self.enter_stream::<M>(request).await?;
            let answer = exit.run(async { handler(&self.service, access, request).await }).await?;
            exit.stream(answer).await
        })
    }
}

impl<S> Enforcer<S> {
    /// Decides a call with one request, and holds a WRITE request against the scope.
    async fn enter<M: Exchange>(
        &self,
        request: Request<M::Request>,
    ) -> Result<(M::Access, Request<M::Request>, Exit<M>), Status> {
        let (access, mut request, mut messages) = self.admit::<M, _>(request).await?;
        messages.accept(request.get_mut())?;
        Ok((access, request, Exit { messages, open: None }))
    }

    /// Decides a call with a stream of requests. Each is looked at when it comes.
    async fn enter_stream<M: Exchange>(
        &self,
        request: Request<Streaming<M::Request>>,
    ) -> Result<(M::Access, Request<Incoming<M>>, Exit<M>), Status> {
        let (access, request, messages) = self.admit::<M, _>(request).await?;
        let open = messages.open();
        let incoming =
            |requests| Incoming::new(requests, messages.for_requests(), Arc::clone(&open));
        let request = request.map(incoming);
        Ok((access, request, Exit { messages, open: Some(open) }))
    }

    async fn admit<M: Exchange, T>(
        &self,
        request: Request<T>,
    ) -> Result<(M::Access, Request<T>, MessageGuard<M>), Status> {
        let (mut metadata, mut extensions, message) = request.into_parts();
        let (access, admitted) =
            self.authoriser.lease().admit::<M>(metadata.as_mut(), &mut extensions).await?;
        let request = Request::from_parts(metadata, extensions, message);
        Ok((access, request, MessageGuard::new(admitted)))
    }
}

/// The way out of one call of `M`: no resource outside the scope gets through.
#[must_use = "what a handler answers has to pass here"]
struct Exit<M> {
    messages: MessageGuard<M>,
    /// Of a call with a stream of requests.
    open: Option<Arc<OpenCall>>,
}

impl<M: Exchange> Exit<M> {
    /// Has the call decided again from here on: its one request is with the handler.
    fn open(&mut self) {
        let open = self.messages.open();
        open.count_request();
        self.open = Some(open);
    }

    /// Runs the handler, for as long as its call may go on.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is
    /// [`Denial::Internal`](crate::Denial::Internal).
    fn run<H, T>(
        &self,
        handler: H,
    ) -> impl Future<Output = Result<Response<T>, Status>> + use<M, H, T>
    where
        H: Future<Output = Result<Response<T>, Status>>,
    {
        let call = self.open.clone();
        let handling = HandlerFuture::new(handler, M::POLICY, call.clone());
        handling.map(move |answer| {
            let answer = answer.unwrap_or_else(|denial| Err(denial.into()));
            if let (Err(_), Some(call)) = (&answer, call) {
                call.finish(CallOutcome::Failed);
            }
            answer
        })
    }

    /// What the handler answered may leave if the call is still allowed, and it is inside the scope.
    ///
    /// # Errors
    /// The denial.
    async fn unary(
        mut self,
        answer: Response<M::Response>,
    ) -> Result<Response<M::Response>, Status> {
        match &self.open {
            Some(open) => open.until_fresh().await?,
            None => self.messages.renew().await?,
        }
        let released = self.messages.release(answer.get_ref());
        if let Some(open) = &self.open {
            released.inspect_err(|denial| open.end(*denial))?;
            open.count_response();
            open.finish(CallOutcome::Completed);
        }
        released?;
        Ok(answer)
    }

    /// Each item of the stream that the handler answered is looked at when it leaves.
    ///
    /// # Errors
    /// The denial.
    async fn stream<St>(self, answer: Response<St>) -> Result<Response<Outgoing<M, St>>, Status> {
        let Self { messages, open } = self;
        // It was opened before its handler ran.
        let open = open.ok_or(Denial::Internal)?;
        open.until_fresh().await?;
        Ok(answer.map(|responses| Outgoing::new(responses, messages, open)))
    }
}
