//! What a browser lets a page on another origin send and read, and what it blocks.

mod calls;
mod chromium;
mod preflight;

use std::error::Error;

use axum::{Router, http::HeaderValue, routing::get};
use meshauth_runtime::{axum::GuardedRouter, tonic::GuardedRoutes};
use tonic_web::GrpcWebLayer;

use crate::{
    accounts::{Accounts, get_account},
    api::browser::v1::account_service_guard::{Guard, method},
    authoriser, cors,
};

type TestResult = Result<(), Box<dyn Error>>;

/// What the guide warns of: CORS around the handlers, with the gate outside. Over gRPC there is not
/// even such a place.
fn cors_inside(page: HeaderValue) -> Result<Router, Box<dyn Error>> {
    let grpc = GuardedRoutes::new(authoriser()?).add(Guard::new(Accounts)).into_axum_router()?;
    let handlers = get(get_account).layer(cors(page));
    let http = GuardedRouter::new(authoriser()?)
        .route::<method::GetAccount>("/v1/accounts/{id}", handlers)
        .into_router()?;
    Ok(http.merge(grpc.layer(GrpcWebLayer::new())))
}
