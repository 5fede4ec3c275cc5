//! How a database is opened.

use std::time::Duration;
#[cfg(feature = "sqlite")]
use std::{path::Path, time::Instant};

use sqlx::ConnectOptions as _;

use super::{Pool, Store};
use crate::error::SqlError;

/// How long a statement of SQLite waits for another writer, and anyone for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to open a file that is locked.
#[cfg(feature = "sqlite")]
const PAUSE: Duration = Duration::from_millis(10);
/// Statements are few and short: more connections would only wait for one another.
const MAX_CONNECTIONS: u32 = 4;

#[cfg(feature = "sqlite")]
impl Store {
    /// The database in this file, which is made if there is none.
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, SqlError> {
        use sqlx::sqlite::{
            SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
        };

        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            // Readers and a writer do not wait for one another.
            .journal_mode(SqliteJournalMode::Wal)
            // A change that was acknowledged survives a power failure.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            // Large answers come from a thread of their own, in batches.
            .row_buffer_size(1024)
            .disable_statement_logging();
        let pool =
            SqlitePoolOptions::new().max_connections(MAX_CONNECTIONS).acquire_timeout(PATIENCE);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match pool.clone().connect_with(options.clone()).await.map_err(SqlError::from) {
                // Of those that turn a new file to WAL at once, all but one are told that it is
                // locked, and SQLite does not let them wait.
                Err(SqlError::Conflict) if Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                pool => return Ok(Self::new(Pool::Sqlite(pool?))),
            }
        }
    }
}

#[cfg(feature = "postgres")]
impl Store {
    /// The database at this address (`postgres://user:password@host/database`).
    pub(crate) async fn connect_postgres(url: &str) -> Result<Self, SqlError> {
        use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options.application_name("meshauth").disable_statement_logging())
            .await?;
        Ok(Self::new(Pool::Postgres(pool)))
    }
}
