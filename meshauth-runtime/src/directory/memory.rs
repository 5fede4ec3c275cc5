//! A directory in memory: built whole from one consistent world, or not at all.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    sync::Arc,
};

use foldhash::fast::RandomState;

use super::{Directory, Lookup, Record};
use crate::{
    entity::{ApiUser, Client},
    group::{Group, MAX_OWNERS},
    key::KeyDigest,
    name::GroupName,
};

type Map<K, V> = HashMap<K, V, RandomState>;
type Set<K> = HashSet<K, RandomState>;

/// A group of a [`World`]: its place follows from its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupEntry {
    /// Its name.
    pub name: GroupName,
    /// Its parent; none for a root.
    pub owner: Option<GroupName>,
}

/// All that a [`MemoryDirectory`] holds, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    /// The groups, in any order.
    pub groups: Vec<GroupEntry>,
    /// The API users.
    pub api_users: Vec<ApiUser>,
    /// The clients: at most one for each group.
    pub clients: Vec<Client>,
}

/// A directory in memory. It does not change: a new world is a new directory.
///
/// ```
/// use meshauth_runtime::{GroupName, MemoryDirectory, directory::{GroupEntry, World}};
///
/// let [root, desk] = [1, 2].map(GroupName::from_ulid);
/// let groups = vec![
///     GroupEntry { name: root, owner: None },
///     GroupEntry { name: desk, owner: Some(root) },
/// ];
/// let directory = MemoryDirectory::new(World { groups, ..World::default() })?;
/// # Ok::<(), meshauth_runtime::directory::WorldError>(())
/// ```
#[derive(Debug)]
pub struct MemoryDirectory {
    api_users: Map<KeyDigest, Arc<ApiUser>>,
    groups: Map<GroupName, Place>,
}

/// A group, with the client that API users owned by it act for.
#[derive(Debug)]
struct Place {
    group: Arc<Group>,
    client: Option<Client>,
}

impl MemoryDirectory {
    /// A directory of this world.
    ///
    /// # Errors
    /// The first fault of the world, with its place: a cycle, an unknown parent, an owner or grant
    /// in an unknown group, a name or key that stands twice, two clients of one group, a group with
    /// more than [`MAX_OWNERS`] above it.
    pub fn new(world: World) -> Result<Self, WorldError> {
        let parents = parents(&world.groups)?;
        let known = |name: GroupName| parents.contains_key(&name);

        let clients = owned_clients(world.clients, known)?;
        let mut groups = Map::with_capacity_and_hasher(world.groups.len(), RandomState::default());
        for (index, entry) in world.groups.iter().enumerate() {
            let group = place(*entry, &parents)
                .map_err(|fault| WorldError::new(format!("groups[{index}].owner"), fault))?;
            let client = nearest(&group, &clients);
            groups.insert(entry.name, Place { group: Arc::new(group), client });
        }
        Ok(Self { api_users: by_key(world.api_users, known)?, groups })
    }
}

/// The parent of each group. Refuses names that stand twice, and unknown parents.
fn parents(groups: &[GroupEntry]) -> Result<Map<GroupName, Option<GroupName>>, WorldError> {
    let mut parents = Map::with_capacity_and_hasher(groups.len(), RandomState::default());
    for (index, entry) in groups.iter().enumerate() {
        // A root may be written as its own owner.
        let parent = entry.owner.filter(|owner| *owner != entry.name);
        unique(&mut parents, entry.name, parent, || format!("groups[{index}].name"))?;
    }
    for (index, entry) in groups.iter().enumerate() {
        if let Some(owner) = entry.owner
            && !parents.contains_key(&owner)
        {
            return Err(WorldError::new(
                format!("groups[{index}].owner"),
                WorldFault::UnknownGroup(owner),
            ));
        }
    }
    Ok(parents)
}

/// Walks up from the group. In a world without unknown parents, a walk that is too long has met a
/// cycle or is too deep.
fn place(
    entry: GroupEntry,
    parents: &Map<GroupName, Option<GroupName>>,
) -> Result<Group, WorldFault> {
    let parent_of = |name: GroupName| parents.get(&name).copied().flatten();
    let mut owners = Vec::new();
    let mut above = parent_of(entry.name);
    while let Some(name) = above {
        if name == entry.name || owners.contains(&name) {
            return Err(WorldFault::Cycle(name));
        }
        if owners.len() == MAX_OWNERS {
            return Err(WorldFault::TooDeep);
        }
        owners.push(name);
        above = parent_of(name);
    }
    owners.reverse();
    // The walk has ruled out what a group can be refused for.
    Group::new(entry.name, owners.last().copied(), &owners).map_err(|_| WorldFault::TooDeep)
}

