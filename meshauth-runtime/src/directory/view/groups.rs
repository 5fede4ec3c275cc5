//! The groups of a view, by name, each with its path.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::NONE;
use crate::names::GroupName;

/// A group.
#[derive(Debug)]
pub(crate) struct GroupRow {
    name: GroupName,
    /// Where its path begins.
    path: u32,
    /// How many groups are above it.
    depth: u32,
    /// The client of an entity that it owns.
    client: u32,
}

impl GroupRow {
    #[inline]
    pub(crate) fn name(&self) -> GroupName {
        self.name
    }

    #[inline]
    pub(super) fn client(&self) -> Option<u32> {
        (self.client != NONE).then_some(self.client)
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }
}

#[derive(Debug, Default)]
pub(super) struct Groups {
    hasher: RandomState,
    /// The place of each row, by the name of its group.
    index: HashTable<u32>,
    rows: Vec<GroupRow>,
    /// For each group the indices of the groups from its root down to itself.
    paths: Vec<u32>,
}

impl Groups {
    pub(super) fn with_capacity(groups: usize) -> Self {
        Self {
            index: HashTable::with_capacity(groups),
            rows: Vec::with_capacity(groups),
            ..Self::default()
        }
    }

    /// The place of the group with this name.
    #[inline]
    pub(super) fn find(&self, name: GroupName) -> Option<u32> {
        let hash = self.hasher.hash_one(name.ulid());
        let is_it = |place: &u32| {
            self.rows.get(*place as usize).is_some_and(|row: &GroupRow| row.name == name)
        };
        self.index.find(hash, is_it).copied()
    }

    #[inline]
    pub(super) fn by_name(&self, name: GroupName) -> Option<&GroupRow> {
        self.rows.get(self.find(name)? as usize)
    }

    #[inline]
    pub(super) fn row(&self, place: u32) -> &GroupRow {
        &self.rows[place as usize]
    }

    /// The places of the groups from the root down to this one.
    #[inline]
    pub(super) fn path(&self, group: &GroupRow) -> &[u32] {
        let first = group.path as usize;
        &self.paths[first..=first + group.depth as usize]
    }

    /// Adds a group, so far without a path. Its place; none if the name is there already.
    pub(super) fn add(&mut self, name: GroupName) -> Option<u32> {
        if self.find(name).is_some() {
            return None;
        }
        let place = u32::try_from(self.rows.len()).ok().filter(|place| *place != NONE)?;
        self.rows.push(GroupRow { name, path: NONE, depth: 0, client: NONE });
        let (hasher, rows) = (&self.hasher, &self.rows);
        let hash = |place: &u32| hasher.hash_one(rows[*place as usize].name.ulid());
        self.index.insert_unique(hash(&place), place, hash);
        Some(place)
    }

    /// Sets the path of a group, which ends with the group itself. None if there is no room for it.
    pub(super) fn set_path(&mut self, place: u32, path: &[u32]) -> Option<()> {
        let first = u32::try_from(self.paths.len()).ok().filter(|first| *first != NONE)?;
        self.paths.extend_from_slice(path);
        let row = self.rows.get_mut(place as usize)?;
        (row.path, row.depth) = (first, u32::try_from(path.len()).ok()?.checked_sub(1)?);
        Some(())
    }

    /// Gives each group the client of the nearest group, from itself up. `owned` has the client
    /// that each group owns itself.
    pub(super) fn set_nearest_clients(&mut self, owned: &[u32]) {
        for row in &mut self.rows {
            let first = row.path as usize;
            let path = &self.paths[first..=first + row.depth as usize];
            let nearest = path.iter().rev().map(|above| owned[*above as usize]);
            row.client = nearest.into_iter().find(|client| *client != NONE).unwrap_or(NONE);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn shrink(&mut self) {
        self.paths.shrink_to_fit();
    }
}
