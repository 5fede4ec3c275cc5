//! The service behind the layers that others put in front of theirs.

use meshauth_runtime::{
    API_KEY_HEADER, Authoriser, AuthoriserBuilder, GROUP_HEADER, tonic::GuardedRoutes,
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::Guard;
use tonic::{service::Routes, transport::Server};
use tower_http::{
    catch_panic::CatchPanicLayer,
    propagate_header::PropagateHeaderLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer},
    set_header::SetResponseHeaderLayer,
    trace::{
        DefaultMakeSpan, DefaultOnBodyChunk, DefaultOnEos, DefaultOnFailure, DefaultOnRequest,
        DefaultOnResponse, TraceLayer,
    },
};
use tracing::Level;

use crate::service::{Desks, Running, start_as};

/// Whether the headers are made sensitive before they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Before: the layer is outside.
    Hidden,
    /// After.
    Shown,
    /// Not at all, but no headers are shown.
    NoHeaders,
}

pub(crate) async fn start(
    order: Order,
    settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder,
) -> Running {
    start_as(settings, |authoriser, desks| {
        Server::builder()
            .trace_fn(|_| tracing::trace_span!("of the server"))
            .add_routes(routes(order, authoriser, desks))
    })
    .await
}

fn routes(order: Order, authoriser: Authoriser, desks: Desks) -> Routes {
    let guarded = GuardedRoutes::new(authoriser).add(Guard::new(desks)).into_routes().unwrap();
    // Of two layers the one that is added later is outside.
    let mut router = guarded
        .into_axum_router()
        .layer(CatchPanicLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(
            http::header::SERVER,
            http::HeaderValue::from_static("desks"),
        ))
        .layer(PropagateHeaderLayer::new(http::HeaderName::from_static("x-correlation")))
        .layer(PropagateRequestIdLayer::x_request_id());
    let sensitive = || SetSensitiveRequestHeadersLayer::new([API_KEY_HEADER, GROUP_HEADER]);
    if order == Order::Shown {
        router = router.layer(sensitive());
    }
    let span = DefaultMakeSpan::new().level(Level::TRACE);
    router = router.layer(
        TraceLayer::new_for_grpc()
            .make_span_with(span.include_headers(order != Order::NoHeaders))
            .on_request(DefaultOnRequest::new().level(Level::TRACE))
            .on_response(DefaultOnResponse::new().level(Level::TRACE).include_headers(true))
            .on_body_chunk(DefaultOnBodyChunk::new())
            .on_eos(DefaultOnEos::new().level(Level::TRACE))
            .on_failure(DefaultOnFailure::new().level(Level::TRACE)),
    );
    if order == Order::Hidden {
        router = router.layer(sensitive());
    }
    router
        .layer(SetSensitiveResponseHeadersLayer::new([http::header::SET_COOKIE]))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .into()
}
