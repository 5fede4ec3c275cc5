//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{pin::Pin, sync::Arc};

use futures_util::FutureExt;
use tonic::{Request, Response, Status, Streaming};

use super::stream::{Incoming, Outgoing};
use crate::{
    authoriser::{Authoriser, Exchange},
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
            exit.unary(async { handler(&self.service, access, request).await }).await
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
            exit.unary(async { handler(&self.service, access, request).await }).await
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
            let (access, request, exit) = self.enter::<M>(request).await?;
            exit.stream(async { handler(&self.service, access, request).await }).await
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
            exit.stream(async { handler(&self.service, access, request).await }).await
        })
    }
}

impl<S> Enforcer<S> {
    /// Decides a call with one request, and refuses a WRITE request that carries another group's
    /// resource.
    async fn enter<M: Exchange>(
        &self,
        request: Request<M::Request>,
    ) -> Result<(M::Access, Request<M::Request>, Exit<M>), Status> {
        let (access, request, mut messages) = self.admit::<M, _>(request).await?;
        messages.accept(request.get_ref())?;
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
    /// Runs the handler. What it answers may leave if it is inside the scope.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is
    /// [`Denial::Internal`](crate::Denial::Internal).
    fn unary<H>(
        self,
        handler: H,
    ) -> impl Future<Output = Result<Response<M::Response>, Status>> + use<M, H>
    where
        H: Future<Output = Result<Response<M::Response>, Status>>,
    {
        let Self { mut messages, open } = self;
        HandlerFuture::new(handler, M::POLICY, open).map(move |answer| {
            let response = answer??;
            messages.release(response.get_ref())?;
            Ok(response)
        })
    }

    /// Runs the handler. Each item of the stream that it answers is looked at when it leaves.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is
    /// [`Denial::Internal`](crate::Denial::Internal).
    fn stream<H, St>(
        self,
        handler: H,
    ) -> impl Future<Output = Result<Response<Outgoing<M, St>>, Status>> + use<M, H, St>
    where
        H: Future<Output = Result<Response<St>, Status>>,
    {
        let Self { messages, open } = self;
        let open = open.unwrap_or_else(|| messages.open());
        let handling = HandlerFuture::new(handler, M::POLICY, Some(Arc::clone(&open)));
        handling
            .map(|answer| Ok(answer??.map(|responses| Outgoing::new(responses, messages, open))))
    }
}
