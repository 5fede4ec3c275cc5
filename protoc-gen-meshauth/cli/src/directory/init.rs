//! `init`: a directory with its first administrators.

use std::{error::Error, io::Write};

use clap::Args;
use meshauth_runtime::{EntityName, GroupName, RoleNumber};
use meshauth_sql::{Founder, FourEyes};

use super::{new_ulid, parse};
use crate::database::Database;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The numbers of the roles that the administrators hold in the root. They can give these to others
    /// and no other ones, so name all that are to be held in this tree
    #[arg(long, required = true, value_delimiter = ',', value_name = "NUMBER,..", value_parser = parse::role)]
    roles: Vec<RoleNumber>,
    /// The numbers of the roles whose holders may use this command in the tree; otherwise nobody may,
    /// and only your own API administers it
    #[arg(long, value_delimiter = ',', value_name = "NUMBER,..", value_parser = parse::role)]
    operator_roles: Vec<RoleNumber>,
    /// The root (groups/..); otherwise one with a new name
    #[arg(long, value_name = "GROUP", value_parser = parse::group)]
    root: Option<GroupName>,
    /// An administrator (api_users/.. or users/..), may be given several times; otherwise one with a new
    /// name, or as many users as --four-eyes asks for
    #[arg(long, value_name = "ENTITY", value_parser = parse::entity)]
    administrator: Vec<EntityName>,
    /// Ask for the consent of so many people to every change that widens what somebody may do
    #[arg(long, value_name = "PEOPLE", num_args = 0..=1, default_missing_value = "2")]
    four_eyes: Option<u8>,
}

pub(super) async fn init(
    database: &Database,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let root = arguments.root.unwrap_or_else(|| GroupName::from_ulid(new_ulid()));
    let administrators = arguments.administrators();
    let (first, others) = administrators.split_first().ok_or("no administrator is named")?;
    let mut founder = Founder::new(root, *first, arguments.roles.iter().copied())
        .with_operator_roles(arguments.operator_roles.iter().copied());
    for other in others {
        founder = founder.with_administrator(*other);
    }
    if let Some(people) = arguments.four_eyes {
        founder = founder.with_four_eyes(FourEyes::default().with_people(people)?);
    }
    let keys = database.make().await?.found(&founder).await?;
    writeln!(out, "root           {root}")?;
    writeln!(out, "roles          {}", listed(&arguments.roles))?;
    if !arguments.operator_roles.is_empty() {
        writeln!(out, "operators      {}", listed(&arguments.operator_roles))?;
    }
    if let Some(people) = arguments.four_eyes {
        writeln!(out, "four eyes      {people} people")?;
    }
    for (administrator, key) in administrators.iter().zip(&keys) {
        writeln!(out, "administrator  {administrator}")?;
        writeln!(out, "key            {}", key.reveal())?;
    }
    let shown = if keys.len() == 1 {
        "The key is shown this once: keep it where secrets are kept."
    } else {
        "The keys are shown this once. Hand each to its own person, who may rotate it."
    };
    writeln!(out, "\n{shown}")?;
    Ok(())
}

impl Arguments {
    fn administrators(&self) -> Vec<EntityName> {
        match (&self.administrator[..], self.four_eyes) {
            ([], None) => vec![EntityName::api_user(new_ulid())],
            ([], Some(people)) => (0..people).map(|_| EntityName::user(new_ulid())).collect(),
            (named, _) => named.to_vec(),
        }
    }
}

fn listed(roles: &[RoleNumber]) -> String {
    let roles: Vec<_> = roles.iter().map(ToString::to_string).collect();
    roles.join(", ")
}
