//! Keys that want care: unused for long, about to end, without an end.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{EntityName, GroupName, KeyDigest};
use serde_json::json;

use super::{Actor, Administration, AdministrationError, Told, judged::Judged};
use crate::{
    error::SqlError,
    store::{Arg, Rounding, Row, Session, Sql, entity_text, micros, time},
};

/// A key that wants care, of an entity that is ACTIVE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleKey {
    entity: EntityName,
    owner: GroupName,
    digest: KeyDigest,
    label: String,
    /// The last use that is known of, or from when on one would have been noted.
    last_use: SystemTime,
    ends: Option<SystemTime>,
    is_unused: bool,
}

impl StaleKey {
    /// Whose key it is.
    #[must_use]
    pub const fn entity(&self) -> EntityName {
        self.entity
    }

    /// The group that owns the entity: in its name the key is revoked.
    #[must_use]
    pub const fn owner(&self) -> GroupName {
        self.owner
    }

    /// What people tell it by.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Since when it has not been used, if that is too long: to the hour, and not from before uses were
    /// noted.
    #[must_use]
    pub fn unused_since(&self) -> Option<SystemTime> {
        self.is_unused.then_some(self.last_use)
    }

    /// When it ends; none if it never does.
    #[must_use]
    pub const fn ends(&self) -> Option<SystemTime> {
        self.ends
    }
}

/// Which keys want care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCare {
    keys: Vec<StaleKey>,
    uses_noted: Option<(SystemTime, SystemTime)>,
}

impl KeyCare {
    /// The keys, by their entities.
    #[must_use]
    pub fn keys(&self) -> &[StaleKey] {
        &self.keys
    }

    /// From which hour to which services have noted what was used. Without it, or if it ended more than
    /// a day ago, no key is called unused: nobody would have noted its use.
    #[must_use]
    pub const fn uses_noted(&self) -> Option<(SystemTime, SystemTime)> {
        self.uses_noted
    }
}

/// How long nothing may have been noted before uses count as not noted.
const GAP: Duration = Duration::from_hours(24);

const NOTED: Sql = Sql::shared("SELECT first_hour, last_hour FROM meshauth_uses_noted");
// A key that was never used counts from when it was made, and none from before uses were noted.
const KEYS: Sql = Sql::new(
    "SELECT held.entity, entity.owner, held.digest, held.label, held.valid_until, \
     max(held.created, coalesce(used.hour + 3600000000, 0), coalesce(noted.first_hour, 0)) \
     FROM meshauth_credentials AS held \
     JOIN meshauth_entities AS entity ON entity.name = held.entity \
     LEFT JOIN meshauth_last_used AS used ON used.digest = held.digest \
     LEFT JOIN meshauth_uses_noted AS noted ON noted.only_row = 1 \
     WHERE entity.state = 'ACTIVE' AND (held.valid_until IS NULL OR held.valid_until > $1) \
     AND ($2 IS NULL OR held.digest = $2) ORDER BY held.entity, held.created",
    "SELECT held.entity, entity.owner, held.digest, held.label, held.valid_until, \
     greatest(held.created, coalesce(used.hour + 3600000000, 0), coalesce(noted.first_hour, 0)) \
     FROM meshauth_credentials AS held \
     JOIN meshauth_entities AS entity ON entity.name = held.entity \
     LEFT JOIN meshauth_last_used AS used ON used.digest = held.digest \
     LEFT JOIN meshauth_uses_noted AS noted ON noted.only_row = 1 \
     WHERE entity.state = 'ACTIVE' AND (held.valid_until IS NULL OR held.valid_until > $1) \
     AND ($2::bytea IS NULL OR held.digest = $2) ORDER BY held.entity, held.created",
);

