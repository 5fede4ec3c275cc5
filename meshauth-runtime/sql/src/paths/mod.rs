//! The paths of groups in a service's own database, in step with the directory.
//!
//! A service whose tables are in another database than the directory has a copy of the paths beside
//! them, so that the scope is in the same statement there too. One task keeps it: it is told of
//! changes, and asks each second in any case. Of a fleet every process does so; each step is taken once,
//! by whoever is the first, and the others see that it is done.

mod copy;
mod keeper;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use meshauth_runtime::{DEFAULT_DECISION_AGE, Denial};
use tokio::task::JoinSet;

use self::{copy::Copy, keeper::Keeper};
use crate::{
    error::SqlError,
    replica::{Signal, tell_of_changes},
    store::{Source, Store},
};

/// The tables of [`GroupPaths`] in SQLite, for the migrations of a service. They may be made again.
#[cfg(feature = "sqlite")]
pub const SQLITE_GROUP_PATHS: &str = include_str!("../../tables/sqlite_group_paths.sql");

/// The tables of [`GroupPaths`] in PostgreSQL, for the migrations of a service. They may be made again.
/// The login that keeps the copy needs `SELECT, INSERT, UPDATE, DELETE` on both, and one that only asks
/// `SELECT` on `meshauth_group_paths`.
#[cfg(feature = "postgres")]
pub const POSTGRES_GROUP_PATHS: &str = include_str!("../../tables/postgres_group_paths.sql");

/// The paths of groups in a service's own database, kept in step with the directory for as long as this
/// lives. It is what [`ScopedQuery`](crate::ScopedQuery) looks into where the directory is elsewhere.
///
/// ```no_run
/// # #[cfg(all(feature = "sqlite", feature = "postgres"))]
/// # async fn start(url: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use meshauth_sql::{PostgresDirectory, SQLITE_GROUP_PATHS};
///
/// let directory = PostgresDirectory::connect(url).await?;
/// // The service's own database, here another one.
/// let pool = sqlx::SqlitePool::connect("sqlite:orders.db").await?;
/// sqlx::raw_sql(SQLITE_GROUP_PATHS).execute(&pool).await?;
/// let paths = directory.keep_paths(pool).await?;
/// // In each handler, before its statements:
/// paths.check()?;
/// # Ok(())
/// # }
/// ```
///
/// A group that is moved or made is in the copy within some tens of milliseconds. It knows up to when it
/// equalled the directory, as a decision does.
pub struct GroupPaths {
    known: Arc<Mutex<Instant>>,
    _tasks: JoinSet<()>,
}

/// A database of a service, in which the paths are kept.
#[derive(Debug)]
pub struct ServiceDatabase(Store);

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for ServiceDatabase {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self(Store::of_sqlite(pool))
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for ServiceDatabase {
    fn from(pool: sqlx::PgPool) -> Self {
        Self(Store::of_postgres(pool))
    }
}

impl GroupPaths {
    /// Brings the copy to where the directory is, and keeps it there.
    pub(crate) async fn keep(source: Source, database: ServiceDatabase) -> Result<Self, SqlError> {
        let (signal, mut tasks) = (Arc::new(Signal::default()), JoinSet::new());
        tasks.spawn(tell_of_changes(source.clone(), Arc::clone(&signal)));
        let known = Arc::new(Mutex::new(Instant::now()));
        let mut keeper = Keeper::new(source, Copy::of(database.0), signal, Arc::clone(&known));
        keeper.catch_up().await?;
        tasks.spawn(keeper.keep());
        Ok(Self { known, _tasks: tasks })
    }

    /// How long ago the copy was known to equal the directory.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// That the copy is young enough for a statement that rests on it: by the default bound of a
    /// decision's age, which is five seconds.
    ///
    /// # Errors
    /// [`Denial::DirectoryUnavailable`], for the caller.
    pub fn check(&self) -> Result<(), Denial> {
        self.check_within(DEFAULT_DECISION_AGE)
    }

    /// The same by a bound of the service's own.
    ///
    /// # Errors
    /// As [`GroupPaths::check`].
    pub fn check_within(&self, max_age: Duration) -> Result<(), Denial> {
        if self.age() < max_age { Ok(()) } else { Err(Denial::DirectoryUnavailable) }
    }
}

impl fmt::Debug for GroupPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupPaths").field("age", &self.age()).finish_non_exhaustive()
    }
}
