//! How a database is opened.

use std::time::Duration;
#[cfg(feature = "sqlite")]
use std::{path::Path, time::Instant};

use sqlx::ConnectOptions;
#[cfg(feature = "sqlite")]
use sqlx::Connection as _;

use super::{Pool, Store};
use crate::error::SqlError;

/// How long a statement of SQLite waits for another writer, and anyone for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to open a file that is locked.
#[cfg(feature = "sqlite")]
const PAUSE: Duration = Duration::from_millis(10);
/// Which connections a database is opened with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connections {
    max: u32,
    /// Whether each one is tried before each use, which takes a round trip.
    are_tried: bool,
    /// Whether sqlx logs statements. That is too much for a service, and of use to tests.
    are_logged: bool,
}

impl Connections {
    /// Statements are few and short: more connections would only wait for one another.
    pub(crate) const FEW: Self = Self { max: 4, are_tried: true, are_logged: false };

    /// For a statement in each decision.
    pub(crate) const fn direct(max: u32) -> Self {
        Self { max, are_tried: false, are_logged: false }
    }

    #[cfg(test)]
    pub(crate) const fn logged(self) -> Self {
        Self { are_logged: true, ..self }
    }

    fn configure<O: ConnectOptions>(self, options: O) -> O {
        if self.are_logged { options } else { options.disable_statement_logging() }
    }
}

#[cfg(feature = "sqlite")]
impl Store {
    /// The database in this file, which is made if there is none.
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, SqlError> {
        Self::open_sqlite_with(path, Connections::FEW).await
    }

    pub(super) async fn open_sqlite_with(
        path: &Path,
        connections: Connections,
    ) -> Result<Self, SqlError> {
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
            .row_buffer_size(1024);
        let options = connections.configure(options);
        let pool = SqlitePoolOptions::new()
            .max_connections(connections.max)
            .test_before_acquire(connections.are_tried)
            // SQLite ends a transaction by itself when the disk is full, and sqlx would take it for
            // open for ever.
            .before_acquire(|connection, _| {
                let is_usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_usable) })
            })
            .acquire_timeout(PATIENCE);
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
        Self::connect_postgres_with(url, Connections::FEW).await
    }

    pub(super) async fn connect_postgres_with(
        url: &str,
        connections: Connections,
    ) -> Result<Self, SqlError> {
        use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections.max)
            .test_before_acquire(connections.are_tried)
            .acquire_timeout(PATIENCE)
            .connect_with(connections.configure(options.application_name("meshauth")))
            .await?;
        Ok(Self::new(Pool::Postgres(pool)))
    }
}
