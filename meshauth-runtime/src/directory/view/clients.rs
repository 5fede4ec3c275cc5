//! The clients of a view.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

use super::{
    NONE,
    index::Index,
    rows::{Row, Rows},
};
use crate::{
    names::ClientName,
    records::{ClientType, VerificationStatus},
};

#[derive(Debug, Clone)]
pub(super) struct ClientRow {
    pub(super) ulid: u128,
    /// The group that owns it.
    pub(super) owner: u32,
    pub(super) client_type: ClientType,
    pub(super) status: VerificationStatus,
}

impl Row for ClientRow {
    const VACANT: Self = Self {
        ulid: 0,
        owner: NONE,
        client_type: ClientType::Company,
        status: VerificationStatus::NotStarted,
    };

    fn span(&self) -> (u32, u32) {
        (0, 0)
    }

    fn set_span(&mut self, _: u32, _: u32) {}
}

/// The rows of all clients. A clone shares what neither changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Clients {
    hasher: RandomState,
    /// The place of each row, by the name of its client.
    index: Index,
    rows: Rows<ClientRow, ()>,
    /// Places without a row.
    vacant: Vec<u32>,
}

impl Clients {
    pub(super) fn with_capacity(clients: usize) -> Self {
        Self { index: Index::with_capacity(clients), ..Self::default() }
    }

    #[inline]
    pub(super) fn at(&self, place: u32) -> Option<&ClientRow> {
        self.rows.get(place)
    }

    pub(super) fn find(&self, name: ClientName) -> Option<u32> {
        let is_it = |place| self.rows.get(place).is_some_and(|row| row.ulid == name.ulid());
        let hash = self.hasher.hash_one(name.ulid());
        self.index.find(hash, |place| is_it(place).then_some(place))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ClientRow> + '_ {
        self.rows.iter().map(|(_, row)| row).filter(|row| row.owner != NONE)
    }

    /// Adds a client. Its place; none if there is no room for it.
    pub(super) fn add(&mut self, client: ClientRow) -> Option<u32> {
        let place = match self.vacant.pop() {
            Some(place) => place,
            None => self.rows.push(ClientRow::VACANT).filter(|place| *place != NONE)?,
        };
        *self.rows.get_mut(place)? = client;
        let (hasher, rows) = (&self.hasher, &self.rows);
        let hash = |place| hasher.hash_one(rows.get(place).map_or(0, |row| row.ulid));
        self.index.insert(hash(place), place, hash);
        Some(place)
    }

    /// Puts another row in the place of one of the same name.
    pub(super) fn replace(&mut self, place: u32, client: ClientRow) {
        if let Some(row) = self.rows.get_mut(place) {
            *row = client;
        }
    }

    pub(super) fn remove(&mut self, place: u32) {
        let Some(ulid) = self.at(place).map(|row| row.ulid) else { return };
        self.index.remove(self.hasher.hash_one(ulid), place);
        self.rows.vacate(place);
        self.vacant.push(place);
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink();
    }
}
