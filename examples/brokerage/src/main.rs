//! A trading API: every kind of caller calls it, and a table shows the answers.
//!
//! `cargo run --bin brokerage` keeps everything in memory and needs nothing but Rust. With
//! `-- --database mesh.db` the directory and all rows are in one file of SQLite, and with
//! `-- --database postgres://..` in PostgreSQL: then groups move and keys are revoked while streams
//! are open, and what was changed is still there after a restart.
//!
//! It ends with exit code 1 if anything differs from what is expected of it. To copy from here, read
//! `accounts.rs`, `orders.rs`, `monitor.rs`, `administration.rs`, `store/sql.rs` and `server.rs`.
#![allow(clippy::doc_markdown, reason = "PostgreSQL and SQLite are names")]

mod accounts;
mod administration;
mod afterwards;
mod call;
mod changes;
mod client;
mod database;
mod monitor;
mod orders;
mod scenarios;
mod seed;
mod server;
mod service;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod why;
mod world;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use crate::{database::Database, service::Service, table::Report};

/// What the build script generates: messages, clients, servers and guards. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

/// A trading API whose every kind of caller calls it, in a table
#[derive(Parser)]
struct Arguments {
    /// Keep the directory and all rows in this new file of SQLite, or at this address of PostgreSQL
    /// (postgres://user@host/database), where the tables are made. Without a value: at the address in
    /// the variable MESHAUTH_DATABASE, which may hold a password
    #[arg(long, value_name = "FILE|ADDRESS", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "the option may be without a value")]
    database: Option<Option<String>>,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
async fn main() -> ExitCode {
    let report = match Arguments::parse().database {
        None => in_memory().await,
        Some(value) => in_database(value).await,
    };
    match report {
        Ok(report) => {
            print!("{report}");
            ExitCode::from(report.exit_code())
        }
        Err(error) => {
            eprintln!("brokerage: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn in_database(value: Option<String>) -> Result<Report, Box<dyn Error>> {
    Database::given(value)?.show().await
}

/// Serves each world in memory, and makes every call of its scenes.
async fn in_memory() -> Result<Report, Box<dyn Error>> {
    let mut report = Report::default();
    for world in scenarios::WORLDS {
        let service = Service::in_memory(world).await?;
        report.add(world.about, service.play(world.scenes).await?);
    }
    Ok(report)
}
