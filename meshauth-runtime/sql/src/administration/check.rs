//! Whether a directory is whole: what its constraints and triggers keep, looked at again.

use std::fmt;

use meshauth_runtime::{View, WorldError};

use super::Administration;
use crate::{
    error::{SqlError, UnusableRecord},
    store::{Position, Sql},
};

/// What is wrong with a directory. Its constraints and triggers prevent all of it, so somebody has gone
/// past them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryFault {
    /// A record cannot be used.
    Unusable(UnusableRecord),
    /// The records contradict each other.
    Inconsistent(WorldError),
    /// So many rows of `meshauth_group_paths` are not what the owners of the groups say.
    Paths(u64),
    /// So many changes are in the log without a position, or past the last one: no process feels them.
    Log(u64),
}

impl fmt::Display for DirectoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable(record) => record.fmt(f),
            Self::Inconsistent(error) => {
                write!(f, "the records of the database contradict each other: {error}")
            }
            Self::Paths(rows) => write!(
                f,
                "{rows} rows of meshauth_group_paths are not what the owners of the groups say"
            ),
            Self::Log(rows) => write!(f, "{rows} changes of the log have no place in it"),
        }
    }
}

// A cycle ends at a depth that no group may have.
const PATHS: Sql = Sql::shared(
    "WITH RECURSIVE path(above, below, depth) AS (\
       SELECT name, name, 0 FROM meshauth_groups \
       UNION ALL SELECT up.owner, path.below, path.depth + 1 \
       FROM path JOIN meshauth_groups AS up ON up.name = path.above \
       WHERE up.owner IS NOT NULL AND path.depth <= 64) \
     SELECT (SELECT count(*) FROM (SELECT above, below, depth FROM path \
         EXCEPT SELECT above, below, depth FROM meshauth_group_paths) AS missing) \
       + (SELECT count(*) FROM (SELECT above, below, depth FROM meshauth_group_paths \
         EXCEPT SELECT above, below, depth FROM path) AS extra)",
);
const LOG: Sql = Sql::shared(
    "SELECT count(*) FROM meshauth_changes WHERE position IS NULL \
     OR position > (SELECT position FROM meshauth_position)",
);

impl Administration {
    /// Forgets all but the last changes of the log, and says how many rows that were. A process that is
    /// behind by more than what is kept reads the whole directory again, so keep what a fleet may miss
    /// while it is restarted: some thousands cost nothing. The records of who changed what stay.
    ///
    /// # Errors
    /// A database that cannot be reached, or a login that does not own the log.
    pub async fn prune_log(&self, keep: u32) -> Result<u64, SqlError> {
        let mut session = self.store.read().await?;
        let last = session.position().await?;
        session.commit().await?;
        let first_kept = last.number().saturating_sub(i64::from(keep)).saturating_add(1);
        self.store.prune_log(&Position::new(first_kept, String::new())).await
    }

    /// Looks for what the tables should make impossible, at one moment. Nothing is changed.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn check(&self) -> Result<Vec<DirectoryFault>, SqlError> {
        let mut faults = Vec::new();
        match self.store.snapshot().await {
            Ok(snapshot) => {
                faults.extend(View::new(&snapshot.world).err().map(DirectoryFault::Inconsistent));
            }
            Err(SqlError::Unusable(record)) => faults.push(DirectoryFault::Unusable(record)),
            Err(error) => return Err(error),
        }
        let mut session = self.store.read().await?;
        let counts = [(&PATHS, DirectoryFault::Paths as fn(u64) -> _), (&LOG, DirectoryFault::Log)];
        for (query, fault) in counts {
            let rows = session.one(query, &[], |row| row.number(0)).await?.unwrap_or_default();
            faults.extend(u64::try_from(rows).ok().filter(|rows| *rows > 0).map(fault));
        }
        session.commit().await?;
        Ok(faults)
    }
}
