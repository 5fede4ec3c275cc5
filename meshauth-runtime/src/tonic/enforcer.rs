//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{fmt, sync::Arc};

use futures_util::FutureExt;
use tonic::{Request, Response, Status, Streaming};

use super::stream::{Incoming, Outgoing};
use crate::{
    authorizer::Authorizer,
    guard::{Guarding, Handling, OpenCall},
    method::{Exchange, Method},
};

/// A service behind its checks. The generated code implements tonic's service trait for it.
#[derive(Debug)]
pub struct Enforcer<S> {
    service: S,
    authorizer: Authorizer,
}

impl<S> Enforcer<S> {
    /// The service, guarded by this authorizer.
    pub fn new(service: S, authorizer: Authorizer) -> Self {
        Self { service, authorizer }
    }

    /// The service behind the checks. For generated code: a handler takes an access that only
    /// [`Enforcer::enter`] and [`Enforcer::enter_stream`] give.
    pub fn service(&self) -> &S {
        &self.service
    }

    /// Decides a call with one request, and refuses a WRITE request that carries another group's
    /// resource.
    ///
    /// # Errors
    /// The denial, as a status.
    pub async fn enter<M: Exchange>(
        &self,
        request: Request<M::Request>,
    ) -> Result<(M::Access, Request<M::Request>, Exit<M>), Status> {
        let (access, request, mut guarding) = self.admit::<M, _>(request).await?;
        guarding.accept(request.get_ref())?;
        Ok((access, request, Exit { guarding, open: None }))
    }

    /// Decides a call with a stream of requests. Each is looked at when it comes.
    ///
    /// # Errors
    /// The denial, as a status.
    pub async fn enter_stream<M: Exchange>(
        &self,
        request: Request<Streaming<M::Request>>,
    ) -> Result<(M::Access, Request<Incoming<M>>, Exit<M>), Status> {
        let (access, request, mut guarding) = self.admit::<M, _>(request).await?;
        let open = guarding.open();
        let incoming =
            |requests| Incoming::new(requests, guarding.for_requests(), Arc::clone(&open));
        let request = request.map(incoming);
        Ok((access, request, Exit { guarding, open: Some(open) }))
    }

    async fn admit<M: Exchange, T>(
        &self,
        request: Request<T>,
    ) -> Result<(M::Access, Request<T>, Guarding<M>), Status> {
        let (mut metadata, mut extensions, message) = request.into_parts();
        let (access, admitted) =
            self.authorizer.admit::<M>(metadata.as_mut(), &mut extensions).await?;
        let request = Request::from_parts(metadata, extensions, message);
        Ok((access, request, Guarding::new(admitted)))
    }
}

/// The way out of one call of `M`: no resource outside the scope gets through.
#[must_use = "what a handler answers has to pass here"]
pub struct Exit<M> {
    guarding: Guarding<M>,
    /// Of a call with a stream of requests.
    open: Option<Arc<OpenCall>>,
}

impl<M: Exchange> Exit<M> {
    /// Runs the handler. What it answers may leave if it is inside the scope.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is
    /// [`Denial::Internal`](crate::Denial::Internal).
    pub fn unary<H>(
        self,
        handler: H,
    ) -> impl Future<Output = Result<Response<M::Response>, Status>> + use<M, H>
    where
        H: Future<Output = Result<Response<M::Response>, Status>>,
    {
        let Self { mut guarding, open } = self;
        Handling::new(handler, M::POLICY, open).map(move |answer| {
            let response = answer??;
            guarding.release(response.get_ref())?;
            Ok(response)
        })
    }

    /// Runs the handler. Each item of the stream that it answers is looked at when it leaves.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is
    /// [`Denial::Internal`](crate::Denial::Internal).
    pub fn stream<H, St>(
        self,
        handler: H,
    ) -> impl Future<Output = Result<Response<Outgoing<M, St>>, Status>> + use<M, H, St>
    where
        H: Future<Output = Result<Response<St>, Status>>,
    {
        let Self { mut guarding, open } = self;
        let open = open.unwrap_or_else(|| guarding.open());
        let handling = Handling::new(handler, M::POLICY, Some(Arc::clone(&open)));
        handling
            .map(|answer| Ok(answer??.map(|responses| Outgoing::new(responses, guarding, open))))
    }
}

impl<M: Method> fmt::Debug for Exit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}
