//! The floor on which the directories and their administration stand: one store over both
//! databases.

mod changes;
mod failure;
mod let_in;
mod listener;
mod lookups;
mod open;
mod paths;
mod position;
mod records;
mod schema;
mod session;
mod snapshot;
mod source;
mod statement;
mod text;
mod uses;

use std::fmt;

use meshauth_runtime::Collections;

pub(crate) use self::{
    changes::{Changes, ChangesSince},
    lookups::{Found, Wanted},
    open::Connections,
    paths::{Path, PathsSince},
    position::Position,
    session::{Row, Session},
    snapshot::Snapshot,
    source::Source,
    statement::{Arg, Statement as Sql},
    text::{Rounding, client_text, entity_text, micros, rfc3339, state_word, time, verification},
    uses::{HOUR, hex},
};
use crate::error::SqlError;

/// A database that holds a directory. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Store {
    pool: Pool,
    collections: Collections,
}

#[derive(Clone)]
pub(crate) enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

#[cfg(feature = "postgres")]
const IN_RECOVERY: Sql =
    Sql::shared("SELECT CASE WHEN pg_is_in_recovery() THEN 1::bigint ELSE 0 END");

impl Store {
    /// A database that a service has opened.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_sqlite(pool: sqlx::SqlitePool) -> Self {
        Self::new(Pool::Sqlite(pool))
    }

    /// A database that a service has opened.
    #[cfg(feature = "postgres")]
    pub(crate) fn of_postgres(pool: sqlx::PgPool) -> Self {
        Self::new(Pool::Postgres(pool))
    }

    fn new(pool: Pool) -> Self {
        Self { pool, collections: Collections::new() }
    }

    /// The same, with names of entities and clients read in these collections.
    pub(crate) fn with_collections(self, collections: Collections) -> Self {
        Self { collections, ..self }
    }

    /// A transaction that sees one moment of the database, and writes nothing. A standby is no
    /// proof of what is true now, so it is refused.
    pub(crate) async fn read(&self) -> Result<Session, SqlError> {
        match &self.pool {
            // Its moment is that of the first statement.
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Ok(Session::Sqlite(pool.begin_with("BEGIN DEFERRED").await?)),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let mut session = Session::Postgres(pool.begin_with(BEGIN).await?);
                let recovering = session.one(&IN_RECOVERY, &[], |row| row.number(0)).await?;
                if recovering == Some(0) { Ok(session) } else { Err(SqlError::Standby) }
            }
        }
    }

    /// A transaction that writes.
    pub(crate) async fn write(&self) -> Result<Session, SqlError> {
        match &self.pool {
            // It waits for the other writer here, and not in the middle.
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Ok(Session::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
                Ok(Session::Postgres(pool.begin_with(BEGIN).await?))
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Closes all connections, and waits until they are closed.
    pub(crate) async fn close(&self) {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => pool.close().await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

/// An address may hold a password, so it is not shown.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => "Store(SQLite)",
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}
