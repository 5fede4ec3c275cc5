//! A trading API with two services: every kind of caller calls them, and a table shows the answers.
//!
//! `cargo run --bin brokerage` needs nothing but Rust. It ends with exit code 1 if any call differs
//! from what is expected of it. To copy from here, read `accounts.rs`, `orders.rs`, `store.rs` and
//! `server.rs`.

mod accounts;
mod call;
mod client;
mod orders;
mod scenarios;
mod server;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod why;
mod world;

use std::{error::Error, process::ExitCode};

use meshauth_runtime::{Authoriser, MemoryDirectory};

use crate::{
    client::Client,
    server::Server,
    table::{Block, Report, Row},
    world::{Scene, World},
};

/// What the build script generates: messages, clients, servers and guards. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::default();
    for world in scenarios::WORLDS {
        report.add(world, run(world).await?);
    }
    print!("{report}");
    Ok(ExitCode::from(report.exit_code()))
}

/// Serves this world, and makes every call of its scenes.
async fn run(world: &World) -> Result<Vec<Block>, Box<dyn Error>> {
    let authoriser = Authoriser::new(MemoryDirectory::from_json(world.directory)?);
    let (accounts, orders) = (store::accounts(world.groups), store::orders(world.groups));
    let server = Server::start(authoriser.clone(), accounts, orders)?;
    let client = Client::connect(server.address()).await?;
    let mut blocks = Vec::new();
    for scene in world.scenes {
        blocks.push(play(scene, &client, &authoriser).await?);
    }
    Ok(blocks)
}

async fn play(
    scene: &Scene,
    client: &Client,
    authoriser: &Authoriser,
) -> Result<Block, Box<dyn Error>> {
    let headers = scene.headers()?;
    let mut rows = Vec::new();
    for &(call, expected) in scene.calls {
        let got = client.call(call, &headers).await?;
        let why = why::explain(authoriser, call, &headers, &got).await?;
        rows.push(Row { call, expected, got, why });
    }
    Ok(Block::new(scene, rows))
}
