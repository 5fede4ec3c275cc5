//! The records of one decision, or a single one, each by one statement in one round trip.
//!
//! A statement sees one moment of its database.

mod rows;
mod statements;

use std::{sync::Arc, time::SystemTime};

use meshauth_runtime::{Client, Entity, Group, GroupName, KeyDigest, Miss, directory::RecordSet};

use self::{
    rows::read_group,
    statements::{CLIENT, DECISION, ENTITY, ENTITY_COUNTS, GROUP},
};
use super::{
    Pool, Store,
    schema::check_usable_from,
    session::Row,
    statement::{Arg, Statement},
    text::{Rounding, micros},
};
use crate::{error::SqlError, log};

/// What is asked of the database for one decision.
pub(crate) struct Wanted {
    pub(crate) digest: KeyDigest,
    pub(crate) group: Option<GroupName>,
    pub(crate) client: bool,
    pub(crate) now: SystemTime,
}

/// What was found, or why nothing was.
pub(crate) type Found<T> = Result<T, Miss>;

impl Store {
    /// What one decision needs. No group is looked at unless the credential is known and valid and
    /// its entity is active; the statement decides that.
    pub(crate) async fn records(&self, wanted: &Wanted) -> Result<RecordSet, SqlError> {
        let args = [
            Arg::Bytes(wanted.digest.as_bytes().to_vec()),
            Arg::Number(micros(wanted.now, Rounding::Earlier)),
            Arg::OptionalText(wanted.group.map(|group| group.to_string())),
            Arg::Number(wanted.client.into()),
        ];
        self.look_up(&DECISION, &args, |row| {
            let mut set = RecordSet::new().with_entity(miss(self.read_entity(row))?);
            if row.optional_number(ENTITY_COUNTS)? != Some(1) {
                return Ok(set);
            }
            if wanted.group.is_some() {
                set = set.with_group(miss(read_group(row, ENTITY_COUNTS + 1))?);
            }
            if wanted.client {
                let home = miss(read_group(row, ENTITY_COUNTS + 2))?;
                set = set.with_client(home, miss(self.read_client(row, ENTITY_COUNTS + 3))?);
            }
            Ok(set)
        })
        .await
    }

    /// The entity that has this key, with no other credential.
    pub(crate) async fn entity(&self, digest: KeyDigest) -> Result<Found<Arc<Entity>>, SqlError> {
        let now = micros(SystemTime::now(), Rounding::Earlier);
        let args = [Arg::Bytes(digest.as_bytes().to_vec()), Arg::Number(now)];
        self.look_up(&ENTITY, &args, |row| miss(self.read_entity(row))).await
    }

    /// The group of this name.
    pub(crate) async fn group(&self, name: GroupName) -> Result<Found<Arc<Group>>, SqlError> {
        self.look_up(&GROUP, &[Arg::Text(name.to_string())], |row| miss(read_group(row, 1))).await
    }

    /// The client of the nearest group of this hierarchy, which is given from the root down.
    pub(crate) async fn client(&self, hierarchy: Vec<String>) -> Result<Found<Client>, SqlError> {
        self.look_up(&CLIENT, &[Arg::Names(hierarchy)], |row| miss(self.read_client(row, 1))).await
    }

    /// One row, which says first whether this version can use the tables.
    async fn look_up<T>(
        &self,
        statement: &Statement,
        args: &[Arg],
        read: impl FnOnce(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let read = |row: Row<'_>| {
            check_usable_from(row.optional_number(0)?)?;
            read(&row)
        };
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let row = statement.for_sqlite(args).fetch_optional(pool).await?;
                row.map_or(Err(SqlError::Standby), |row| read(Row::Sqlite(&row)))
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let row = ask_server(pool, statement, args).await?;
                row.map_or(Err(SqlError::Standby), |row| read(Row::Postgres(&row)))
            }
        }
    }
}

/// Connections that a restart of the server has broken are still in the pool, and are not tried before
/// they are used, which would be another round trip. A statement that reads is asked again on the next
/// one. If none can be opened, the server is out of reach.
#[cfg(feature = "postgres")]
async fn ask_server(
    pool: &sqlx::PgPool,
    statement: &Statement,
    args: &[Arg],
) -> Result<Option<sqlx::postgres::PgRow>, SqlError> {
    let mut tries = pool.options().get_max_connections();
    loop {
        let mut connection = pool.acquire().await?;
        let row = statement.for_postgres(args).fetch_optional(&mut *connection).await;
        match row.map_err(SqlError::from) {
            Err(SqlError::Unreachable(_)) if tries > 0 => tries -= 1,
            row => return row,
        }
    }
}

/// A record that is not there or cannot be used is one answer of several. Any other error is one of
/// the whole.
fn miss<T>(read: Result<Option<T>, SqlError>) -> Result<Found<T>, SqlError> {
    match read {
        Ok(found) => Ok(found.ok_or(Miss::Unknown)),
        Err(SqlError::Unusable(record)) => {
            log::unusable(&record);
            Ok(Err(Miss::Unusable))
        }
        Err(error) => Err(error),
    }
}
