//! Names of clients.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use super::{
    collection::Collection,
    ulid::{Ulid, parse_ulid},
};

/// The name of a client, a legal entity that a group owns: `clients/{ULID}`, or in a service's own
/// [`Collections`](crate::Collections).
///
/// The ULID identifies: two names that differ in their collection alone are equal.
#[derive(Clone, Copy)]
pub struct ClientName {
    collection: Collection,
    ulid: Ulid,
}

impl ClientName {
    pub(super) const fn new(collection: Collection, ulid: u128) -> Self {
        Self { collection, ulid: Ulid::from_u128(ulid) }
    }

    pub(super) fn parse_in(collection: Collection, text: &[u8]) -> Option<Self> {
        parse_ulid(text).map(|ulid| Self::new(collection, ulid))
    }

    /// The ULID as a number of 128 bits.
    #[must_use]
    pub const fn ulid(self) -> u128 {
        self.ulid.as_u128()
    }
}

impl PartialEq for ClientName {
    fn eq(&self, other: &Self) -> bool {
        self.ulid == other.ulid
    }
}

impl Eq for ClientName {}

impl PartialOrd for ClientName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ClientName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ulid.cmp(&other.ulid)
    }
}

impl Hash for ClientName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ulid.hash(state);
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection.as_str(), self.ulid)
    }
}

impl fmt::Debug for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
