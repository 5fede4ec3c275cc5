//! The entities of a view, by credential, with their grants.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::{
    NONE,
    index::Index,
    rows::{Row, Rows},
    validities::Validities,
};
use crate::{
    credential::{KeyDigest, Validity},
    directory::world::WorldFault,
    names::{EntityKind, EntityName},
    policy::RoleNumber,
};

const ACTIVE: u32 = 1;
const PERSON: u32 = 1 << 1;
const NOT_ALWAYS_VALID: u32 = 1 << 2;
const FLAGS: u32 = 3;

/// A credential with all that is known of whoever has it, in one line of the cache. An entity with
/// several credentials has a row for each, and its grants once.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(crate) struct EntityRow {
    key: KeyDigest,
    ulid: [u8; 16],
    owner: u32,
    first_grant: u32,
    grants: u32,
    /// The lowest bits are flags, the others its own place: a row can be found again.
    flags_and_place: u32,
}

const _: () = assert!(size_of::<EntityRow>() == 64);

impl EntityRow {
    pub(super) fn new(key: KeyDigest, ulid: u128, owner: u32) -> Self {
        let ulid = ulid.to_be_bytes();
        Self { key, ulid, owner, first_grant: 0, grants: 0, flags_and_place: 0 }
    }

    pub(super) fn active(mut self, active: bool) -> Self {
        self.flags_and_place |= if active { ACTIVE } else { 0 };
        self
    }

    pub(super) fn person(mut self, person: bool) -> Self {
        self.flags_and_place |= if person { PERSON } else { 0 };
        self
    }

    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.flags_and_place & ACTIVE != 0
    }

    #[inline]
    pub(super) fn is_person(&self) -> bool {
        self.flags_and_place & PERSON != 0
    }

    /// Its place, by which it can be found again.
    #[inline]
    pub(crate) fn place(&self) -> u32 {
        self.flags_and_place >> FLAGS
    }

    #[inline]
    pub(super) fn ulid(&self) -> u128 {
        u128::from_be_bytes(self.ulid)
    }

    #[inline]
    pub(super) fn owner(&self) -> u32 {
        self.owner
    }

    /// Whether it is a row of this entity.
    pub(super) fn is_of(&self, entity: EntityName) -> bool {
        self.identity() == (entity.kind(), entity.ulid()) && self.owner != NONE
    }

    fn identity(&self) -> (EntityKind, u128) {
        let kind = if self.is_person() { EntityKind::User } else { EntityKind::ApiUser };
        (kind, self.ulid())
    }
}

impl Row for EntityRow {
    const VACANT: Self = Self {
        key: KeyDigest::NONE,
        ulid: [0; 16],
        owner: NONE,
        first_grant: 0,
        grants: 0,
        flags_and_place: 0,
    };

    #[inline]
    fn span(&self) -> (u32, u32) {
        (self.first_grant, self.grants)
    }

    fn set_span(&mut self, first: u32, len: u32) {
        (self.first_grant, self.grants) = (first, len);
    }
}

/// A role that is granted in a group, with the depth of that group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrantRow {
    group: u32,
    depth: u32,
    role: RoleNumber,
}

impl GrantRow {
    pub(super) fn new(group: u32, depth: u32, role: RoleNumber) -> Self {
        Self { group, depth, role }
    }

    #[inline]
    pub(super) fn group(&self) -> u32 {
        self.group
    }

    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.depth as usize
    }

    #[inline]
    pub(super) fn role(&self) -> RoleNumber {
        self.role
    }
}

/// The rows of all entities. A clone shares what neither changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Entities {
    hasher: RandomState,
    /// The place of each row, by its key.
    by_key: Index,
    /// The places of the rows of each entity, by its name.
    by_name: Index,
    rows: Rows<EntityRow, GrantRow>,
    /// Places without a row.
    vacant: Vec<u32>,
    validities: Validities,
}

impl Entities {
    pub(super) fn with_capacity(entities: usize) -> Self {
        Self {
            by_key: Index::with_capacity(entities),
            by_name: Index::with_capacity(entities),
            ..Self::default()
        }
    }

    /// The digest is random, so that its first bytes are hash enough.
    #[inline]
    pub(super) fn by_key(&self, key: &KeyDigest) -> Option<&EntityRow> {
        // Whole digests are compared in constant time: by how long it takes, nobody learns how
        // close a key came to a stored one.
        self.by_key.find(key.prefix(), |place| self.rows.get(place).filter(|row| row.key == *key))
    }

