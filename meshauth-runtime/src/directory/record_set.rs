//! What one decision needs, asked and answered at once.

use std::sync::Arc;

use crate::{
    credential::Credential,
    names::GroupName,
    records::{Client, Entity, Group, Miss},
};

/// What one decision needs of a directory. An authoriser makes it; the constructors are for tests
/// of a directory, and for one that asks another one.
#[derive(Debug, Clone, Copy)]
pub struct RecordQuery<'a> {
    credential: &'a Credential,
    group: Option<GroupName>,
    client: bool,
}

impl<'a> RecordQuery<'a> {
    /// A query for the entity that has this credential (check 3).
    #[must_use]
    pub const fn new(credential: &'a Credential) -> Self {
        Self { credential, group: None, client: false }
    }

    /// The same with an executing group (check 2).
    #[must_use]
    pub const fn with_group(self, name: GroupName) -> Self {
        Self { group: Some(name), ..self }
    }

    /// The same for a method that asks for a verified client (check 5).
    #[must_use]
    pub const fn with_client(self) -> Self {
        Self { client: true, ..self }
    }

    /// The credential of the caller.
    #[must_use]
    pub const fn credential(&self) -> &'a Credential {
        self.credential
    }

    /// The executing group. None if no group is to be looked up: the method is PUBLIC, or the
    /// header is missing or malformed.
    #[must_use]
    pub const fn group(&self) -> Option<GroupName> {
        self.group
    }

    /// Whether the client of the entity is needed, and with it the group that owns the entity.
    #[must_use]
    pub const fn needs_client(&self) -> bool {
        self.client
    }
}

/// What was found, or why nothing was.
type Found<T> = Result<T, Miss>;

/// What a directory answers to a [`RecordQuery`]. A record that is not in the set is looked up by
/// its own method; an answer in the set, a [`Miss`] too, is final for this decision.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct RecordSet {
    pub(crate) entity: Option<Found<Arc<Entity>>>,
    pub(crate) group: Option<Found<Arc<Group>>>,
    /// With the group that owns the entity.
    pub(crate) client: Option<(Found<Arc<Group>>, Found<Client>)>,
}

impl RecordSet {
    /// A set without an answer.
    pub const fn new() -> Self {
        Self { entity: None, group: None, client: None }
    }

    /// The same with the answer about the entity, which is that of
    /// [`Directory::entity`](crate::Directory::entity). Without a usable entity, nothing else in
    /// the set counts.
    pub fn with_entity(self, entity: Result<Arc<Entity>, Miss>) -> Self {
        Self { entity: Some(entity), ..self }
    }

    /// The same with the answer about the executing group, which is that of
    /// [`Directory::group`](crate::Directory::group).
    pub fn with_group(self, group: Result<Arc<Group>, Miss>) -> Self {
        Self { group: Some(group), ..self }
    }

    /// The same with the answers about `home`, the group that owns the entity, even if it is the
    /// executing group, and about the client from there up, which is that of
    /// [`Directory::client`](crate::Directory::client).
    pub fn with_client(self, home: Result<Arc<Group>, Miss>, client: Result<Client, Miss>) -> Self {
        Self { client: Some((home, client)), ..self }
    }
}
