//! How a database tells of changes.

#[cfg(feature = "sqlite")]
use std::{path::Path, time::Duration};

#[cfg(feature = "sqlite")]
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::error::SqlError;

/// How often a file is asked whether it was written: it answers from memory that all its connections
/// share.
#[cfg(feature = "sqlite")]
const LOOKS: Duration = Duration::from_millis(20);

/// A connection that is told of changes. PostgreSQL tells by `NOTIFY`, which no pooler of
/// transactions passes on; SQLite counts who else has written.
pub(crate) enum Listener {
    #[cfg(feature = "sqlite")]
    Sqlite { connection: Box<SqliteConnection>, version: i64 },
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgListener>),
}

impl Listener {
    #[cfg(feature = "sqlite")]
    pub(super) async fn of_file(path: &Path) -> Result<Self, SqlError> {
        let options = SqliteConnectOptions::new().filename(path);
        let mut connection = Box::new(SqliteConnection::connect_with(&options).await?);
        let version = data_version(&mut connection).await?;
        Ok(Self::Sqlite { connection, version })
    }

    #[cfg(feature = "postgres")]
    pub(super) async fn of_server(url: &str) -> Result<Self, SqlError> {
        let mut listener = Box::new(sqlx::postgres::PgListener::connect(url).await?);
        listener.listen("meshauth_changes").await?;
        Ok(Self::Postgres(listener))
    }

    /// Waits until there was a change.
    pub(crate) async fn next(&mut self) -> Result<(), SqlError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { connection, version } => loop {
                tokio::time::sleep(LOOKS).await;
                let now = data_version(connection).await?;
                if std::mem::replace(version, now) != now {
                    return Ok(());
                }
            },
            // It connects again by itself; what was told meanwhile is lost, and the poll finds it.
            #[cfg(feature = "postgres")]
            Self::Postgres(listener) => {
                listener.try_recv().await?;
                Ok(())
            }
        }
    }
}

#[cfg(feature = "sqlite")]
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, SqlError> {
    Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await?)
}
