//! The page that calls the API. It comes from a port, and so from an origin, of its own.

use std::net::SocketAddr;

use axum::{Router, response::Html, routing::get};

/// The origin of pages that are served at this address.
pub(crate) fn origin(page: SocketAddr) -> String {
    format!("http://{page}")
}

/// Where the page finds out which API it calls.
pub(crate) fn url(page: SocketAddr, api: SocketAddr) -> String {
    format!("{}/?api=http://{api}", origin(page))
}

pub(crate) fn router() -> Router {
    Router::new().route("/", get(|| async { Html(include_str!("page.html")) }))
}