impl Administration {
    /// The keys of ACTIVE entities that were not used for so long, that end within so long, or that
    /// never end. A key that has ended is over and not among them.
    ///
    /// Uses are noted by services whose directory is [`PostgresDirectory`](crate::PostgresDirectory)
    /// or [`SqliteDirectory`](crate::SqliteDirectory), where their login may
    /// ([`POSTGRES_ROLES`](crate::POSTGRES_ROLES)).
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn key_care(
        &self,
        unused_for: Duration,
        ends_within: Duration,
    ) -> Result<KeyCare, SqlError> {
        let mut session = self.store.read().await?;
        let now = SystemTime::now();
        let uses_noted = session.uses_noted().await?;
        let mut keys = session.living_keys(now, None).await?;
        session.commit().await?;
        for key in &mut keys {
            key.is_unused = is_noted(uses_noted, now) && key.is_unused_for(unused_for, now);
        }
        let wants_care = |key: &StaleKey| {
            let ends = key.ends.map(|ends| ends.duration_since(now).unwrap_or_default());
            key.is_unused || ends.is_none_or(|ends| ends <= ends_within)
        };
        keys.retain(wants_care);
        Ok(KeyCare { keys, uses_noted })
    }

    /// Revokes a key if it is still unused for so long: not one that was used meanwhile.
    ///
    /// # Errors
    /// No right to do so, as with [`revoke_key`](Self::revoke_key); a key that is not unused any more.
    pub async fn revoke_unused_key(
        &self,
        by: impl Into<Actor>,
        key: &StaleKey,
        unused_for: Duration,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "keys.revoke_unused", async |judged| {
            judged.own_entity(key.entity).await?;
            judged.is_unused(&key.digest, unused_for).await?;
            judged.change.remove_credential(key.entity, &key.digest).await?;
            let told = json!({ "entity": entity_text(key.entity), "label": key.label });
            Ok(((), Told::gone(told)))
        })
        .await
    }
}

impl StaleKey {
    fn is_unused_for(&self, long: Duration, now: SystemTime) -> bool {
        now.duration_since(self.last_use).unwrap_or_default() >= long
    }
}

/// From which hour to which uses were noted.
type Uses = Option<(SystemTime, SystemTime)>;

fn is_noted(uses: Uses, now: SystemTime) -> bool {
    uses.is_some_and(|(_, last)| now.duration_since(last).unwrap_or_default() <= GAP)
}

impl Session {
    async fn uses_noted(&mut self) -> Result<Uses, SqlError> {
        self.one(&NOTED, &[], |row| Ok((at(&row, 0)?, at(&row, 1)?))).await
    }

    async fn living_keys(
        &mut self,
        now: SystemTime,
        digest: Option<&KeyDigest>,
    ) -> Result<Vec<StaleKey>, SqlError> {
        let mut keys = Vec::new();
        let args = [
            Arg::Number(micros(now, Rounding::Earlier)),
            Arg::OptionalBytes(digest.map(|digest| digest.as_bytes().to_vec())),
        ];
        self.each(&KEYS, &args, |row| {
            keys.push(read(&row)?);
            Ok(())
        })
        .await?;
        Ok(keys)
    }
}

impl Judged {
    async fn is_unused(
        &mut self,
        digest: &KeyDigest,
        long: Duration,
    ) -> Result<(), AdministrationError> {
        let now = SystemTime::now();
        let (uses, keys) = self
            .change
            .whole(async |session| {
                Ok((session.uses_noted().await?, session.living_keys(now, Some(digest)).await?))
            })
            .await?;
        match &keys[..] {
            [] => Err(AdministrationError::NotFound),
            [key] if is_noted(uses, now) && key.is_unused_for(long, now) => Ok(()),
            _ => Err(AdministrationError::KeyInUse),
        }
    }
}

fn read(row: &Row<'_>) -> Result<StaleKey, SqlError> {
    let unusable = |_| SqlError::fault("credential");
    let digest: [u8; 32] = row.bytes(2)?.try_into().map_err(unusable)?;
    let ends = row.optional_number(4)?.and_then(time);
    Ok(StaleKey {
        entity: row.text(0)?.parse().map_err(|_| SqlError::fault("entity"))?,
        owner: row.group(1)?,
        digest: KeyDigest::from_bytes(digest),
        label: row.text(3)?.to_owned(),
        last_use: at(row, 5)?,
        ends,
        is_unused: false,
    })
}

fn at(row: &Row<'_>, column: usize) -> Result<SystemTime, SqlError> {
    time(row.number(column)?).ok_or_else(|| SqlError::fault("time"))
}
