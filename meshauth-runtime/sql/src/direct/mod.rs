//! A directory that asks its database for each decision.

mod announcer;
mod builder;

use std::{fmt, sync::Arc, time::SystemTime};

use meshauth_runtime::{
    Client, Credential, Directory, Entity, Group, GroupName, Lookup, Miss, Revocations,
    directory::{LastUses, RecordQuery, RecordSet},
};
use tokio::task::JoinSet;

pub use self::builder::DirectDirectoryBuilder;
use crate::{
    error::SqlError,
    replica::{PATIENCE, within},
    store::{Found, Store, Wanted},
};

/// A directory without a copy in memory: each decision is one statement, in one round trip to its
/// database.
///
/// Choose it for a directory that does not fit into the memory of each service, or for services that
/// start often: it reads nothing at the start. Every decision then costs a round trip, the database
/// carries the load of all calls, and no call is decided while it is out of reach. In all other cases
/// choose a copy, [`SqliteDirectory::open`](crate::SqliteDirectory::open) or
/// [`PostgresDirectory::connect`](crate::PostgresDirectory::connect).
///
/// A decision holds what the database holds at that moment. A call with an unknown or expired key, or
/// of an inactive entity, reads no group. An error of the database, a standby, tables that this
/// version cannot use, and a database that does not answer within three seconds (or within the
/// [deadline](meshauth_runtime::AuthoriserBuilder::deadline) of the authoriser) are
/// `DIRECTORY_UNAVAILABLE`. The directory goes on by itself when the database is back.
///
/// Open streams are decided again when the log of changes names their entity or group, which takes
/// some tens of milliseconds, and otherwise within the bound of a decision's age. To be told of
/// changes takes one more connection, and one short transaction each second.
///
/// ```no_run
/// use meshauth_runtime::Authoriser;
/// use meshauth_sql::PostgresDirectory;
///
/// # async fn start(url: &str) -> Result<(), meshauth_sql::SqlError> {
/// let directory = PostgresDirectory::direct(url).max_connections(16).connect().await?;
/// let authoriser = Authoriser::new(directory);
/// # Ok(())
/// # }
/// ```
pub struct DirectDirectory {
    store: Store,
    revocations: Revocations,
    uses: LastUses,
    /// They end when this is dropped.
    _tasks: JoinSet<()>,
}

impl DirectDirectory {
    /// The same with another database.
    #[cfg(all(test, feature = "postgres"))]
    pub(crate) fn with_store(self, store: Store) -> Self {
        Self { store, ..self }
    }

    async fn select<T>(
        &self,
        answer: impl Future<Output = Result<Found<T>, SqlError>>,
    ) -> Result<T, Miss> {
        within(PATIENCE, answer).await.map_err(Miss::unavailable)?
    }
}

impl Directory for DirectDirectory {
    /// The record has the one credential that was asked for.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        match *credential {
            Credential::ApiKey(digest) => Lookup::later(self.select(self.store.entity(digest))),
            _ => Lookup::now(Err(Miss::Unknown)),
        }
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::later(self.select(self.store.group(name)))
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        let hierarchy = home.hierarchy().iter().map(ToString::to_string).collect();
        Lookup::later(self.select(self.store.client(hierarchy)))
    }

    fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
        let Credential::ApiKey(digest) = *query.credential() else {
            return Lookup::now(Err(Miss::Unknown));
        };
        let (group, client) = (query.group(), query.needs_client());
        let wanted = Wanted { digest, group, client, now: SystemTime::now() };
        Lookup::later(self.select(async move { self.store.records(&wanted).await.map(Ok) }))
    }

    fn revocations(&self) -> Option<Revocations> {
        Some(self.revocations.clone())
    }

    /// They are written down every ten seconds, where the login may do so.
    fn last_uses(&self) -> Option<&LastUses> {
        Some(&self.uses)
    }
}

impl fmt::Debug for DirectDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectDirectory").field("store", &self.store).finish_non_exhaustive()
    }
}
