//! Both databases against the contract of directories.

use meshauth_runtime::{
    Client, Credential, Directory, Entity, EntityName, Group, GroupName, KeyDigest, Lookup, World,
    directory::{GroupChange, LiveView, Update},
};
use meshauth_testing::{DirectoryFixture, assert_directory_holds};

use super::*;
use crate::{
    DirectDirectory,
    change::{Change, NewCredential},
    error::SqlError,
    replica::Replica,
    store::Store,
};

/// A copy as a directory, with nothing around it.
pub(super) struct Copied(Replica);

impl Directory for Copied {
    fn entity(&self, credential: &Credential) -> Lookup<'_, std::sync::Arc<Entity>> {
        self.0.view().entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, std::sync::Arc<Group>> {
        self.0.view().group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.0.view().client(home)
    }

    fn view(&self) -> Option<&LiveView> {
        Some(self.0.view())
    }
}

/// A database of its own for each directory.
pub(super) struct Fixture {
    on_sqlite: bool,
    database: Option<Database>,
}

impl Fixture {
    pub(super) fn like(database: &Database) -> Self {
        Self { on_sqlite: database.is_sqlite(), database: None }
    }

    pub(super) async fn another(&mut self) {
        self.end().await;
        #[cfg(feature = "sqlite")]
        if self.on_sqlite {
            self.database = Some(Database::sqlite().await);
            return;
        }
        #[cfg(feature = "postgres")]
        if !self.on_sqlite {
            self.database = Database::postgres().await;
        }
    }

    pub(super) async fn end(&mut self) {
        #[cfg(feature = "postgres")]
        if let Some(database) = self.database.take().filter(|database| !database.is_sqlite()) {
            database.remove().await;
        }
    }

    pub(super) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// One transaction.
    pub(super) async fn put(&self, before: &World, after: &World) {
        put_world(&self.database().store, before, after).await;
    }
}

impl DirectoryFixture for Fixture {
    type Directory = Copied;

    async fn open(&mut self, world: &World) -> Copied {
        self.another().await;
        self.put(&World::new(), world).await;
        let source = self.database.as_ref().unwrap().source();
        Copied(Replica::start(source).await.unwrap())
    }

    async fn change(&mut self, before: &World, after: &World) -> bool {
        self.put(before, after).await;
        true
    }
}

/// The same without a copy.
struct Direct(Fixture);

impl DirectoryFixture for Direct {
    type Directory = DirectDirectory;

    async fn open(&mut self, world: &World) -> DirectDirectory {
        self.0.another().await;
        self.0.put(&World::new(), world).await;
        self.0.database().direct().connect().await.unwrap()
    }

    async fn change(&mut self, before: &World, after: &World) -> bool {
        self.0.put(before, after).await;
        true
    }
}

on_each_database! {
    a_copy_of_a_database_holds_to_the_contract,
    a_database_that_is_asked_for_each_decision_holds_to_the_contract,
}

async fn a_database_that_is_asked_for_each_decision_holds_to_the_contract(database: &Database) {
    let mut fixture = Direct(Fixture::like(database));
    assert_directory_holds(&mut fixture).await;
    fixture.0.end().await;
}

async fn a_copy_of_a_database_holds_to_the_contract(database: &Database) {
    let mut fixture = Fixture::like(database);
    assert_directory_holds(&mut fixture).await;
    fixture.end().await;
}

/// Makes a database hold one world in place of another, in one transaction.
pub(super) async fn put_world(store: &Store, before: &World, after: &World) {
    let update = Update::between(before, after);
    change(store, async |change| put(change, before, &update).await).await.unwrap();
}

async fn put(change: &mut Change, before: &World, update: &Update) -> Result<(), SqlError> {
    put_groups(change, before, update).await?;
    for (name, client) in update.clients() {
        if before.clients().iter().any(|known| known.name() == name) {
            change.remove_client(name).await?;
        }
        if let Some(client) = client {
            change.put_client(client).await?;
        }
    }
    for (name, entity) in update.entities() {
        let known = before.entities().iter().find(|known| known.name() == name);
        put_entity(change, name, known, entity).await?;
    }
    Ok(())
}

/// A parent has to be there before what is below it.
async fn put_groups(change: &mut Change, before: &World, update: &Update) -> Result<(), SqlError> {
    let mut left: Vec<_> = update.groups().collect();
    let mut known: Vec<GroupName> = before.groups().iter().map(|(name, _)| *name).collect();
    while !left.is_empty() {
        let count = left.len();
        for (name, placed) in std::mem::take(&mut left) {
            let owner = match placed {
                GroupChange::Root => None,
                GroupChange::Below(owner) if known.contains(&owner) => Some(owner),
                _ => {
                    left.push((name, placed));
                    continue;
                }
            };
            if known.contains(&name) {
                change.move_group(name, owner).await?;
            } else {
                change.create_group(name, owner).await?;
                known.push(name);
            }
        }
        assert!(left.len() < count, "the contract takes no group away");
    }
    Ok(())
}

async fn put_entity(
    change: &mut Change,
    name: EntityName,
    known: Option<&Entity>,
    entity: Option<&Entity>,
) -> Result<(), SqlError> {
    let Some(entity) = entity else { panic!("the contract takes no entity away") };
    if known.is_none() {
        change.create_entity(name, entity.owner(), entity.state()).await?;
    }
    change.set_owner(name, entity.owner()).await?;
    change.set_state(name, entity.state()).await?;
    for (credential, _) in known.iter().flat_map(|known| known.credentials()) {
        change.remove_credential(name, &digest(credential)).await?;
    }
    for grant in known.iter().flat_map(|known| known.grants().iter()) {
        change.take_back(name, grant).await?;
    }
    for (credential, validity) in entity.credentials() {
        let digest = digest(credential);
        let created = std::time::UNIX_EPOCH;
        let key = NewCredential { digest: &digest, label: "contract", validity, created };
        change.add_credential(name, &key).await?;
    }
    for grant in entity.grants().iter() {
        change.grant(name, grant).await?;
    }
    Ok(())
}

fn digest(credential: &Credential) -> KeyDigest {
    match credential {
        Credential::ApiKey(digest) => *digest,
        _ => panic!("the contract has keys alone"),
    }
}
