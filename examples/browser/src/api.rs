//! The API: gRPC-Web and HTTP on one port, for pages of one other origin.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method},
    routing::get,
};
use meshauth_runtime::{
    Authoriser,
    axum::GuardedRouter,
    tonic::{GuardedRoutes, MountError},
};
use tonic_web::GrpcWebLayer;
use tower_http::cors::CorsLayer;

use crate::{
    accounts::{Accounts, get_account},
    generated::browser::v1::account_service_guard::{Guard, method},
};

/// What the pages of the origin `page` may call.
pub(crate) fn api(authoriser: Authoriser, page: HeaderValue) -> Result<Router, MountError> {
    let grpc = GuardedRoutes::new(authoriser.clone())
        .add(Guard::new(Accounts))
        .into_axum_router()?
        .layer(GrpcWebLayer::new());
    let http = GuardedRouter::new(authoriser)
        .route::<method::GetAccount>("/v1/accounts/{id}", get(get_account))
        .into_router()?;
    // Last, so that it is outside of everything and answers each preflight itself.
    Ok(http.merge(grpc).layer(cors(page)))
}

pub(crate) fn cors(page: HeaderValue) -> CorsLayer {
    let sent =
        ["content-type", "x-api-key", "x-group", "x-grpc-web", "x-user-agent", "grpc-timeout"];
    let read = ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"];
    CorsLayer::new()
        .allow_origin(page)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(sent.map(HeaderName::from_static))
        .expose_headers(read.map(HeaderName::from_static))
}
