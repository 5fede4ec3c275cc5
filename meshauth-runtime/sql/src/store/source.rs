//! Where a database is, for as often as it has to be opened.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use meshauth_runtime::Collections;

use super::{Store, listener::Listener};
use crate::error::SqlError;

/// Where a database is, and in which collections names are read.
#[derive(Clone)]
pub(crate) struct Source {
    place: Place,
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
        Self { place: Place::File(path), collections }
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn server(url: String, collections: Collections) -> Self {
        Self { place: Place::Server(url), collections }
    }

    pub(crate) async fn open(&self) -> Result<Store, SqlError> {
        let store = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(path) => Store::open_sqlite(path).await?,
            #[cfg(feature = "postgres")]
            Place::Server(url) => Store::connect_postgres(url).await?,
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
