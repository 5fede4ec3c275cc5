//! How a directory that asks for each decision is opened.

use std::sync::Arc;

use meshauth_runtime::{Collections, Revocations, directory::LastUses};
use tokio::task::JoinSet;

use super::{DirectDirectory, announcer::Announcer};
use crate::{
    directory::migrate,
    error::SqlError,
    replica::{EVERY, Signal, tell_of_changes, write_down},
    store::{Connections, Source},
};

/// As many decisions are on their way to the database at once, if nothing else is set.
const MAX_CONNECTIONS: u32 = 8;

/// The settings of a [`DirectDirectory`].
#[derive(Debug, Clone)]
#[must_use = "connect it"]
pub struct DirectDirectoryBuilder {
    source: Source,
}

impl DirectDirectoryBuilder {
    pub(crate) fn new(source: Source) -> Self {
        Self { source: source.with_connections(Connections::direct(MAX_CONNECTIONS)) }
    }

    /// Has sqlx log each statement.
    #[cfg(test)]
    pub(crate) fn logged(self) -> Self {
        let connections = Connections::direct(MAX_CONNECTIONS).logged();
        Self { source: self.source.with_connections(connections) }
    }

    /// How many connections to open at most, by default 8. A decision uses one for the time of its
    /// statement, and waits while all are in use. At least one is opened, and one more is used to be
    /// told of changes.
    pub fn max_connections(self, max: u32) -> Self {
        Self { source: self.source.with_connections(Connections::direct(max.max(1))) }
    }

    /// Reads names of entities and clients in a service's own collections.
    pub fn collections(self, collections: Collections) -> Self {
        Self { source: self.source.with_collections(collections) }
    }

    /// Connects to the database. No record is read.
    ///
    /// # Errors
    /// A database that cannot be reached, is a standby, or has no tables of meshauth that this
    /// version can use.
    pub async fn connect(self) -> Result<DirectDirectory, SqlError> {
        let source = self.source;
        if source.is_file() {
            migrate(&source).await?;
        }
        let store = source.open().await?;
        store.check_schema().await?;
        let (signal, revocations) = (Arc::new(Signal::default()), Revocations::new());
        let announcer =
            Announcer::start(store.clone(), Arc::clone(&signal), revocations.clone()).await?;
        let mut tasks = JoinSet::new();
        let uses = LastUses::new();
        tasks.spawn(write_down(source.clone(), uses.clone(), EVERY));
        tasks.spawn(tell_of_changes(source, signal));
        tasks.spawn(announcer.follow());
        Ok(DirectDirectory { store, revocations, uses, _tasks: tasks })
    }
}
