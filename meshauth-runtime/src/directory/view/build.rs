//! From a world to its view: the whole of it is consistent, or nothing is made.

use std::collections::HashSet;

use super::{
    ClientRow, NONE, View,
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
        groups.add(*name).ok_or_else(|| at(index, "name", WorldFault::Duplicate))?;
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
    for index in 0..records.len() {
        let placed = place_group(&mut groups, index, &parents, &mut path);
        placed.map_err(|fault| at(index, "owner", fault))?;
    }
    groups.shrink();
    Ok(groups)
}

/// Walks up from the group. In a world without unknown parents, a walk that is too long has met a
/// cycle or is too deep.
fn place_group(
    groups: &mut Groups,
    index: usize,
    parents: &[u32],
    path: &mut Vec<u32>,
) -> Result<(), WorldFault> {
    let place = u32::try_from(index).map_err(|_| WorldFault::TooLarge)?;
    path.clear();
    path.push(place);
    let mut above = parents[index];
    while above != NONE {
        if path.contains(&above) {
            return Err(WorldFault::Cycle(groups.row(above).name()));
        }
        if path.len() > MAX_OWNERS {
            return Err(WorldFault::TooDeep);
        }
        path.push(above);
        above = parents[above as usize];
    }
    path.reverse();
    groups.set_path(place, path).ok_or(WorldFault::TooLarge)
}

fn place_clients(groups: &mut Groups, clients: &[Client]) -> Result<Vec<ClientRow>, WorldError> {
    let mut names = HashSet::new();
    let mut rows = Vec::with_capacity(clients.len());
    let mut client_of = vec![NONE; groups.len()];
    for (index, client) in clients.iter().enumerate() {
        let at = |field, fault| WorldError::new(format!("clients[{index}].{field}"), fault);
        if !names.insert(client.name()) {
            return Err(at("name", WorldFault::Duplicate));
        }
        let unknown = || at("owner", WorldFault::UnknownGroup(client.owner()));
        let owner = groups.find(client.owner()).ok_or_else(unknown)?;
        if client_of[owner as usize] != NONE {
            return Err(at("owner", WorldFault::Duplicate));
        }
        // There are no more clients than groups.
        client_of[owner as usize] =
            u32::try_from(index).map_err(|_| at("owner", WorldFault::TooLarge))?;
        rows.push(ClientRow {
            ulid: client.name().ulid(),
            owner,
            client_type: client.client_type(),
            status: client.status(),
        });
    }
    groups.set_nearest_clients(&client_of);
    Ok(rows)
}

fn place_entities(groups: &Groups, records: &[Entity]) -> Result<Entities, WorldError> {
    let mut names = HashSet::new();
    let mut entities = Entities::with_capacity(records.len());
    for (index, entity) in records.iter().enumerate() {
        let at = |field: &str, fault| WorldError::new(format!("entities[{index}].{field}"), fault);
        if !names.insert(entity.name()) {
            return Err(at("name", WorldFault::Duplicate));
        }
        let unknown = || at("owner", WorldFault::UnknownGroup(entity.owner()));
        let owner = groups.find(entity.owner()).ok_or_else(unknown)?;
        let grants = grant_rows(groups, entity).map_err(|fault| at("roles", fault))?;
        let grants = entities
            .add_grants(grants.into_iter())
            .ok_or_else(|| at("roles", WorldFault::TooLarge))?;
        for (nth, (credential, validity)) in entity.credentials().enumerate() {
            let Credential::ApiKey(key) = credential;
            let row = EntityRow::new(*key, entity.name().ulid(), owner, grants)
                .active(entity.state() == EntityState::Active)
                .person(entity.name().kind() == EntityKind::User);
            if validity.is_empty() {
                return Err(at(&format!("credentials[{nth}]"), WorldFault::NeverValid));
            }
            let added = entities.add(row, validity);
            added.map_err(|fault| at(&format!("credentials[{nth}]"), fault))?;
        }
    }
    entities.shrink();
    Ok(entities)
}

fn grant_rows(groups: &Groups, entity: &Entity) -> Result<Vec<GrantRow>, WorldFault> {
    let row = |grant: Grant| {
        let group = groups.find(grant.group()).ok_or(WorldFault::UnknownGroup(grant.group()))?;
        Ok(GrantRow::new(group, groups.row(group).depth(), grant.role()))
    };
    entity.grants().iter().map(row).collect()
}
