//! Who calls, and for which legal entity.

use crate::{
    grant::Grants,
    key::KeyDigest,
    name::{ApiUserName, ClientName, GroupName},
};

/// Whether an entity may act at all (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityState {
    /// It may act.
    Active,
    /// It may not; to the caller it looks as if it did not exist.
    Inactive,
}

/// An API user as a directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUser {
    /// Its name.
    pub name: ApiUserName,
    /// The group that owns it: from here its client is looked for. It is never a default executing
    /// group.
    pub owner: GroupName,
    /// Whether it may act.
    pub state: EntityState,
    /// The digest of its API key.
    pub key: KeyDigest,
    /// Its role grants.
    pub grants: Grants,
}

/// Whether a client has passed verification (check 5). Whatever a store distinguishes beyond this:
/// only `Verified` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It has passed.
    Verified,
    /// It has not.
    Unverified,
}

/// A client (a natural person, company, fund or trust) as a directory knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub name: ClientName,
    /// The group that owns it.
    pub owner: GroupName,
    /// Whether it has passed verification.
    pub verification: Verification,
}
