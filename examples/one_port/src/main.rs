//! axum and tonic side by side on one port, with one authoriser: the same method over gRPC and over
//! HTTP gets the same answer.
//!
//! `cargo run --bin one_port` serves, calls itself both ways and prints what came of it. It ends with
//! exit code 1 if any call differs from what is expected. To copy from here, read `serve` below,
//! `grpc.rs` and `http.rs`.

mod client;
mod grpc;
mod http;
mod store;

use std::{error::Error, net::SocketAddr, process::ExitCode};

use axum::Router;
use meshauth_runtime::{Authoriser, MemoryDirectory, axum::GuardedRouter, tonic::GuardedRoutes};
use tokio::net::TcpListener;

use crate::{
    api::one_port::v1::account_service_guard::{Guard, POLICY},
    client::{CALLS, Client},
    grpc::Accounts,
    store::Store,
};

/// What the build script generates: messages, clients, servers and guards. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

/// Both services as one router. What is in neither answers `METHOD_UNKNOWN`.
fn serve(authoriser: Authoriser, store: Store) -> Result<Router, Box<dyn Error>> {
    let grpc = GuardedRoutes::new(authoriser.clone())
        .add(Guard::new(Accounts { store: store.clone() }))
        .require(&[&POLICY])
        .into_axum_router()?;
    let http = http::routes(GuardedRouter::new(authoriser)).into_router()?;
    Ok(http.with_state(store).merge(grpc))
}

/// The table, and how many calls were not as expected.
async fn run() -> Result<(String, usize), Box<dyn Error>> {
    let directory = MemoryDirectory::from_json(include_str!("../directory.json"))?;
    let router = serve(Authoriser::new(directory), Store::default())?;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let client = Client::new(listener.local_addr()?)?;
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let mut table = line(["CALL", "EXPECTED", "gRPC", "HTTP"]);
    let mut differences = 0;
    for call in CALLS {
        let got = [client.grpc(call).await?, client.http(call).await?];
        differences += usize::from(got.iter().any(|got| got != call.expected));
        table += &line([call.what, call.expected, &got[0], &got[1]]);
    }
    server.abort();
    Ok((table, differences))
}

fn line([what, expected, grpc, http]: [&str; 4]) -> String {
    format!("{what:<34} {expected:<20} {grpc:<20} {http}\n")
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (table, differences) = run().await?;
    println!("{table}\n{} calls each way, {differences} not as expected.", CALLS.len());
    Ok(ExitCode::from(u8::from(differences > 0)))
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn both_ways_come_out_as_expected() -> Result<(), Box<dyn std::error::Error>> {
        let (table, differences) = super::run().await?;
        assert_eq!(differences, 0, "\n{table}");
        assert!(table.lines().all(|line| line.len() <= 100 && !line.contains("EXAMPLE")));
        Ok(())
    }
}
