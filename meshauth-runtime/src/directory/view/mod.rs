//! A directory as one packed table: all that decisions need of it, with nothing to be cloned.
//!
//! Groups and entities are rows, and rows refer to each other by index. Each group has its path of
//! indices from the root, so that a grant counts if the executing group's path holds the granted
//! group at the granted group's depth: one comparison, however deep the tree is.

mod build;
mod clients;
mod draft;
mod entities;
mod groups;
mod index;
mod rows;
mod update;
mod validities;

use std::sync::Arc;

pub use self::update::{GroupChange, Update};
use self::{
    clients::{ClientRow, Clients},
    entities::Entities,
    groups::Groups,
};
pub(crate) use self::{
    entities::{EntityRow, GrantRow},
    groups::GroupRow,
};
use crate::{
    credential::{Credential, Validity},
    names::{ClientName, Collections, EntityKind, EntityName, GroupName},
    policy::{MethodPolicy, RoleNumber},
    records::{Client, Entity, EntityState, Grant, Group, Miss},
};

/// No row.
const NONE: u32 = u32::MAX;

/// A [`World`](crate::World) packed for decisions: consistent as a whole, and unchanging.
///
/// [`MemoryDirectory`](crate::MemoryDirectory) is made of one.
///
/// A clone shares its tables, and the view after an update shares all that did not change.
#[derive(Debug, Clone, Default)]
pub struct View {
    collections: Collections,
    groups: Groups,
    entities: Entities,
    clients: Clients,
}

impl View {
    /// The row of whoever has this credential.
    #[inline]
    pub(crate) fn entity_row(&self, credential: &Credential) -> Option<&EntityRow> {
        match credential {
            Credential::ApiKey(digest) => self.entities.by_key(digest),
        }
    }

    /// A row of this entity: the one at this place, if it is there still.
    pub(crate) fn row_of(&self, entity: EntityName, place: u32) -> Option<&EntityRow> {
        let there = self.entities.at(place).filter(|row| row.is_of(entity));
        there.or_else(|| self.entities.of(entity).next())
    }

    /// When the credential of this row counts.
    #[inline]
    pub(crate) fn validity(&self, row: &EntityRow) -> Validity {
        self.entities.validity(row)
    }

    #[inline]
    pub(crate) fn entity_name(&self, row: &EntityRow) -> EntityName {
        let kind = if row.is_person() { EntityKind::User } else { EntityKind::ApiUser };
        self.collections.entity_from_ulid(kind, row.ulid())
    }

    /// The row of the group with this name.
    #[inline]
    pub(crate) fn group_row(&self, name: GroupName) -> Option<&GroupRow> {
        self.groups.by_name(name)
    }

    /// A grant of one of the method's roles, in the group or above it (check 4).
    #[inline]
    pub(crate) fn grant(
        &self,
        entity: &EntityRow,
        group: &GroupRow,
        policy: &MethodPolicy,
    ) -> Option<&GrantRow> {
        let path = self.groups.path(group);
        // Both at once: what decides cannot be foreseen, and a wrong guess costs a processor more
        // than the comparisons.
        let counts = |grant: &&GrantRow| {
            (path.get(grant.depth()) == Some(&grant.group())) & policy.lists(grant.role())
        };
        self.entities.grants(entity).iter().find(counts)
    }

    pub(crate) fn grant_of(&self, row: &GrantRow) -> Grant {
        Grant::new(self.groups.row(row.group()).name(), row.role())
    }

    /// Whether this very role is granted in one of these groups.
    pub(crate) fn holds(
        &self,
        entity: &EntityRow,
        hierarchy: &[GroupName],
        role: RoleNumber,
    ) -> bool {
        let counts = |grant: &GrantRow| {
            grant.role() == role && hierarchy.contains(&self.groups.row(grant.group()).name())
        };
        self.entities.grants(entity).iter().any(counts)
    }

    /// The client of an entity of this row: the one of the nearest group, from its owner up.
    #[inline]
    pub(crate) fn client_of(&self, entity: &EntityRow) -> Option<Client> {
        self.client_from(self.groups.row(entity.owner()))
    }

    fn client_from(&self, home: &GroupRow) -> Option<Client> {
        self.clients.at(home.client()?).map(|row| self.client(row))
    }

    fn client(&self, row: &ClientRow) -> Client {
        let ClientRow { ulid, owner, client_type, status } = row;
        let owner = self.groups.row(*owner).name();
        Client::new(self.client_name(*ulid), owner, *client_type, *status)
    }

    fn client_name(&self, ulid: u128) -> ClientName {
        self.collections.client_from_ulid(ulid)
    }

    /// The ownership hierarchy of the group that owns this entity, whose row was at this place.
    pub(crate) fn home_of(&self, entity: EntityName, place: u32) -> Option<Vec<GroupName>> {
        let entity = self.row_of(entity, place)?;
        Some(self.hierarchy(self.groups.row(entity.owner())))
    }

    /// The ownership hierarchy of the group with this name.
    pub(crate) fn hierarchy_of(&self, name: GroupName) -> Option<Vec<GroupName>> {
        self.group_row(name).map(|row| self.hierarchy(row))
    }

    /// The ownership hierarchy of the group of this row.
    fn hierarchy(&self, group: &GroupRow) -> Vec<GroupName> {
        self.groups.path(group).iter().map(|above| self.groups.row(*above).name()).collect()
    }

    /// The record of whoever has this credential, with this credential alone.
    pub(super) fn entity(&self, credential: &Credential) -> Result<Arc<Entity>, Miss> {
        let row = self.entity_row(credential).ok_or(Miss::Unknown)?;
        let owner = self.groups.row(row.owner()).name();
        let state = if row.is_active() { EntityState::Active } else { EntityState::Inactive };
        let grants = self.entities.grants(row).iter().map(|grant| self.grant_of(grant));
        let entity = Entity::new(self.entity_name(row), owner)
            .with_state(state)
            .with_credential_during(credential.clone(), self.validity(row))
            .with_grants(grants);
        Ok(Arc::new(entity))
    }

    /// The record of the group with this name.
    pub(super) fn group(&self, name: GroupName) -> Result<Arc<Group>, Miss> {
        let row = self.group_row(name).ok_or(Miss::Unknown)?;
        let hierarchy = self.hierarchy(row);
        let owners = hierarchy.split_last().map_or(&[][..], |(_, owners)| owners);
        let group = Group::new(name, owners.last().copied(), owners);
        group.map(Arc::new).map_err(|_| Miss::Unusable)
    }

    /// The client of an entity that the group with this name owns.
    pub(super) fn client_of_home(&self, home: GroupName) -> Result<Client, Miss> {
        self.group_row(home).and_then(|row| self.client_from(row)).ok_or(Miss::Unknown)
    }
}
