//! `client ..`: legal entities and their verification.

use std::{error::Error, io::Write};

use clap::Subcommand;
use meshauth_runtime::{ClientName, ClientType, VerificationStatus};

use super::{new_ulid, operator::Operator, parse};
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a client that the executing group owns, whose verification has not begun
    Create {
        /// Its name (clients/..); otherwise a new one
        #[arg(value_parser = parse::client)]
        name: Option<ClientName>,
        /// NATURAL_PERSON, COMPANY, FUND or TRUST
        #[arg(long = "type", value_name = "TYPE", value_parser = parse::client_type)]
        client_type: ClientType,
        #[command(flatten)]
        operator: Operator,
    },
    /// Set how far the verification of a client of the executing group is
    Verify {
        #[arg(value_parser = parse::client)]
        name: ClientName,
        /// NOT_STARTED, PENDING, VERIFIED or FAILED
        #[arg(value_parser = parse::verification)]
        status: VerificationStatus,
        #[command(flatten)]
        operator: Operator,
    },
    /// Remove a client of the executing group: the next one above counts then
    Remove {
        #[arg(value_parser = parse::client)]
        name: ClientName,
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
            Self::Create { name, client_type, operator } => {
                let session = operator.enter(database).await?;
                let name = name.unwrap_or_else(|| ClientName::from_ulid(new_ulid()));
                session.administration.create_client(session.by(), name, client_type).await?;
                writeln!(out, "{name}")?;
            }
            Self::Verify { name, status, operator } => {
                let session = operator.enter(database).await?;
                let (administration, by) = (&session.administration, session.by());
                let set = administration.set_verification(by, name, status).await?;
                session.tell(set, out)?;
            }
            Self::Remove { name, operator } => {
                let session = operator.enter(database).await?;
                let removed = session.administration.remove_client(session.by(), name).await?;
                session.tell(removed, out)?;
            }
        }
        Ok(())
    }
}
