//! `init`: a directory with its first administrator.

use std::{error::Error, io::Write};

use clap::Args;
use meshauth_runtime::{EntityName, GroupName, ParseNameError, RoleNumber};
use meshauth_sql::Founder;

use super::database::Database;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The numbers of the roles that the administrator holds in the root. It can give these to others
    /// and no other ones, so name all that are to be held in this tree
    #[arg(long, required = true, value_delimiter = ',', value_name = "NUMBER,..", value_parser = role)]
    roles: Vec<RoleNumber>,
    /// The root (groups/..); otherwise one with a new name
    #[arg(long, value_name = "GROUP", value_parser = group)]
    root: Option<GroupName>,
    /// The administrator (api_users/..); otherwise one with a new name
    #[arg(long, value_name = "ENTITY", value_parser = entity)]
    administrator: Option<EntityName>,
}

fn role(text: &str) -> Result<RoleNumber, String> {
    let number = text.parse().ok().and_then(RoleNumber::new);
    number.ok_or_else(|| "a role is its number in your Role enum, from 1 to 2147483647".to_owned())
}

fn group(text: &str) -> Result<GroupName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

fn entity(text: &str) -> Result<EntityName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

pub(super) async fn init(
    database: &Database,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let root = arguments.root.unwrap_or_else(|| GroupName::from_ulid(new_ulid()));
    let administrator = arguments.administrator.unwrap_or_else(|| EntityName::api_user(new_ulid()));
    let founder = Founder::new(root, administrator, arguments.roles.iter().copied());
    let key = database.make().await?.found(&founder).await?;
    let roles: Vec<_> = arguments.roles.iter().map(|role| role.value().to_string()).collect();
    writeln!(out, "root           {root}")?;
    writeln!(out, "administrator  {administrator}")?;
    writeln!(out, "roles          {}", roles.join(", "))?;
    writeln!(out, "key            {}", key.reveal())?;
    writeln!(out, "\nThe key is shown this once: keep it where secrets are kept.")?;
    Ok(())
}

/// A name that nothing else has.
fn new_ulid() -> u128 {
    ulid::Ulid::new().0
}
