//! A whole directory at once, from a file and to one.

use std::time::SystemTime;

use meshauth_runtime::{Credential, EntityName, GroupName, View, World};
use serde_json::json;

use super::{Administration, AdministrationError, foundation::record_of_holder};
use crate::{
    change::{Change, NewCredential},
    error::SqlError,
};

impl Administration {
    /// All records at one moment, as [`World::to_json`] writes them.
    ///
    /// # Errors
    /// A database that cannot be read, or a record that cannot be used.
    pub async fn export(&self) -> Result<World, SqlError> {
        Ok(self.store.snapshot().await?.world)
    }

    /// Fills an empty directory. As with [`found`](Self::found), nobody is asked for a right: whoever
    /// holds the password of the database, or the file, does this, and the record says so.
    ///
    /// # Errors
    /// A directory that is not empty; a world that contradicts itself, and where. Nothing of it is
    /// there then.
    pub async fn import(&self, world: &World) -> Result<(), AdministrationError> {
        // What is wrong with it is told by the place in the world, and not by a constraint.
        View::new(world).map_err(SqlError::Inconsistent)?;
        let mut change = self.begin_first_change().await?;
        change.import(world).await?;
        let after = json!({
            "groups": world.groups().len(),
            "entities": world.entities().len(),
            "clients": world.clients().len(),
        });
        change.commit(&record_of_holder("directory.import", &after)).await?;
        Ok(())
    }
}

impl Change {
    async fn import(&mut self, world: &World) -> Result<(), SqlError> {
        for (name, owner) in parents_first(world) {
            self.create_group(name, owner).await?;
        }
        for client in world.clients() {
            self.create_client(client).await?;
        }
        for entity in world.entities() {
            self.create_entity(entity.name(), entity.owner(), entity.state()).await?;
            for (nth, (credential, validity)) in (1..).zip(entity.credentials()) {
                self.import_credential(entity.name(), nth, credential, validity).await?;
            }
            for grant in entity.grants().iter() {
                self.grant(entity.name(), grant).await?;
            }
        }
        Ok(())
    }

    /// A file has no labels: they are numbered.
    async fn import_credential(
        &mut self,
        entity: EntityName,
        nth: usize,
        credential: &Credential,
        validity: meshauth_runtime::Validity,
    ) -> Result<(), SqlError> {
        let Credential::ApiKey(digest) = credential else {
            return Err(SqlError::fault("credential"));
        };
        let label = format!("imported {nth}");
        let created = SystemTime::now();
        self.add_credential(entity, &NewCredential { digest, label: &label, validity, created })
            .await
    }
}

/// A parent has to be there before its child. There is no cycle in a world that makes a view.
fn parents_first(world: &World) -> Vec<(GroupName, Option<GroupName>)> {
    let mut below = std::collections::HashMap::<_, Vec<GroupName>>::new();
    for (name, owner) in world.groups() {
        below.entry(*owner).or_default().push(*name);
    }
    let mut placed = Vec::with_capacity(world.groups().len());
    let mut next = vec![None];
    while let Some(owner) = next.pop() {
        for name in below.remove(&owner).unwrap_or_default() {
            placed.push((name, owner));
            next.push(Some(name));
        }
    }
    placed
}
