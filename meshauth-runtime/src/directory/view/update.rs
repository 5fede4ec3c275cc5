//! What changed in a directory.

use std::collections::BTreeMap;

use crate::{
    directory::world::World,
    names::{ClientName, EntityName, GroupName},
    records::{Client, Entity},
};

/// What changed in a directory, as the records that are there now and the names of those that are
/// gone. In any order: it is applied as a whole, or not at all.
///
/// ```
/// use meshauth_runtime::{Entity, EntityName, GroupName, directory::Update};
///
/// let [root, desk] = [1, 2].map(GroupName::from_ulid);
/// let mut update = Update::new();
/// update.put_group(desk, Some(root));
/// update.put_entity(Entity::new(EntityName::api_user(1), desk));
/// update.remove_entity(EntityName::api_user(2));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    pub(super) groups: BTreeMap<GroupName, GroupChange>,
    pub(super) entities: BTreeMap<EntityName, Option<Entity>>,
    pub(super) clients: BTreeMap<ClientName, Option<Client>>,
}

/// What became of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupChange {
    /// It is a root.
    Root,
    /// It is below this group, its `owner`.
    Below(GroupName),
    /// It is gone.
    Removed,
}

impl GroupChange {
    fn placed(owner: Option<GroupName>) -> Self {
        owner.map_or(Self::Root, Self::Below)
    }
}

impl Update {
    /// Nothing changed, so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The group is there, below this one (`owner`): none for a root.
    pub fn put_group(&mut self, name: GroupName, owner: Option<GroupName>) {
        self.groups.insert(name, GroupChange::placed(owner));
    }

    /// The group is gone.
    pub fn remove_group(&mut self, name: GroupName) {
        self.groups.insert(name, GroupChange::Removed);
    }

    /// This is the entity now.
    pub fn put_entity(&mut self, entity: Entity) {
        self.entities.insert(entity.name(), Some(entity));
    }

    /// The entity is gone.
    pub fn remove_entity(&mut self, name: EntityName) {
        self.entities.insert(name, None);
    }

    /// This is the client now.
    pub fn put_client(&mut self, client: Client) {
        self.clients.insert(client.name(), Some(client));
    }

    /// The client is gone.
    pub fn remove_client(&mut self, name: ClientName) {
        self.clients.insert(name, None);
    }

    /// The groups that changed.
    #[must_use]
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (GroupName, GroupChange)> {
        self.groups.iter().map(|(name, change)| (*name, *change))
    }

    /// The entities that changed; none for one that is gone.
    #[must_use]
    pub fn entities(&self) -> impl ExactSizeIterator<Item = (EntityName, Option<&Entity>)> {
        self.entities.iter().map(|(name, entity)| (*name, entity.as_ref()))
    }

    /// The clients that changed; none for one that is gone.
    #[must_use]
    pub fn clients(&self) -> impl ExactSizeIterator<Item = (ClientName, Option<&Client>)> {
        self.clients.iter().map(|(name, client)| (*name, client.as_ref()))
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.entities.is_empty() && self.clients.is_empty()
    }

    /// What leads from one world to another.
    #[must_use]
    pub fn between(before: &World, after: &World) -> Self {
        let groups = |world: &World| -> BTreeMap<_, _> { world.groups().iter().copied().collect() };
        let entities = |world: &World| -> BTreeMap<_, _> {
            world.entities().iter().map(|entity| (entity.name(), entity.clone())).collect()
        };
        let clients = |world: &World| -> BTreeMap<_, _> {
            world.clients().iter().map(|client| (client.name(), *client)).collect()
        };
        let placed = |change: Option<_>| change.map_or(GroupChange::Removed, GroupChange::placed);
        let groups = changes(groups(before), groups(after)).into_iter();
        Self {
            groups: groups.map(|(name, change)| (name, placed(change))).collect(),
            entities: changes(entities(before), entities(after)),
            clients: changes(clients(before), clients(after)),
        }
    }
}

fn changes<K: Ord, V: PartialEq>(
    before: BTreeMap<K, V>,
    mut after: BTreeMap<K, V>,
) -> BTreeMap<K, Option<V>> {
    let mut changes = BTreeMap::new();
    for (name, record) in before {
        match after.remove(&name) {
            Some(now) if now == record => {}
            now => {
                changes.insert(name, now);
            }
        }
    }
    changes.extend(after.into_iter().map(|(name, record)| (name, Some(record))));
    changes
}
