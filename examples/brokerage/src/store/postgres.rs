//! The rows in PostgreSQL, in the schema of the directory.

// A service has one database, and needs no `path`: `sql.rs` is there once for each of the two.
#[path = "sql.rs"]
#[expect(clippy::duplicate_mod, reason = "the same code for another database")]
mod sql;

use sqlx::PgPool;

pub(crate) use self::sql::SqlStore;

type Database = sqlx::Postgres;

const TABLE_NAMES: &str = "SELECT tablename::text FROM pg_tables \
    WHERE schemaname = current_schema() ORDER BY tablename";

/// The store at this address.
pub(crate) async fn open(address: &str) -> Result<SqlStore, sqlx::Error> {
    Ok(SqlStore::new(PgPool::connect(address).await?))
}
