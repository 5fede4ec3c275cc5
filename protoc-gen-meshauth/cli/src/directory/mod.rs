//! `meshauth directory ..`: one directory, made, changed, read and checked.

mod clients;
mod entities;
mod groups;
mod init;
mod keys;
mod operator;
mod parse;
mod proposals;
mod rules;
mod tree;

use std::{
    error::Error,
    fs,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use meshauth_runtime::World;
use tokio::runtime::Builder;

use crate::database::Database;

/// What is given on the command line.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// A file of SQLite, or an address of PostgreSQL (postgres://user@host/database); otherwise that of
    /// the variable MESHAUTH_DATABASE, which may hold a password
    #[arg(long, global = true, value_name = "FILE|ADDRESS")]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a directory with a root and its first administrators, and show their keys, once
    Init(init::Arguments),
    /// Fill an empty directory from a JSON file, as a whole or not at all
    Import {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Write all of a directory as JSON, as import reads it
    Export,
    /// Look for what the tables should make impossible; exits with 1 if there is any
    Check,
    /// Forget old changes of the log; who changed what stays recorded
    Prune {
        /// So many of the last changes stay, for processes that were away meanwhile
        #[arg(long, default_value_t = 10_000, value_name = "NUMBER")]
        keep: u32,
    },
    /// Draw the groups, what each owns, and who holds which roles in it
    Tree,
    /// Make, move and remove groups
    #[command(subcommand)]
    Group(groups::Command),
    /// Make and move entities, and let them in or not
    #[command(subcommand)]
    Entity(entities::Command),
    /// Grant roles, and take them back
    #[command(subcommand)]
    Role(entities::RoleCommand),
    /// Issue, rotate and revoke keys
    #[command(subcommand)]
    Key(keys::Command),
    /// List keys that are unused, end soon or never; and revoke the unused ones, if told so
    Stale(keys::StaleArguments),
    /// Make, verify and remove clients
    #[command(subcommand)]
    Client(clients::Command),
    /// Ask for the consent of several people to changes that widen what somebody may do
    #[command(subcommand)]
    FourEyes(rules::FourEyesCommand),
    /// Say by which roles this command may be used in a tree
    #[command(subcommand)]
    Operators(rules::OperatorsCommand),
    /// List the changes that wait for others to agree
    Proposals(proposals::List),
    /// Agree to a change that waits
    Agree(proposals::Answer),
    /// Take a change back that waits
    Withdraw(proposals::Answer),
    /// Let one new user in for an hour, when nobody who administers a tree can get in any more
    BreakGlass(rules::BreakGlass),
}

/// Does what is asked, and writes what there is to show.
pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<ExitCode, Box<dyn Error>> {
    let database = Database::given(arguments.database)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(execute(&database, arguments.command, out))
}

async fn execute(
    database: &Database,
    command: Command,
    out: &mut impl Write,
) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Init(arguments) => init::init(database, &arguments, out).await?,
        Command::Import { file } => {
            // Before anything is made of the database.
            let world = World::from_json(&read(&file)?)?;
            let administration = database.make().await?;
            administration.import(&world).await?;
            let [groups, entities, clients] =
                [world.groups().len(), world.entities().len(), world.clients().len()];
            writeln!(out, "imported {groups} groups, {entities} entities and {clients} clients")?;
        }
        Command::Export => {
            let world = database.open().await?.export().await?;
            out.write_all(world.to_json()?.as_bytes())?;
        }
        Command::Check => {
            let faults = database.open().await?.check().await?;
            for fault in &faults {
                writeln!(out, "{fault}")?;
            }
            if !faults.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
            writeln!(out, "the directory is whole")?;
        }
        Command::Prune { keep } => {
            let rows = database.open().await?.prune_log(keep).await?;
            writeln!(out, "{rows} rows of the log were forgotten")?;
        }
        Command::Tree => tree::draw(&database.open().await?.export().await?, out)?,
        Command::Group(command) => command.run(database, out).await?,
        Command::Entity(command) => command.run(database, out).await?,
        Command::Role(command) => command.run(database, out).await?,
        Command::Key(command) => command.run(database, out).await?,
        Command::Stale(arguments) => arguments.run(database, out).await?,
        Command::Client(command) => command.run(database, out).await?,
        Command::FourEyes(command) => command.run(database, out).await?,
        Command::Operators(command) => command.run(database, out).await?,
        Command::Proposals(list) => list.run(database, out).await?,
        Command::Agree(answer) => answer.agree(database, out).await?,
        Command::Withdraw(answer) => answer.withdraw(database, out).await?,
        Command::BreakGlass(arguments) => arguments.run(database, out).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// A name that nothing else has.
fn new_ulid() -> u128 {
    ulid::Ulid::new().0
}
