//! `group ..`: the tree.

use std::{error::Error, io::Write};

use clap::Subcommand;
use meshauth_runtime::GroupName;

use super::{new_ulid, operator::Operator, parse};
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a group that the executing group owns
    Create {
        /// Its name (groups/..); otherwise a new one
        #[arg(value_parser = parse::group)]
        name: Option<GroupName>,
        #[command(flatten)]
        operator: Operator,
    },
    /// Move a group of the executing group, with all that is below it
    Move {
        #[arg(value_parser = parse::group)]
        name: GroupName,
        /// A group of the same tree, in which you have the right to move groups as well
        #[arg(long, value_name = "GROUP", value_parser = parse::group)]
        below: GroupName,
        #[command(flatten)]
        operator: Operator,
    },
    /// Remove a group of the executing group, in which nothing may be
    Remove {
        #[arg(value_parser = parse::group)]
        name: GroupName,
        #[command(flatten)]
        operator: Operator,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Create { name, operator } => {
                let session = operator.enter(database).await?;
                let name = name.unwrap_or_else(|| GroupName::from_ulid(new_ulid()));
                session.administration.create_group(session.by(), name).await?;
                writeln!(out, "{name}")?;
            }
            Self::Move { name, below, operator } => {
                let session = operator.enter(database).await?;
                let moved = session.administration.move_group(session.by(), name, below).await?;
                session.tell(moved, out)?;
            }
            Self::Remove { name, operator } => {
                let session = operator.enter(database).await?;
                session.administration.remove_group(session.by(), name).await?;
                writeln!(out, "done")?;
            }
        }
        Ok(())
    }
}
