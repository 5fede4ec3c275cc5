//! A directory in memory: built whole from one consistent world, or not at all.

use std::sync::Arc;

use super::{
    Directory,
    live::LiveView,
    lookup::Lookup,
    view::View,
    world::{World, WorldError},
};
use crate::{
    credential::Credential,
    names::GroupName,
    records::{Client, Entity, Group},
};

/// A directory in memory. It does not change: a new world is a new directory.
///
/// ```
/// use meshauth_runtime::{GroupName, MemoryDirectory, World};
///
/// let [root, desk] = [1, 2].map(GroupName::from_ulid);
/// let mut world = World::new();
/// world.add_group(root, None);
/// world.add_group(desk, Some(root));
/// let directory = MemoryDirectory::new(world)?;
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[derive(Debug)]
pub struct MemoryDirectory(LiveView);

impl MemoryDirectory {
    /// A directory of this world.
    ///
    /// # Errors
    /// As [`View::new`]: the first fault of the world, with its place.
    #[expect(clippy::needless_pass_by_value, reason = "the directory takes the place of its world")]
    pub fn new(world: World) -> Result<Self, WorldError> {
        View::new(&world).map(|view| Self(LiveView::fixed(view)))
    }
}

impl Directory for MemoryDirectory {
    /// The record has the one credential that was asked for.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.0.entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.0.group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.0.client(home)
    }

    fn view(&self) -> Option<&LiveView> {
        Some(&self.0)
    }
}
