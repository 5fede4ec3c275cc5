//! A server with its gate, to be mounted by hand.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body as AxumBody, Bytes};
use foldhash::fast::RandomState;
use http_body::Body as HttpBody;
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{Request, Response},
    },
    server::NamedService,
};

use super::gate::{gate, unknown};
use crate::{
    authoriser::Authoriser,
    guard::RequestBody,
    policy::{MethodPolicy, ServicePolicy, TableEntry},
};

/// tonic's server of a guarded service, with a gate that decides before the body is read.
///
/// [`GuardedRoutes`](super::GuardedRoutes) mounts it. By hand, such as beside other services or under layers of
/// its own, it is what [`GuardedService::into_server`](super::GuardedService::into_server) gives.
#[derive(Clone)]
pub struct GatedServer<S> {
    authoriser: Authoriser,
    service: &'static ServicePolicy,
    methods: Arc<HashMap<&'static str, &'static MethodPolicy, RandomState>>,
    server: S,
}

impl<S> GatedServer<S> {
    /// What is behind the gate, for routes that know their methods.
    pub(super) fn into_server(self) -> S {
        self.server
    }
}

/// A gate before this server, whose methods are those of the table. For generated code: the server
/// is one over an `Enforcer` with the same authoriser.
pub fn gated_server<S>(
    authoriser: Authoriser,
    service: &'static ServicePolicy,
    server: S,
) -> GatedServer<S> {
    let methods = service.methods().map(|method| (method.path(), method));
    GatedServer { authoriser, service, methods: Arc::new(methods.collect()), server }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S, B> Service<Request<B>> for GatedServer<S>
where
    S: Service<Request<RequestBody>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.server.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let request = request.map(AxumBody::new);
        let lease = self.authoriser.lease();
        let Some(method) = self.methods.get(request.uri().path()) else {
            return Box::pin(unknown(lease, request));
        };
        let entry = TableEntry { service: self.service, method };
        // The one that was polled is called; its clone may not be ready.
        let server = self.server.clone();
        let ready = std::mem::replace(&mut self.server, server);
        Box::pin(gate(lease, entry, ready, request))
    }
}

impl<S: NamedService> NamedService for GatedServer<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> fmt::Debug for GatedServer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedServer").field("service", &self.service.name()).finish_non_exhaustive()
    }
}
