//! `four-eyes ..`, `operators ..` and `break-glass`: what holds for administration in a tree.

use std::{error::Error, io::Write, time::Duration};

use clap::{Args, Subcommand};
use meshauth_runtime::{GroupName, RoleNumber};
use meshauth_sql::FourEyes;

use super::{operator::Operator, parse};
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum FourEyesCommand {
    /// Show whether a tree asks for the consent of several people
    Show {
        /// A group of the tree
        #[arg(value_parser = parse::group)]
        group: GroupName,
    },
    /// Ask for it from now on; the executing group is the root
    Require {
        /// How many people have to want a change, whoever proposes it included
        #[arg(long, default_value_t = 2)]
        people: u8,
        /// For how long others can agree to a proposal: 12h, 7d
        #[arg(long, default_value = "7d", value_parser = parse::duration)]
        lifetime: Duration,
        #[command(flatten)]
        operator: Operator,
    },
    /// Ask for it no more: this is a proposal itself
    End {
        #[command(flatten)]
        operator: Operator,
    },
}

impl FourEyesCommand {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Show { group } => match database.open().await?.four_eyes(group).await? {
                None => writeln!(out, "one person is enough")?,
                Some(rule) => {
                    let hours = rule.lifetime().as_secs() / 3600;
                    writeln!(out, "{} people, within {hours} hours", rule.people())?;
                }
            },
            Self::Require { people, lifetime, operator } => {
                let rule = FourEyes::default().with_people(people)?.with_lifetime(lifetime)?;
                let session = operator.enter(database).await?;
                let required = session.administration.require_four_eyes(session.by(), rule).await?;
                session.tell(required, out)?;
            }
            Self::End { operator } => {
                let session = operator.enter(database).await?;
                let ended = session.administration.end_four_eyes(session.by()).await?;
                session.tell(ended, out)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum OperatorsCommand {
    /// Let holders of a role use this command in the tree whose root is the executing group
    Allow {
        #[arg(value_parser = parse::role)]
        role: RoleNumber,
        #[command(flatten)]
        operator: Operator,
    },
    /// Let them use it no more
    Deny {
        #[arg(value_parser = parse::role)]
        role: RoleNumber,
        #[command(flatten)]
        operator: Operator,
    },
}

impl OperatorsCommand {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Allow { role, operator } => {
                let session = operator.enter(database).await?;
                let allowed = session.administration.allow_operators(session.by(), role).await?;
                session.tell(allowed, out)?;
            }
            Self::Deny { role, operator } => {
                let session = operator.enter(database).await?;
                session.administration.deny_operators(session.by(), role).await?;
                writeln!(out, "done")?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(super) struct BreakGlass {
    /// The root of the tree into which nobody gets any more
    #[arg(value_parser = parse::group)]
    root: GroupName,
}

impl BreakGlass {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let broken = database.open().await?.break_glass(self.root).await?;
        let roles: Vec<_> = broken.roles().iter().map(ToString::to_string).collect();
        writeln!(out, "THE GLASS IS BROKEN until {}", parse::shown(broken.until()))?;
        writeln!(out, "user   {}", broken.entity())?;
        writeln!(out, "roles  {}, in {}", roles.join(", "), self.root)?;
        writeln!(out, "key    {}", broken.key().reveal())?;
        writeln!(
            out,
            "\nThe key is shown this once, and ends by itself. What this user changes waits for \
             nobody\nand is recorded as such: tell the others, and why."
        )?;
        Ok(())
    }
}
