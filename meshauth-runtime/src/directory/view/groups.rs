//! The groups of a view, by name, each with its path.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::{
    NONE,
    index::Index,
    rows::{Row, Rows},
};
use crate::names::GroupName;

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct GroupRow {
    name: GroupName,
    place: u32,
    /// Where in its chunk its path begins.
    path: u32,
    /// How many groups are in its path.
    length: u32,
    /// The client that it owns itself.
    owned: u32,
    /// The client of an entity that it owns: the one of the nearest group, from itself up.
    nearest: u32,
}

impl GroupRow {
    #[inline]
    pub(crate) fn name(&self) -> GroupName {
        self.name
    }

    pub(super) fn place(&self) -> u32 {
        self.place
    }

    #[inline]
    pub(super) fn client(&self) -> Option<u32> {
        (self.nearest != NONE).then_some(self.nearest)
    }

    /// How many groups are above it.
    pub(super) fn depth(&self) -> u32 {
        self.length.saturating_sub(1)
    }
}

impl Row for GroupRow {
    const VACANT: Self = Self {
        name: GroupName::from_ulid(0),
        place: NONE,
        path: 0,
        length: 0,
        owned: NONE,
        nearest: NONE,
    };

    #[inline]
    fn span(&self) -> (u32, u32) {
        (self.path, self.length)
    }

    fn set_span(&mut self, first: u32, len: u32) {
        (self.path, self.length) = (first, len);
    }
}

/// The rows of all groups. A clone shares what neither changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    hasher: RandomState,
    /// The place of each row, by the name of its group.
    index: Index,
    /// Each with the places of the groups from its root down to itself.
    rows: Rows<GroupRow, u32>,
    /// Places without a row.
    vacant: Vec<u32>,
}

impl Groups {
    pub(super) fn with_capacity(groups: usize) -> Self {
        Self { index: Index::with_capacity(groups), ..Self::default() }
    }

    /// The place of the group with this name.
    #[inline]
    pub(super) fn find(&self, name: GroupName) -> Option<u32> {
        self.by_name(name).map(|row| row.place)
    }

    #[inline]
    pub(super) fn by_name(&self, name: GroupName) -> Option<&GroupRow> {
        let hash = self.hasher.hash_one(name.ulid());
        self.index.find(hash, |place| self.rows.get(place).filter(|row| row.name == name))
    }

    /// The row at this place, to which another row refers.
    #[inline]
    pub(super) fn row(&self, place: u32) -> &GroupRow {
        self.rows.get(place).unwrap_or(const { &GroupRow::VACANT })
    }

    /// The places of the groups from the root down to this one.
    #[inline]
    pub(super) fn path(&self, group: &GroupRow) -> &[u32] {
        self.rows.list(group.place, group)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &GroupRow> + '_ {
        self.rows.iter().map(|(_, row)| row).filter(|row| row.place != NONE)
    }

    /// The group above this one.
    pub(super) fn parent(&self, group: &GroupRow) -> Option<u32> {
        let [.., parent, _] = self.path(group) else { return None };
        Some(*parent)
    }

    /// The client that the group at this place owns itself.
    pub(super) fn owned(&self, place: u32) -> Option<u32> {
        self.rows.get(place).map(|row| row.owned).filter(|client| *client != NONE)
    }

    /// Adds a group, so far without a path. Its place; none if there is no room for it.
    pub(super) fn add(&mut self, name: GroupName) -> Option<u32> {
        let place = match self.vacant.pop() {
            Some(place) => place,
            None => self.rows.push(GroupRow::VACANT).filter(|place| *place != NONE)?,
        };
        *self.rows.get_mut(place)? = GroupRow { name, place, ..GroupRow::VACANT };
        let (hasher, rows) = (&self.hasher, &self.rows);
        let hash = |place| hasher.hash_one(rows.get(place).map_or(0, |row| row.name.ulid()));
        self.index.insert(hash(place), place, hash);
        Some(place)
    }

    /// Takes out a group to which no other row refers.
    pub(super) fn remove(&mut self, place: u32) {
        let hash = self.hasher.hash_one(self.row(place).name.ulid());
        self.index.remove(hash, place);
        self.rows.vacate(place);
        self.vacant.push(place);
    }

    /// Sets the path of a group, which ends with the group itself. None if there is no room for it.
    pub(super) fn set_path(&mut self, place: u32, path: &[u32]) -> Option<()> {
        self.rows.set_list(place, path)
    }

    pub(super) fn set_owned(&mut self, place: u32, client: u32) {
        if let Some(row) = self.rows.get_mut(place) {
            row.owned = client;
        }
    }

    /// Gives the group at this place the client of the nearest group, from itself up.
    pub(super) fn set_nearest(&mut self, place: u32) {
        let mut above = self.path(self.row(place)).iter().rev();
        let nearest = above.find_map(|above| self.owned(*above)).unwrap_or(NONE);
        if self.row(place).nearest != nearest
            && let Some(row) = self.rows.get_mut(place)
        {
            row.nearest = nearest;
        }
    }

    /// How many places there are, vacant ones included.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink();
    }
}
