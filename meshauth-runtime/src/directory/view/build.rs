//! From a world to its view: the whole of it is consistent, or nothing is made.

use std::collections::HashSet;

use super::{
    NONE, View,
    clients::{ClientRow, Clients},
    entities::{Entities, EntityRow, GrantRow},
    groups::Groups,
};
use crate::{
    credential::Credential,
    directory::world::{World, WorldError, WorldFault},
    names::{EntityKind, GroupName},
    records::{Client, Entity, EntityState, Grant, MAX_OWNERS},
};

impl View {
    /// The view of this world.
    ///
    /// # Errors
    /// The first fault of the world, with its place: a cycle, an unknown parent, an owner or grant
    /// in an unknown group, a name or credential that is there twice, two clients of one group, a
    /// group with more than [`MAX_OWNERS`] above it, a credential that is never valid.
    pub fn new(world: &World) -> Result<Self, WorldError> {
        let mut groups = place_groups(world.groups())?;
        let clients = place_clients(&mut groups, world.clients())?;
        let entities = place_entities(&groups, world.entities())?;
        Ok(Self { collections: world.collections(), groups, entities, clients })
    }
}

fn place_groups(records: &[(GroupName, Option<GroupName>)]) -> Result<Groups, WorldError> {
    let at = |index: usize, field: &str, fault: WorldFault| {
        WorldError::new(format!("groups[{index}].{field}"), fault)
    };
    if u32::try_from(records.len()).is_err() {
        return Err(at(records.len(), "name", WorldFault::TooLarge));
    }
    let mut groups = Groups::with_capacity(records.len());
    for (index, (name, _)) in records.iter().enumerate() {
        if groups.find(*name).is_some() {
            return Err(at(index, "name", WorldFault::Duplicate));
        }
        groups.add(*name).ok_or_else(|| at(index, "name", WorldFault::TooLarge))?;
    }
    let mut parents = Vec::with_capacity(records.len());
    for (index, (name, owner)) in records.iter().enumerate() {
        // A root may be written as its own owner.
        let parent = owner.filter(|owner| owner != name).map_or(Ok(NONE), |owner| {
            let unknown = || at(index, "owner", WorldFault::UnknownGroup(owner));
            groups.find(owner).ok_or_else(unknown)
        });
        parents.push(parent?);
    }
    let mut path = Vec::new();
    for (index, place) in (0..).take(records.len()).enumerate() {
        let parent = |place: u32| parents[place as usize];
        let placed = place_group(&mut groups, place, parent, &mut path);
        placed.map_err(|fault| at(index, "owner", fault))?;
    }
    groups.shrink();
    Ok(groups)
}

/// Walks up from the group. In a world without unknown parents, a walk that is too long has met a
/// cycle or is too deep.
pub(super) fn place_group(
    groups: &mut Groups,
    place: u32,
    parent: impl Fn(u32) -> u32,
    path: &mut Vec<u32>,
) -> Result<(), WorldFault> {
    path.clear();
    path.push(place);
    let mut above = parent(place);
    while above != NONE {
        if path.contains(&above) {
            return Err(WorldFault::Cycle(groups.row(above).name()));
        }
        if path.len() > MAX_OWNERS {
            return Err(WorldFault::TooDeep);
        }
        path.push(above);
        above = parent(above);
    }
    path.reverse();
    groups.set_path(place, path).ok_or(WorldFault::TooLarge)
}

fn place_clients(groups: &mut Groups, records: &[Client]) -> Result<Clients, WorldError> {
    let mut clients = Clients::with_capacity(records.len());
    for (index, client) in records.iter().enumerate() {
        let at = |(field, fault)| WorldError::new(format!("clients[{index}].{field}"), fault);
        place_client(groups, &mut clients, client).map_err(at)?;
    }
    for place in (0..).take(groups.len()) {
        groups.set_nearest(place);
    }
    clients.shrink();
    Ok(clients)
}

/// Adds a client, or says which field of it is at fault.
pub(super) fn place_client(
    groups: &mut Groups,
    clients: &mut Clients,
    client: &Client,
) -> Result<(), (&'static str, WorldFault)> {
    if clients.find(client.name()).is_some() {
        return Err(("name", WorldFault::Duplicate));
    }
    let unknown = || ("owner", WorldFault::UnknownGroup(client.owner()));
    let owner = groups.find(client.owner()).ok_or_else(unknown)?;
    if groups.owned(owner).is_some() {
        return Err(("owner", WorldFault::Duplicate));
    }
    let (client_type, status) = (client.client_type(), client.status());
    let row = ClientRow { ulid: client.name().ulid(), owner, client_type, status };
    let place = clients.add(row).ok_or(("name", WorldFault::TooLarge))?;
    groups.set_owned(owner, place);
    Ok(())
}

fn place_entities(groups: &Groups, records: &[Entity]) -> Result<Entities, WorldError> {
    let mut names = HashSet::new();
    let mut entities = Entities::with_capacity(records.len());
    for (index, entity) in records.iter().enumerate() {
        let at = |field: &str, fault| WorldError::new(format!("entities[{index}].{field}"), fault);
        if !names.insert(entity.name()) {
            return Err(at("name", WorldFault::Duplicate));
        }
        place_entity(groups, &mut entities, entity).map_err(|(field, fault)| at(&field, fault))?;
    }
    entities.shrink();
    Ok(entities)
}

/// Adds an entity, or says which field of it is at fault.
pub(super) fn place_entity(
    groups: &Groups,
    entities: &mut Entities,
    entity: &Entity,
) -> Result<(), (String, WorldFault)> {
    let at = |field: &str, fault| (String::from(field), fault);
    let unknown = || at("owner", WorldFault::UnknownGroup(entity.owner()));
    let owner = groups.find(entity.owner()).ok_or_else(unknown)?;
    let grants = grant_rows(groups, entity).map_err(|fault| at("roles", fault))?;
    for (nth, (credential, validity)) in entity.credentials().enumerate() {
        let at = |fault| (format!("credentials[{nth}]"), fault);
        let Credential::ApiKey(key) = credential;
        let row = EntityRow::new(*key, entity.name().ulid(), owner)
            .active(entity.state() == EntityState::Active)
            .person(entity.name().kind() == EntityKind::User);
        if validity.is_empty() {
            return Err(at(WorldFault::NeverValid));
        }
        entities.add(row, validity, &grants).map_err(at)?;
    }
    Ok(())
}

fn grant_rows(groups: &Groups, entity: &Entity) -> Result<Vec<GrantRow>, WorldFault> {
    let row = |grant: Grant| {
        let group = groups.find(grant.group()).ok_or(WorldFault::UnknownGroup(grant.group()))?;
        Ok(GrantRow::new(group, groups.row(group).depth(), grant.role()))
    };
    entity.grants().iter().map(row).collect()
}
