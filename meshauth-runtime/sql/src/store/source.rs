//! Where a database is, for as often as it has to be opened.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use meshauth_runtime::Collections;

use super::{Store, listener::Listener, open::Connections};
use crate::error::SqlError;

/// Where a database is, how many connections it is given, and in which collections names are read.
#[derive(Clone)]
pub(crate) struct Source {
    place: Place,
    connections: Connections,
    collections: Collections,
}

#[derive(Clone)]
enum Place {
    #[cfg(feature = "sqlite")]
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Server(String),
}

impl Source {
    #[cfg(feature = "sqlite")]
    pub(crate) fn file(path: PathBuf, collections: Collections) -> Self {
        Self::of(Place::File(path), collections)
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn server(url: String, collections: Collections) -> Self {
        Self::of(Place::Server(url), collections)
    }

    fn of(place: Place, collections: Collections) -> Self {
        Self { place, connections: Connections::FEW, collections }
    }

    /// The same with these connections.
    pub(crate) fn with_connections(self, connections: Connections) -> Self {
        Self { connections, ..self }
    }

    /// The same, with names of entities and clients read in these collections.
    pub(crate) fn with_collections(self, collections: Collections) -> Self {
        Self { collections, ..self }
    }

    /// Whether it is a file, which is made if there is none.
    pub(crate) fn is_file(&self) -> bool {
        match self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => true,
            #[cfg(feature = "postgres")]
            Place::Server(_) => false,
        }
    }

    pub(crate) async fn open(&self) -> Result<Store, SqlError> {
        let store = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(path) => Store::open_sqlite_with(path, self.connections).await?,
            #[cfg(feature = "postgres")]
            Place::Server(url) => Store::connect_postgres_with(url, self.connections).await?,
        };
        Ok(store.with_collections(self.collections))
    }

    /// Waits for changes, on a connection of its own.
    pub(crate) async fn listen(&self) -> Result<Listener, SqlError> {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(path) => Listener::of_file(path).await,
            #[cfg(feature = "postgres")]
            Place::Server(url) => Listener::of_server(url).await,
        }
    }
}

/// An address may hold a password.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => "Source(SQLite)",
            #[cfg(feature = "postgres")]
            Place::Server(_) => "Source(PostgreSQL)",
        })
    }
}
