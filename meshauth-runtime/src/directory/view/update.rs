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
    /// The group's parent, or that it is gone.
    pub(super) groups: BTreeMap<GroupName, Option<Parent>>,
    pub(super) entities: BTreeMap<EntityName, Option<Entity>>,
    pub(super) clients: BTreeMap<ClientName, Option<Client>>,
}

/// None for a root.
pub(super) type Parent = Option<GroupName>;

impl Update {
    /// Nothing changed, so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The group is there, below this one (`owner`): none for a root.
    pub fn put_group(&mut self, name: GroupName, owner: Option<GroupName>) {
        self.groups.insert(name, Some(owner));
    }

    /// The group is gone.
    pub fn remove_group(&mut self, name: GroupName) {
        self.groups.insert(name, None);
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

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.entities.is_empty() && self.clients.is_empty()
    }

    /// How many groups, entities and clients it is of.
    #[cfg(feature = "json")]
    pub(crate) fn counts(&self) -> [usize; 3] {
        [self.groups.len(), self.entities.len(), self.clients.len()]
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
        Self {
            groups: changes(groups(before), groups(after)),
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
