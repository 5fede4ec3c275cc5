//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{pin::Pin, sync::Arc};

use futures_util::FutureExt;
use tonic::{Request, Response, Status, Streaming};

use super::{
    served_call::ServedCall,
    stream::{Incoming, Outgoing},
};
use crate::{
    authoriser::{Authoriser, Exchange},
    decision::Denial,
    guard::{CallEnding, HandlerFuture, MessageGuard},
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
            exit.call.count_request();
            let answer = exit.run(async { handler(&self.service, access, request).await }).await;
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
            let answer = exit.run(async { handler(&self.service, access, request).await }).await;
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
            let answer = exit.run(async { handler(&self.service, access, request).await }).await;
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
            let answer = exit.run(async { handler(&self.service, access, request).await }).await;
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
        let (access, mut request, mut messages, ending) = self.admit::<M, _>(request).await?;
        let accepted = messages.accept(request.get_mut());
        let call = ending.map_or(ServedCall::Short, ServedCall::Recorded);
        accepted.inspect_err(|denial| call.refuse(*denial))?;
        Ok((access, request, Exit { messages, call }))
    }

    /// Decides a call with a stream of requests. Each is looked at when it comes.
    async fn enter_stream<M: Exchange>(
        &self,
        request: Request<Streaming<M::Request>>,
    ) -> Result<(M::Access, Request<Incoming<M>>, Exit<M>), Status> {
        let (access, request, messages, ending) = self.admit::<M, _>(request).await?;
        let open = messages.open(ending);
        let incoming =
            |requests| Incoming::new(requests, messages.for_requests(), Arc::clone(&open));
        let request = request.map(incoming);
        Ok((access, request, Exit { messages, call: ServedCall::Open(open) }))
    }

    async fn admit<M: Exchange, T>(
        &self,
        request: Request<T>,
    ) -> Result<(M::Access, Request<T>, MessageGuard<M>, Option<Box<CallEnding>>), Status> {
        let (mut metadata, mut extensions, message) = request.into_parts();
        let (access, admitted, ending) =
            self.authoriser.lease().admit::<M>(metadata.as_mut(), &mut extensions).await?;
        let request = Request::from_parts(metadata, extensions, message);
        Ok((access, request, MessageGuard::new(admitted), ending))
    }
}

/// The way out of one call of `M`: no resource outside the scope gets through.
#[must_use = "what a handler answers has to pass here"]
struct Exit<M> {
    messages: MessageGuard<M>,
    call: ServedCall,
}

impl<M: Exchange> Exit<M> {
    /// Has the call decided again from here on: its one request is with the handler.
    fn open(&mut self) {
        let ending = std::mem::replace(&mut self.call, ServedCall::Short).into_ending();
        self.call = ServedCall::Open(self.messages.open(ending));
        self.call.count_request();
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
        let handling = HandlerFuture::new(handler, M::POLICY, self.call.open().cloned());
        handling.map(|answer| answer.unwrap_or_else(|denial| Err(denial.into())))
    }

    /// What the handler answered may leave if the call is still allowed, and it is inside the scope.
    ///
    /// # Errors
    /// The handler's own, or the denial.
    async fn unary(
        mut self,
        answer: Result<Response<M::Response>, Status>,
    ) -> Result<Response<M::Response>, Status> {
        let answer = self.call.answered(answer)?;
        match self.call.open() {
            Some(open) => open.until_fresh().await?,
            None => self.messages.renew().await?,
        }
        let released = self.messages.release(answer.get_ref());
        released.inspect_err(|denial| self.call.refuse(*denial))?;
        self.call.complete();
        Ok(answer)
    }

    /// Each item of the stream that the handler answered is looked at when it leaves.
    ///
    /// # Errors
    /// The handler's own, or the denial.
    async fn stream<St>(
        self,
        answer: Result<Response<St>, Status>,
    ) -> Result<Response<Outgoing<M, St>>, Status> {
        let answer = self.call.answered(answer)?;
        let Self { messages, call } = self;
        // It was opened before its handler ran.
        let ServedCall::Open(open) = call else { return Err(Denial::Internal.into()) };
        open.until_fresh().await?;
        Ok(answer.map(|responses| Outgoing::new(responses, messages, open)))
    }
}
