//! `entity ..` and `role ..`: who may call, and as what.

use std::{error::Error, io::Write};

use clap::Subcommand;
use meshauth_runtime::{EntityName, Grant, GroupName};

use super::{new_ulid, operator::Operator, parse};
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an entity that the executing group owns: an API user, unless you name it or say --user
    Create {
        /// Its name (api_users/.. or users/..); otherwise a new one
        #[arg(value_parser = parse::entity)]
        name: Option<EntityName>,
        /// A person
        #[arg(long, conflicts_with = "name")]
        user: bool,
        #[command(flatten)]
        operator: Operator,
    },
    /// Give an entity of the executing group to another group of the tree
    Move {
        #[arg(value_parser = parse::entity)]
        name: EntityName,
        /// A group of the same tree, in which you have the right to move entities as well
        #[arg(long, value_name = "GROUP", value_parser = parse::group)]
        below: GroupName,
        #[command(flatten)]
        operator: Operator,
    },
    /// Let an entity act again
    Activate {
        #[arg(value_parser = parse::entity)]
        name: EntityName,
        #[command(flatten)]
        operator: Operator,
    },
    /// Refuse an entity from now on, on every method
    Deactivate {
        #[arg(value_parser = parse::entity)]
        name: EntityName,
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
            Self::Create { name, user, operator } => {
                let session = operator.enter(database).await?;
                let new = || {
                    let ulid = new_ulid();
                    if user { EntityName::user(ulid) } else { EntityName::api_user(ulid) }
                };
                let name = name.unwrap_or_else(new);
                session.administration.create_entity(session.by(), name).await?;
                writeln!(out, "{name}")?;
            }
            Self::Move { name, below, operator } => {
                let session = operator.enter(database).await?;
                let moved = session.administration.move_entity(session.by(), name, below).await?;
                session.tell(moved, out)?;
            }
            Self::Activate { name, operator } => {
                let session = operator.enter(database).await?;
                let activated = session.administration.activate(session.by(), name).await?;
                session.tell(activated, out)?;
            }
            Self::Deactivate { name, operator } => {
                let session = operator.enter(database).await?;
                session.administration.deactivate(session.by(), name).await?;
                writeln!(out, "done")?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum RoleCommand {
    /// Grant a role, in the executing group or below it, to an entity of the executing group
    Grant {
        #[arg(value_parser = parse::entity)]
        entity: EntityName,
        /// As groups/../roles/NUMBER
        #[arg(value_parser = parse::grant)]
        grant: Grant,
        #[command(flatten)]
        operator: Operator,
    },
    /// Take a grant back
    TakeBack {
        #[arg(value_parser = parse::entity)]
        entity: EntityName,
        /// As groups/../roles/NUMBER
        #[arg(value_parser = parse::grant)]
        grant: Grant,
        #[command(flatten)]
        operator: Operator,
    },
}

impl RoleCommand {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Grant { entity, grant, operator } => {
                let session = operator.enter(database).await?;
                let granted = session.administration.grant(session.by(), entity, grant).await?;
                session.tell(granted, out)?;
            }
            Self::TakeBack { entity, grant, operator } => {
                let session = operator.enter(database).await?;
                session.administration.take_back(session.by(), entity, grant).await?;
                writeln!(out, "done")?;
            }
        }
        Ok(())
    }
}
