//! A guarded service that a page on another origin calls, over gRPC-Web and over HTTP.
//!
//! `cargo run --bin browser` serves the API on one port and the page on another, and prints the
//! address of the page. Open it in a browser. To copy from here, read `api.rs`.

mod accounts;
mod api;
mod page;
#[cfg(test)]
mod tests;

use std::error::Error;

use meshauth_runtime::{Authoriser, MemoryDirectory};
use tokio::net::TcpListener;

/// What the build script generates: messages, server and guard. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

fn authoriser() -> Result<Authoriser, Box<dyn Error>> {
    Ok(Authoriser::new(MemoryDirectory::from_json(include_str!("../directory.json"))?))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever runs it needs the address")]
async fn main() -> Result<(), Box<dyn Error>> {
    let ports = [TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?];
    let [page, api] = &ports;
    let origin = page::origin(page.local_addr()?);
    let url = page::url(page.local_addr()?, api.local_addr()?);
    println!("Open {url} in a browser. To end, press Ctrl-C.");
    let [page, api] = ports;
    tokio::try_join!(
        axum::serve(page, page::router()).into_future(),
        axum::serve(api, api::api(authoriser()?, origin.parse()?)?).into_future(),
    )?;
    Ok(())
}
