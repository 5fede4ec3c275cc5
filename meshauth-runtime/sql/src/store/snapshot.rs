//! The whole of a directory at one moment.

use meshauth_runtime::World;

use super::{Store, position::Position, records::Selection, session::Session};
use crate::error::SqlError;

/// The whole of a directory at one moment, and which moment that was.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) position: Position,
    pub(crate) world: World,
}

impl Store {
    /// All records in one transaction. A standby is refused.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, SqlError> {
        let mut session = self.read().await?;
        session.check_schema().await?;
        let snapshot = self.snapshot_in(&mut session).await?;
        session.commit().await?;
        Ok(snapshot)
    }

    pub(crate) async fn snapshot_in(&self, session: &mut Session) -> Result<Snapshot, SqlError> {
        let position = session.position().await?;
        let mut world = World::new().with_collections(self.collections);
        for (name, owner) in session.groups(&Selection::All).await? {
            world.add_group(name, owner);
        }
        for client in session.clients(&Selection::All, self.collections).await? {
            world.add_client(client);
        }
        for entity in session.entities(&Selection::All, self.collections).await? {
            world.add_entity(entity);
        }
        Ok(Snapshot { position, world })
    }
}
