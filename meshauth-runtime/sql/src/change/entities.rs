//! Changes of entities, their credentials and their grants.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, EntityState, Grant, GroupName, KeyDigest, Validity};

use super::{Change, reference_means};
use crate::{
    error::{Refusal, SqlError},
    store::{Arg, Rounding, Sql, entity_text, micros, state_word},
};

const CREATE: Sql =
    Sql::shared("INSERT INTO meshauth_entities (name, owner, state) VALUES ($1, $2, $3)");
const SET_STATE: Sql = Sql::shared("UPDATE meshauth_entities SET state = $2 WHERE name = $1");
const SET_OWNER: Sql = Sql::shared("UPDATE meshauth_entities SET owner = $2 WHERE name = $1");
const ADD_CREDENTIAL: Sql = Sql::shared(
    "INSERT INTO meshauth_credentials (entity, digest, label, valid_from, valid_until, created) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);
/// One that ended before stays as it is.
const END_CREDENTIAL: Sql = Sql::shared(
    "UPDATE meshauth_credentials SET valid_until = $3 \
     WHERE entity = $1 AND digest = $2 AND (valid_until IS NULL OR valid_until > $3)",
);
const HAS_CREDENTIAL: Sql = Sql::new(
    "SELECT 1 FROM meshauth_credentials WHERE entity = $1 AND digest = $2",
    "SELECT 1::bigint FROM meshauth_credentials WHERE entity = $1 AND digest = $2",
);
const REMOVE_CREDENTIAL: Sql =
    Sql::shared("DELETE FROM meshauth_credentials WHERE entity = $1 AND digest = $2");
// Of an unknown entity nothing is inserted, which tells it from an unknown group.
const GRANT: Sql = Sql::shared(
    "INSERT INTO meshauth_grants (entity, granted_in, role) \
     SELECT name, $2, $3 FROM meshauth_entities WHERE name = $1",
);
const TAKE_BACK: Sql =
    Sql::shared("DELETE FROM meshauth_grants WHERE entity = $1 AND granted_in = $2 AND role = $3");

// Its own keys an entity may know anyway.
const MADE_BY: Sql = Sql::shared(
    "INSERT INTO meshauth_key_makers (entity, maker) \
     SELECT $1, $2 WHERE $1 <> $2 ON CONFLICT (entity, maker) DO NOTHING",
);

/// A new credential of an entity. The secret itself is never here.
pub(crate) struct NewCredential<'a> {
    pub(crate) digest: &'a KeyDigest,
    /// What people tell it by, of 1 to 200 characters.
    pub(crate) label: &'a str,
    pub(crate) validity: Validity,
    pub(crate) created: SystemTime,
}

impl Change {
    pub(crate) async fn create_entity(
        &mut self,
        name: EntityName,
        owner: GroupName,
        state: EntityState,
    ) -> Result<(), SqlError> {
        let args = [name_arg(name), group_arg(owner), Arg::Text(state_word(state).to_owned())];
        let created = self.execute(&CREATE, &args).await;
        created.map_err(reference_means(Refusal::UnknownGroup))?;
        Ok(())
    }

    pub(crate) async fn set_state(
        &mut self,
        name: EntityName,
        state: EntityState,
    ) -> Result<(), SqlError> {
        let args = [name_arg(name), Arg::Text(state_word(state).to_owned())];
        self.execute_on_one(&SET_STATE, &args).await
    }

    pub(crate) async fn set_owner(
        &mut self,
        name: EntityName,
        owner: GroupName,
    ) -> Result<(), SqlError> {
        let set = self.execute_on_one(&SET_OWNER, &[name_arg(name), group_arg(owner)]).await;
        set.map_err(reference_means(Refusal::UnknownGroup))
    }

    /// Times between two microseconds are rounded so that it is never valid for longer than asked.
    pub(crate) async fn add_credential(
        &mut self,
        entity: EntityName,
        credential: &NewCredential<'_>,
    ) -> Result<(), SqlError> {
        let NewCredential { digest, label, validity, created } = credential;
        let rounded =
            |time: Option<SystemTime>, to| Arg::OptionalNumber(time.map(|time| micros(time, to)));
        let args = [
            name_arg(entity),
            digest_arg(digest),
            Arg::Text((*label).to_owned()),
            rounded(validity.valid_from(), Rounding::Later),
            rounded(validity.valid_until(), Rounding::Earlier),
            Arg::Number(micros(*created, Rounding::Earlier)),
        ];
        let added = self.execute(&ADD_CREDENTIAL, &args).await;
        added.map_err(reference_means(Refusal::NotFound))?;
        Ok(())
    }

    /// Whoever makes a key of an entity may know it, for ever.
    pub(crate) async fn remember_maker(
        &mut self,
        entity: EntityName,
        maker: EntityName,
    ) -> Result<(), SqlError> {
        self.execute(&MADE_BY, &[name_arg(entity), name_arg(maker)]).await?;
        Ok(())
    }

    /// The credential ends then, or before if it did so already.
    pub(crate) async fn end_credential(
        &mut self,
        entity: EntityName,
        digest: &KeyDigest,
        ends: SystemTime,
    ) -> Result<(), SqlError> {
        let of = || [name_arg(entity), digest_arg(digest)];
        if self.one(&HAS_CREDENTIAL, &of(), |row| row.number(0)).await?.is_none() {
            return Err(SqlError::Refused(Refusal::NotFound));
        }
        let [entity, digest] = of();
        let ends = Arg::Number(micros(ends, Rounding::Earlier));
        self.execute(&END_CREDENTIAL, &[entity, digest, ends]).await?;
        Ok(())
    }

    pub(crate) async fn remove_credential(
        &mut self,
        entity: EntityName,
        digest: &KeyDigest,
    ) -> Result<(), SqlError> {
        self.execute_on_one(&REMOVE_CREDENTIAL, &[name_arg(entity), digest_arg(digest)]).await
    }

    pub(crate) async fn grant(&mut self, entity: EntityName, grant: Grant) -> Result<(), SqlError> {
        let granted = self.execute_on_one(&GRANT, &grant_args(entity, grant)).await;
        granted.map_err(reference_means(Refusal::UnknownGroup))
    }

    pub(crate) async fn take_back(
        &mut self,
        entity: EntityName,
        grant: Grant,
    ) -> Result<(), SqlError> {
        self.execute_on_one(&TAKE_BACK, &grant_args(entity, grant)).await
    }
}

fn name_arg(name: EntityName) -> Arg {
    Arg::Text(entity_text(name))
}

fn group_arg(name: GroupName) -> Arg {
    Arg::Text(name.to_string())
}

fn digest_arg(digest: &KeyDigest) -> Arg {
    Arg::Bytes(digest.as_bytes().to_vec())
}

fn grant_args(entity: EntityName, grant: Grant) -> [Arg; 3] {
    [name_arg(entity), group_arg(grant.group()), Arg::Number(grant.role().value().into())]
}