    #[inline]
    pub(super) fn grants(&self, row: &EntityRow) -> &[GrantRow] {
        self.rows.list(row.place(), row)
    }

    #[inline]
    pub(super) fn validity(&self, row: &EntityRow) -> Validity {
        if row.flags_and_place & NOT_ALWAYS_VALID == 0 {
            return Validity::ALWAYS;
        }
        // What has an end and lost it is not valid at all.
        self.validities.get(row.place()).unwrap_or(Validity::NEVER)
    }

    /// The row at this place.
    pub(super) fn at(&self, place: u32) -> Option<&EntityRow> {
        self.rows.get(place).filter(|row| row.owner != NONE)
    }

    /// The rows of this entity, one for each credential.
    pub(super) fn of(&self, name: EntityName) -> impl Iterator<Item = &EntityRow> + '_ {
        let places = self.by_name.candidates(self.hash((name.kind(), name.ulid())));
        places.filter_map(|place| self.at(place)).filter(move |row| row.is_of(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &EntityRow> + '_ {
        self.rows.iter().map(|(_, row)| row).filter(|row| row.owner != NONE)
    }

    fn hash(&self, identity: (EntityKind, u128)) -> u64 {
        self.hasher.hash_one(identity)
    }

    /// Adds a credential of an entity that has these grants.
    pub(super) fn add(
        &mut self,
        row: EntityRow,
        validity: Validity,
        grants: &[GrantRow],
    ) -> Result<(), WorldFault> {
        if self.by_key(&row.key).is_some() {
            return Err(WorldFault::Duplicate);
        }
        let (key, identity) = (row.key.prefix(), row.identity());
        let name = self.hash(identity);
        let place = self.place(row, validity).ok_or(WorldFault::TooLarge)?;
        self.set_grants(place, name, grants).ok_or(WorldFault::TooLarge)?;
        let (rows, hasher) = (&self.rows, &self.hasher);
        let row_at = |place| rows.get(place).unwrap_or(const { &EntityRow::VACANT });
        self.by_key.insert(key, place, |place| row_at(place).key.prefix());
        self.by_name.insert(name, place, |place| hasher.hash_one(row_at(place).identity()));
        Ok(())
    }

    /// Puts the row where there is none. None if there is no room for it.
    fn place(&mut self, mut row: EntityRow, validity: Validity) -> Option<u32> {
        let reused = self.vacant.pop();
        let place = match reused {
            Some(place) => place,
            None => self.rows.push(EntityRow::VACANT)?,
        };
        if place >> (32 - FLAGS) != 0 {
            return None;
        }
        row.flags_and_place |= place << FLAGS;
        if validity != Validity::ALWAYS {
            row.flags_and_place |= NOT_ALWAYS_VALID;
            self.validities.set(place, Some(validity));
        }
        *self.rows.get_mut(place)? = row;
        Some(place)
    }

    /// An entity with several credentials has its grants once in each chunk of rows.
    fn set_grants(&mut self, place: u32, name: u64, grants: &[GrantRow]) -> Option<()> {
        let row = self.rows.get(place)?;
        let is_same = |other: &u32| {
            self.rows.get(*other).is_some_and(|other| other.identity() == row.identity())
        };
        let others: Vec<_> = self.by_name.candidates(name).filter(is_same).collect();
        if others.into_iter().any(|other| self.rows.share_list(place, other)) {
            return Some(());
        }
        self.rows.set_list(place, grants)
    }

    /// Takes all rows of an entity out.
    pub(super) fn remove(&mut self, name: EntityName) {
        let rows: Vec<_> = self.of(name).map(|row| (row.place(), row.key.prefix())).collect();
        let hash = self.hash((name.kind(), name.ulid()));
        for (place, key) in rows {
            self.by_key.remove(key, place);
            self.by_name.remove(hash, place);
            self.validities.set(place, None);
            self.rows.vacate(place);
            self.vacant.push(place);
        }
    }

    /// Changes grants where `change` says so.
    pub(super) fn change_grants(&mut self, change: impl Fn(&GrantRow) -> Option<GrantRow>) {
        self.rows.change_lists(change);
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink();
    }

    /// How many chunks of rows both do not share, and how many there are.
    #[cfg(test)]
    pub(super) fn copied_since(&self, before: &Self) -> (usize, usize) {
        self.rows.copied_since(&before.rows)
    }
}
