//! The entities of a view, by credential, with their grants.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use crate::{
    credential::{KeyDigest, Validity},
    directory::world::WorldFault,
    policy::RoleNumber,
};

const ACTIVE: u32 = 1;
const PERSON: u32 = 1 << 1;
const NOT_ALWAYS_VALID: u32 = 1 << 2;
const FLAGS: u32 = 3;

/// A credential with all that is known of whoever has it, in one line of the cache. An entity with
/// several credentials has a row for each, and its grants once.
#[derive(Debug)]
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
    pub(super) fn new(key: KeyDigest, ulid: u128, owner: u32, (first, grants): (u32, u32)) -> Self {
        let ulid = ulid.to_be_bytes();
        Self { key, ulid, owner, first_grant: first, grants, flags_and_place: 0 }
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
}

/// A role that is granted in a group, with the depth of that group.
#[derive(Debug)]
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

#[derive(Debug, Default)]
pub(super) struct Entities {
    /// The place of each row, by its key.
    index: HashTable<u32>,
    rows: Vec<EntityRow>,
    grants: Vec<GrantRow>,
    /// Of the credentials that are not always valid.
    validities: BTreeMap<u32, Validity>,
}

impl Entities {
    pub(super) fn with_capacity(entities: usize) -> Self {
        Self {
            index: HashTable::with_capacity(entities),
            rows: Vec::with_capacity(entities),
            ..Self::default()
        }
    }

    /// The digest is random, so that its first bytes are hash enough.
    #[inline]
    pub(super) fn by_key(&self, key: &KeyDigest) -> Option<&EntityRow> {
        let place = self.find(key)?;
        self.rows.get(place as usize)
    }

    #[inline]
    fn find(&self, key: &KeyDigest) -> Option<u32> {
        // Whole digests are compared in constant time: by how long it takes, nobody learns how
        // close a key came to a stored one.
        let is_it = |place: &u32| self.rows.get(*place as usize).is_some_and(|row| row.key == *key);
        self.index.find(key.prefix(), is_it).copied()
    }

    #[inline]
    pub(super) fn grants(&self, row: &EntityRow) -> &[GrantRow] {
        let first = row.first_grant as usize;
        &self.grants[first..first + row.grants as usize]
    }

    #[inline]
    pub(super) fn validity(&self, row: &EntityRow) -> Validity {
        if row.flags_and_place & NOT_ALWAYS_VALID == 0 {
            return Validity::ALWAYS;
        }
        // What has an end and lost it is not valid at all.
        self.validities.get(&row.place()).copied().unwrap_or(Validity::NEVER)
    }

    /// Where the grants are that this adds, and how many. None if there is no room for them.
    pub(super) fn add_grants(
        &mut self,
        grants: impl ExactSizeIterator<Item = GrantRow>,
    ) -> Option<(u32, u32)> {
        let first = u32::try_from(self.grants.len()).ok()?;
        let count = u32::try_from(grants.len()).ok()?;
        first.checked_add(count)?;
        self.grants.extend(grants);
        Some((first, count))
    }

    /// The row at this place.
    pub(super) fn at(&self, place: u32) -> Option<&EntityRow> {
        self.rows.get(place as usize)
    }

    /// Adds a credential.
    pub(super) fn add(&mut self, mut row: EntityRow, validity: Validity) -> Result<(), WorldFault> {
        let place = u32::try_from(self.rows.len()).ok().filter(|place| place >> (32 - FLAGS) == 0);
        let place = place.ok_or(WorldFault::TooLarge)?;
        if self.find(&row.key).is_some() {
            return Err(WorldFault::Duplicate);
        }
        row.flags_and_place |= place << FLAGS;
        if validity != Validity::ALWAYS {
            row.flags_and_place |= NOT_ALWAYS_VALID;
            self.validities.insert(place, validity);
        }
        let hash = row.key.prefix();
        self.rows.push(row);
        let rows = &self.rows;
        self.index.insert_unique(hash, place, |place| rows[*place as usize].key.prefix());
        Ok(())
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.grants.shrink_to_fit();
    }
}
