//! The command `meshauth`: directories, for whoever operates them.
#![allow(clippy::doc_markdown, reason = "PostgreSQL and SQLite are names")]

mod database;
mod decide;
mod directory;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Access control for services: directories of groups, callers and roles.
#[derive(Debug, Parser)]
#[command(name = "meshauth", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Directories in a file of SQLite, or in PostgreSQL
    Directory(directory::Arguments),
    /// Decide calls as a service would, and say why: one call, or many as JSON lines
    Decide(decide::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::parse().command {
        Command::Decide(arguments) => return decide::run(arguments),
        Command::Directory(arguments) => arguments,
    };
    let mut text = Vec::new();
    let outcome = directory::run(arguments, &mut text);
    // What was found before a fault is of use, too. A reader that has gone away is no fault.
    let _ = io::stdout().write_all(&text).and_then(|()| io::stdout().flush());
    match outcome {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "meshauth: {error}");
            ExitCode::FAILURE
        }
    }
}