fn owned_clients(
    clients: Vec<Client>,
    known: impl Fn(GroupName) -> bool,
) -> Result<Map<GroupName, Client>, WorldError> {
    let mut names = Set::default();
    let mut owned = Map::default();
    for (index, client) in clients.into_iter().enumerate() {
        let at = |field: &str| format!("clients[{index}].{field}");
        if !names.insert(client.name) {
            return Err(WorldError::new(at("name"), WorldFault::Twice));
        }
        if !known(client.owner) {
            return Err(WorldError::new(at("owner"), WorldFault::UnknownGroup(client.owner)));
        }
        unique(&mut owned, client.owner, client, || at("owner"))?;
    }
    Ok(owned)
}

/// The client owned by the nearest group, walking up from the group itself.
fn nearest(group: &Group, clients: &Map<GroupName, Client>) -> Option<Client> {
    group.hierarchy().iter().rev().find_map(|above| clients.get(above).copied())
}

fn by_key(
    api_users: Vec<ApiUser>,
    known: impl Fn(GroupName) -> bool,
) -> Result<Map<KeyDigest, Arc<ApiUser>>, WorldError> {
    let mut names = Set::default();
    let mut users = Map::default();
    for (index, user) in api_users.into_iter().enumerate() {
        let at = |field: &str| format!("api_users[{index}].{field}");
        if !names.insert(user.name) {
            return Err(WorldError::new(at("name"), WorldFault::Twice));
        }
        if !known(user.owner) {
            return Err(WorldError::new(at("owner"), WorldFault::UnknownGroup(user.owner)));
        }
        if let Some(grant) = user.grants.iter().find(|grant| !known(grant.group())) {
            return Err(WorldError::new(at("roles"), WorldFault::UnknownGroup(grant.group())));
        }
        unique(&mut users, user.key, Arc::new(user), || at("key_sha256"))?;
    }
    Ok(users)
}

fn unique<K: Eq + Hash, V>(
    map: &mut Map<K, V>,
    key: K,
    value: V,
    path: impl FnOnce() -> String,
) -> Result<(), WorldError> {
    match map.insert(key, value) {
        None => Ok(()),
        Some(_) => Err(WorldError::new(path(), WorldFault::Twice)),
    }
}

impl Directory for MemoryDirectory {
    fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>> {
        found(self.api_users.get(key))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        found(self.groups.get(&name).map(|place| &place.group))
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        found(self.groups.get(&home.name()).and_then(|place| place.client.as_ref()))
    }
}

fn found<'a, T: Clone>(record: Option<&T>) -> Lookup<'a, T> {
    Lookup::now(Ok(record.map_or(Record::Unknown, |record| Record::Found(record.clone()))))
}

/// A world that is refused, and where: nothing of it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldError {
    path: String,
    fault: WorldFault,
}

impl WorldError {
    pub(super) fn new(path: String, fault: WorldFault) -> Self {
        Self { path, fault }
    }

    /// The place of the fault, such as `groups[3].owner`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn fault(&self) -> &WorldFault {
        &self.fault
    }
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.fault)
    }
}

impl std::error::Error for WorldError {}

/// What is wrong with a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldFault {
    /// The same name, key or owner of a client stands before.
    Twice,
    /// No group has this name.
    UnknownGroup(GroupName),
    /// Walking up from here comes back to this group.
    Cycle(GroupName),
    /// There are more than [`MAX_OWNERS`] groups above.
    TooDeep,
}

impl fmt::Display for WorldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice => f.write_str("stands twice, remove one of the two"),
            Self::UnknownGroup(name) => {
                write!(f, "{name} is not among the groups, add it or name another")
            }
            Self::Cycle(name) => {
                write!(f, "the owners form a cycle through {name}, a root has no owner")
            }
            Self::TooDeep => write!(f, "there are more than {MAX_OWNERS} groups above"),
        }
    }
}
