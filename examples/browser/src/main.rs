//! A guarded service that a page on another origin calls, over gRPC-Web and over HTTP.
//!
//! `cargo run --bin browser` serves the API on one port and the page on another, and prints the
//! address of the page. Open it in a browser. To copy from here, read `routes` and `cors` below.

mod accounts;
mod page;
#[cfg(test)]
mod tests;

use std::error::Error;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method},
    routing::get,
};
use meshauth_runtime::{
    Authoriser, MemoryDirectory,
    axum::GuardedRouter,
    tonic::{GuardedRoutes, MountError},
};
use tokio::net::TcpListener;
use tonic_web::GrpcWebLayer;
use tower_http::cors::CorsLayer;

use crate::{
    accounts::{Accounts, get_account},
    api::browser::v1::account_service_guard::{Guard, method},
};

/// What the build script generates: messages, server and guard. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

/// What the pages of the origin `page` may call.
fn routes(authoriser: Authoriser, page: HeaderValue) -> Result<Router, MountError> {
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

fn cors(page: HeaderValue) -> CorsLayer {
    let sent =
        ["content-type", "x-api-key", "x-group", "x-grpc-web", "x-user-agent", "grpc-timeout"];
    let read = ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"];
    CorsLayer::new()
        .allow_origin(page)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(sent.map(HeaderName::from_static))
        .expose_headers(read.map(HeaderName::from_static))
}

fn authoriser() -> Result<Authoriser, Box<dyn Error>> {
    Ok(Authoriser::new(MemoryDirectory::from_json(include_str!("../directory.json"))?))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever runs it needs the address")]
async fn main() -> Result<(), Box<dyn Error>> {
    let page = TcpListener::bind("127.0.0.1:0").await?;
    let api = TcpListener::bind("127.0.0.1:0").await?;
    let routes = routes(authoriser()?, page::origin(page.local_addr()?).parse()?)?;
    let url = page::url(page.local_addr()?, api.local_addr()?);
    println!("Open {url} in a browser. To end, press Ctrl-C.");
    tokio::try_join!(
        axum::serve(page, page::router()).into_future(),
        axum::serve(api, routes).into_future(),
    )?;
    Ok(())
}
