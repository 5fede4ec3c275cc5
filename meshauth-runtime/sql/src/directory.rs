//! The directories that an authoriser is given.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::Arc;

use meshauth_runtime::{
    Client, Collections, Credential, Directory, Entity, Group, GroupName, Lookup,
    directory::{LastUses, LiveView},
};

use crate::{
    direct::DirectDirectoryBuilder,
    error::SqlError,
    paths::{GroupPaths, ServiceDatabase},
    replica::Replica,
    store::Source,
};

/// A directory in a file of SQLite, for services on one machine. Every process has a copy in memory
/// that follows the file: a change is felt within some tens of milliseconds, and at the latest within
/// the bound of a decision's age.
///
/// ```no_run
/// use meshauth_runtime::Authoriser;
/// use meshauth_sql::SqliteDirectory;
///
/// # async fn start() -> Result<(), meshauth_sql::SqlError> {
/// let authoriser = Authoriser::new(SqliteDirectory::open("mesh.db").await?);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "sqlite")]
#[derive(Debug)]
pub struct SqliteDirectory(Replica);

#[cfg(feature = "sqlite")]
impl SqliteDirectory {
    /// Reads the directory in this file, and follows it from then on. A file that is not there is
    /// made, and an older one is migrated.
    ///
    /// # Errors
    /// A file that cannot be used, or holds something else; a record that cannot be used.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SqlError> {
        Self::open_in(Collections::new(), path).await
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`SqliteDirectory::open`].
    pub async fn open_in(
        collections: Collections,
        path: impl AsRef<Path>,
    ) -> Result<Self, SqlError> {
        let source = Source::file(path.as_ref().to_owned(), collections);
        migrate(&source).await?;
        Replica::start(source).await.map(Self)
    }

    /// A directory without a copy in memory: each decision is one statement on this file, which is
    /// made or migrated as by [`SqliteDirectory::open`].
    pub fn direct(path: impl AsRef<Path>) -> DirectDirectoryBuilder {
        DirectDirectoryBuilder::new(Source::file(path.as_ref().to_owned(), Collections::new()))
    }
}

pub(crate) async fn migrate(source: &Source) -> Result<(), SqlError> {
    let store = source.open().await?;
    let migrated = store.migrate().await;
    store.close().await;
    migrated
}

/// A directory in PostgreSQL, for a fleet of services. Every process has a copy in memory that
/// follows the database: a change is felt within some tens of milliseconds, and at the latest within
/// the bound of a decision's age.
///
/// The address is of the primary: a standby may lack the last changes, and is refused. It takes two
/// connections, one of which waits to be told of changes. That one may not go through a pooler that
/// hands out connections for single transactions; if it does, changes are felt within a second.
///
/// ```no_run
/// use meshauth_runtime::Authoriser;
/// use meshauth_sql::PostgresDirectory;
///
/// # async fn start(url: &str) -> Result<(), meshauth_sql::SqlError> {
/// // Once for each version, by whoever owns the tables.
/// PostgresDirectory::migrate(url).await?;
/// let authoriser = Authoriser::new(PostgresDirectory::connect(url).await?);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "postgres")]
#[derive(Debug)]
pub struct PostgresDirectory(Replica);

#[cfg(feature = "postgres")]
impl PostgresDirectory {
    /// Makes the tables at this address, or brings them up to this version. Programs of the version
    /// before go on working, so a fleet is updated one by one. It is run once for a version, by whoever
    /// owns the tables; [`POSTGRES_ROLES`](crate::POSTGRES_ROLES) has the rights of all others.
    ///
    /// # Errors
    /// A database that cannot be reached or takes no changes, tables that are not those of this
    /// package, a login that may not make tables. Each migration is made as a whole, or not at all.
    pub async fn migrate(url: &str) -> Result<(), SqlError> {
        migrate(&Source::server(url.to_owned(), Collections::new())).await
    }

    /// Reads the directory at this address (`postgres://user:password@host/database`), and follows
    /// it from then on. It changes nothing there.
    ///
    /// # Errors
    /// A database that cannot be reached, is a standby, or has no tables of meshauth that this
    /// version can use; a record that cannot be used.
    pub async fn connect(url: &str) -> Result<Self, SqlError> {
        Self::connect_in(Collections::new(), url).await
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`PostgresDirectory::connect`].
    pub async fn connect_in(collections: Collections, url: &str) -> Result<Self, SqlError> {
        Replica::start(Source::server(url.to_owned(), collections)).await.map(Self)
    }

    /// A directory without a copy in memory: each decision is one statement on the primary at this
    /// address.
    pub fn direct(url: &str) -> DirectDirectoryBuilder {
        DirectDirectoryBuilder::new(Source::server(url.to_owned(), Collections::new()))
    }
}

/// Both answer by their copy.
macro_rules! directory {
    ($name:ident, $feature:literal) => {
        #[cfg(feature = $feature)]
        impl $name {
            /// Keeps the paths of groups in a service's own database in step with this directory, for
            /// statements that are narrowed there ([`ScopedQuery`](crate::ScopedQuery)). The tables
            /// are made by the service's own migrations.
            ///
            /// # Errors
            /// Either database cannot be reached, or the tables are not there.
            pub async fn keep_paths(
                &self,
                database: impl Into<ServiceDatabase>,
            ) -> Result<GroupPaths, SqlError> {
                GroupPaths::keep(self.0.source().clone(), database.into()).await
            }
        }

        #[cfg(feature = $feature)]
        impl Directory for $name {
            /// The record has the one credential that was asked for.
            fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
                self.0.view().entity(credential)
            }

            fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
                self.0.view().group(name)
            }

            fn client(&self, home: &Group) -> Lookup<'_, Client> {
                self.0.view().client(home)
            }

            fn view(&self) -> Option<&LiveView> {
                Some(self.0.view())
            }

            /// They are written down every ten seconds, where the login may do so.
            fn last_uses(&self) -> Option<&LastUses> {
                Some(self.0.uses())
            }
        }
    };
}

directory!(SqliteDirectory, "sqlite");
directory!(PostgresDirectory, "postgres");
