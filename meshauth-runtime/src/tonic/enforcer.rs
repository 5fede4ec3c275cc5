//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{fmt, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use super::{
    guarding::Guarding,
    stream::{Incoming, Outgoing},
};
use crate::{
    audit,
    authorizer::Authorizer,
    denial::Denial,
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
        mut request: Request<M::Request>,
    ) -> Result<(M::Access, Request<M::Request>, Exit<M>), Status> {
        let access = self.authorise::<M>(request.metadata_mut()).await?;
        let guarding = Guarding::of(&access);
        guarding.accept(request.get_ref())?;
        Ok((access, request, Exit(guarding)))
    }

    /// Decides a call with a stream of requests. Each is looked at when it comes.
    ///
    /// # Errors
    /// The denial, as a status.
    pub async fn enter_stream<M: Exchange>(
        &self,
        mut request: Request<Streaming<M::Request>>,
    ) -> Result<(M::Access, Request<Incoming<M>>, Exit<M>), Status> {
        let access = self.authorise::<M>(request.metadata_mut()).await?;
        let [incoming, outgoing] = Guarding::of_stream(&access);
        let request = request.map(|requests| Incoming::new(requests, incoming));
        Ok((access, request, Exit(outgoing)))
    }

    async fn authorise<M: Method>(&self, metadata: &mut MetadataMap) -> Result<M::Access, Status> {
        Ok(self.authorizer.authorise::<M>(metadata.as_mut()).await?)
    }
}

/// The way out of one call of `M`: no resource outside the scope gets through.
#[must_use = "what a handler answers has to pass here"]
pub struct Exit<M>(Guarding<M>);

impl<M: Exchange> Exit<M> {
    /// Runs the handler. What it answers may leave if it is inside the scope.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is [`Denial::Internal`].
    pub async fn unary(
        self,
        handler: impl Future<Output = Result<Response<M::Response>, Status>>,
    ) -> Result<Response<M::Response>, Status> {
        let answer = run::<M, _>(handler).await;
        self.0.refuse_foreign()?;
        let response = answer?;
        self.0.release(response.get_ref())?;
        Ok(response)
    }

    /// Runs the handler. Each item of the stream that it answers is looked at when it leaves.
    ///
    /// # Errors
    /// The handler's own, or the denial; a handler that panics is [`Denial::Internal`].
    pub async fn stream<St>(
        self,
        handler: impl Future<Output = Result<Response<St>, Status>>,
    ) -> Result<Response<Outgoing<M, St>>, Status> {
        let answer = run::<M, _>(handler).await;
        self.0.refuse_foreign()?;
        Ok(answer?.map(|responses| Outgoing::new(responses, self.0)))
    }
}

/// A panic is an answer like any other fault, and not the end of the connection's stream.
async fn run<M: Method, T>(handler: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    AssertUnwindSafe(handler).catch_unwind().await.unwrap_or_else(|_| {
        audit::handler_panicked(M::POLICY);
        Err(Denial::Internal.into())
    })
}

impl<M: Method> fmt::Debug for Exit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}
