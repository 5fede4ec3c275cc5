//! Names of entities: of API users, and of users.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use super::{
    collection::Collection,
    ulid::{Ulid, parse_ulid},
};

/// What kind of entity calls. Both follow the same rules; only the authentication differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A program.
    ApiUser,
    /// A person.
    User,
}

/// The name of an entity: `api_users/{ULID}` or `users/{ULID}`, or in a service's own
/// [`Collections`](crate::Collections).
///
/// The kind and the ULID identify: two names that differ in their collection alone are equal.
///
/// ```
/// use meshauth_runtime::{EntityKind, EntityName};
///
/// let name: EntityName = "api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse()?;
/// assert_eq!(name.kind(), EntityKind::ApiUser);
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Clone, Copy)]
pub struct EntityName {
    collection: Collection,
    kind: EntityKind,
    ulid: Ulid,
}

impl EntityName {
    #[inline]
    pub(super) const fn new(collection: Collection, kind: EntityKind, ulid: u128) -> Self {
        Self { collection, kind, ulid: Ulid::from_u128(ulid) }
    }

    pub(super) fn parse_in(collection: Collection, kind: EntityKind, text: &[u8]) -> Option<Self> {
        parse_ulid(text).map(|ulid| Self::new(collection, kind, ulid))
    }

    /// Whether a program or a person calls.
    #[must_use]
    pub const fn kind(self) -> EntityKind {
        self.kind
    }

    /// The ULID as a number of 128 bits.
    #[must_use]
    pub const fn ulid(self) -> u128 {
        self.ulid.as_u128()
    }

    fn identity(self) -> (EntityKind, Ulid) {
        (self.kind, self.ulid)
    }
}

impl PartialEq for EntityName {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for EntityName {}

impl PartialOrd for EntityName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntityName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Hash for EntityName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection.as_str(), self.ulid)
    }
}

impl fmt::Debug for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
