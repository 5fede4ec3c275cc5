//! Directories of meshauth in SQLite and PostgreSQL.
//!
//! The database holds the truth. Every process reads it as one consistent snapshot and then follows
//! a log of changes, whose positions are in the order in which the changes were committed.
//!
//! - **Directories**: `SqliteDirectory`, `PostgresDirectory`: what an authoriser is given.
//!   `DirectDirectory` asks the database for each decision, with one statement and no copy. Choose it
//!   for a directory that does not fit into the memory of each service, or for services that start
//!   often: every decision then costs a round trip, and none is made while the database is out of
//!   reach.
//! - **The scope in SQL**: `ScopedQuery` narrows a query of `sqlx` to what a call may touch, by the
//!   `OwnerColumn` of an `OwnedTable`; `RowSecurity` and `ScopedPool` have PostgreSQL do so itself;
//!   `GroupPaths` keeps the paths of groups in a service's own database.
//! - **Administration**: `Administration` changes a directory in the name of whoever may, and checks,
//!   fills and writes one as a whole.
#![allow(clippy::doc_markdown, reason = "PostgreSQL and SQLite are names")]

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod administration;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod change;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod direct;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod directory;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod log;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod metrics;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod paths;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod replica;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod scope;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;

#[cfg(test)]
mod tests;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::administration::{
    Actor, Administration, AdministrationError, Agreement, BrokenGlass, DirectoryFault, Founder,
    FourEyes, IssuedKey, KeyCare, Outcome, ParseProposalError, Proposal, ProposalName, StaleKey,
};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::direct::{DirectDirectory, DirectDirectoryBuilder};
#[cfg(feature = "postgres")]
pub use self::directory::PostgresDirectory;
#[cfg(feature = "sqlite")]
pub use self::directory::SqliteDirectory;
pub use self::error::{Outage, Refusal, SchemaError, SqlError, UnusableRecord};
#[cfg(feature = "postgres")]
pub use self::paths::POSTGRES_GROUP_PATHS;
#[cfg(feature = "sqlite")]
pub use self::paths::SQLITE_GROUP_PATHS;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::paths::{GroupPaths, ServiceDatabase};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::scope::{OwnedTable, OwnerColumn, Reach, ScopeColumns, ScopedQuery};
#[cfg(feature = "postgres")]
pub use self::scope::{OwnersArray, RowSecurity, RowSecurityError, ScopedPool};

/// The PostgreSQL roles of readers, services and administrators, as SQL to read and to run by hand.
///
/// Run it as the owner of the tables, with their schema first in the `search_path`. It makes three
/// roles that cannot log in, which you grant to the logins that you use.
#[cfg(feature = "postgres")]
pub const POSTGRES_ROLES: &str = include_str!("../roles/postgres.sql");
