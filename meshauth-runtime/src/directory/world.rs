//! All that a directory in memory holds, as it is written down; and what is wrong with it.

use std::fmt;

use crate::{
    names::{Collections, GroupName, ParseNameError},
    records::{Client, Entity, MAX_OWNERS},
};

/// All that a [`MemoryDirectory`](super::MemoryDirectory) holds, in any order. It is checked as a
/// whole when a directory is made of it.
///
/// ```
/// use meshauth_runtime::{Entity, EntityName, GroupName, MemoryDirectory, World};
///
/// let [root, desk] = [1, 2].map(GroupName::from_ulid);
/// let mut world = World::new();
/// world.add_group(root, None);
/// world.add_group(desk, Some(root));
/// world.add_entity(Entity::new(EntityName::api_user(1), desk));
/// let directory = MemoryDirectory::new(world)?;
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    collections: Collections,
    groups: Vec<(GroupName, Option<GroupName>)>,
    entities: Vec<Entity>,
    clients: Vec<Client>,
}

impl World {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with names of entities and clients written in these collections.
    #[must_use]
    pub fn with_collections(self, collections: Collections) -> Self {
        Self { collections, ..self }
    }

    /// Adds a group, whose place follows from its parent (`owner`): none for a root.
    pub fn add_group(&mut self, name: GroupName, owner: Option<GroupName>) {
        self.groups.push((name, owner));
    }

    /// Adds an API user or a user.
    pub fn add_entity(&mut self, entity: Entity) {
        self.entities.push(entity);
    }

    /// Adds a client: at most one for each group.
    pub fn add_client(&mut self, client: Client) {
        self.clients.push(client);
    }

    /// How names of entities and clients are written.
    #[must_use]
    pub const fn collections(&self) -> Collections {
        self.collections
    }

    /// The groups, each with its parent.
    #[must_use]
    pub fn groups(&self) -> &[(GroupName, Option<GroupName>)] {
        &self.groups
    }

    /// The API users and users.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The same, to be changed.
    pub fn entities_mut(&mut self) -> &mut [Entity] {
        &mut self.entities
    }

    /// The clients.
    #[must_use]
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// The same, to be changed.
    pub fn clients_mut(&mut self) -> &mut [Client] {
        &mut self.clients
    }
}

/// A world that is refused, and where: nothing of it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {fault}")]
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

/// What is wrong with a world.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorldFault {
    /// The same name, credential or owner of a client is there before.
    Duplicate,
    /// No group has this name.
    UnknownGroup(GroupName),
    /// Walking up from here comes back to this group.
    Cycle(GroupName),
    /// There are more than [`MAX_OWNERS`] groups above.
    TooDeep,
    /// This is not a name of its collection.
    Name(ParseNameError),
    /// The credential ends before it begins.
    NeverValid,
    /// It is larger than a directory in memory can be.
    TooLarge,
    /// A time that a directory file cannot write.
    OutOfRange,
}

impl fmt::Display for WorldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate => f.write_str("is there twice, remove one of the two"),
            Self::UnknownGroup(name) => {
                write!(f, "{name} is not among the groups, add it or name another")
            }
            Self::Cycle(name) => {
                write!(f, "the owners form a cycle through {name}, a root has no owner")
            }
            Self::TooDeep => write!(f, "there are more than {MAX_OWNERS} groups above"),
            Self::Name(error) => error.fmt(f),
            Self::NeverValid => f.write_str("is never valid, it ends before it begins"),
            Self::OutOfRange => f.write_str("is a time past the year 9999"),
            Self::TooLarge => {
                f.write_str("there are more of these than a directory in memory can hold")
            }
        }
    }
}
