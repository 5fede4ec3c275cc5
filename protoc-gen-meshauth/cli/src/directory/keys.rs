//! `key ..` and `stale`: keys, from the first day to the last.

use std::{
    error::Error,
    io::Write,
    time::{Duration, SystemTime},
};

use clap::{Args, Subcommand};
use meshauth_runtime::{EntityName, Validity};
use meshauth_sql::{IssuedKey, KeyCare, Outcome, StaleKey};

use super::{
    operator::{Operator, OwnKey, Session},
    parse,
};
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key of an entity of the executing group, and show it, once
    Issue {
        #[arg(value_parser = parse::entity)]
        entity: EntityName,
        /// What people tell it by, of 1 to 200 characters
        #[arg(long)]
        label: String,
        #[command(flatten)]
        validity: ValidityArguments,
        #[command(flatten)]
        operator: Operator,
    },
    /// Make a key in the place of the newest one with this label, and show it, once
    Rotate {
        #[arg(value_parser = parse::entity)]
        entity: EntityName,
        #[arg(long)]
        label: String,
        /// For so long the old one counts as well: 12h, 7d
        #[arg(long, default_value = "24h", value_parser = parse::duration)]
        overlap: Duration,
        #[command(flatten)]
        validity: ValidityArguments,
        #[command(flatten)]
        operator: Operator,
    },
    /// Take all keys with this label away from an entity of the executing group, at once
    Revoke {
        #[arg(value_parser = parse::entity)]
        entity: EntityName,
        #[arg(long)]
        label: String,
        #[command(flatten)]
        operator: Operator,
    },
}

#[derive(Debug, Args)]
pub(super) struct ValidityArguments {
    /// The key counts from then on: 2026-11-28T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    valid_from: Option<SystemTime>,
    /// The key counts until then; otherwise for ever
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    valid_until: Option<SystemTime>,
}

impl ValidityArguments {
    fn validity(&self) -> Validity {
        let always = Validity::ALWAYS;
        let from = self.valid_from.map_or(always, |from| always.from(from));
        self.valid_until.map_or(from, |until| from.until(until))
    }
}

impl Command {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Issue { entity, label, validity, operator } => {
                let session = operator.enter(database).await?;
                let (administration, by) = (&session.administration, session.by());
                let issued =
                    administration.issue_key(by, entity, &label, validity.validity()).await?;
                show(issued, &session, out)
            }
            Self::Rotate { entity, label, overlap, validity, operator } => {
                let session = operator.enter(database).await?;
                let administration = &session.administration;
                let keys = administration.keys(entity, &label).await?;
                let old = keys.last().ok_or("the entity has no key with this label")?;
                let validity = validity.validity();
                let rotated =
                    administration.rotate_key(session.by(), entity, old, overlap, validity).await?;
                show(rotated, &session, out)
            }
            Self::Revoke { entity, label, operator } => {
                let session = operator.enter(database).await?;
                let keys = session.administration.keys(entity, &label).await?;
                if keys.is_empty() {
                    return Err("the entity has no key with this label".into());
                }
                for key in &keys {
                    session.administration.revoke_key(session.by(), entity, key).await?;
                }
                writeln!(out, "revoked {} with this label", counted(keys.len()))?;
                Ok(())
            }
        }
    }
}

fn show(
    (key, outcome): (IssuedKey, Outcome),
    session: &Session,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{}", key.reveal())?;
    writeln!(out, "The key is shown this once: keep it where secrets are kept.")?;
    if outcome != Outcome::Done {
        session.tell(outcome, out)?;
    }
    Ok(())
}

#[derive(Debug, Args)]
pub(super) struct StaleArguments {
    /// Keys that were not used for so long: 12h, 90d
    #[arg(long, default_value = "90d", value_parser = parse::duration)]
    unused: Duration,
    /// Keys that end within so long
    #[arg(long, default_value = "30d", value_parser = parse::duration)]
    ends_within: Duration,
    /// Revoke those that are unused, in the name of the groups that own their entities
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    key: OwnKey,
}

impl StaleArguments {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let administration = database.open().await?;
        let care = administration.key_care(self.unused, self.ends_within).await?;
        list(&care, out)?;
        if !self.revoke {
            return Ok(());
        }
        let own = self.key.digest()?;
        let mut revoked = 0;
        for key in care.keys().iter().filter(|key| key.unused_since().is_some()) {
            let by = administration.operator(&own, key.owner()).await?;
            match administration.revoke_unused_key(by, key, self.unused).await {
                Ok(()) => revoked += 1,
                Err(error) => {
                    writeln!(out, "not revoked: {} {:?}: {error}", key.entity(), key.label())?;
                }
            }
        }
        writeln!(out, "revoked {}", counted(revoked))?;
        Ok(())
    }
}

fn list(care: &KeyCare, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    for key in care.keys() {
        writeln!(out, "{}  {:?}  {}", key.entity(), key.label(), concerns(key))?;
    }
    match care.uses_noted() {
        None => writeln!(
            out,
            "No service has noted yet which keys are used, so that unused ones are not known."
        )?,
        Some((first, last)) => writeln!(
            out,
            "{} to look after. Uses are noted since {}, the last at {}.",
            counted(care.keys().len()),
            parse::shown(first),
            parse::shown(last)
        )?,
    }
    Ok(())
}

fn concerns(key: &StaleKey) -> String {
    let unused = key.unused_since().map(|since| format!("unused since {}", parse::shown(since)));
    let ends = key
        .ends()
        .map_or_else(|| "never ends".to_owned(), |ends| format!("ends at {}", parse::shown(ends)));
    unused.into_iter().chain([ends]).collect::<Vec<_>>().join(", ")
}

fn counted(keys: usize) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}
