//! The rows in a file of SQLite, beside the directory.

// A service has one database, and needs no `path`: `sql.rs` is there once for each of the two.
#[path = "sql.rs"]
mod sql;

use std::{path::Path, time::Duration};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};

pub(crate) use self::sql::SqlStore;

type Database = sqlx::Sqlite;

const TABLE_NAMES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' \
    AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// The store in this file, which the directory has made.
pub(crate) async fn open(path: &Path) -> Result<SqlStore, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        // As the directory has it: readers and a writer do not wait for one another.
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(5));
    Ok(SqlStore::new(SqlitePool::connect_with(options).await?))
}
