//! From one view to the next: what changed, in a copy that shares the rest.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use super::{
    NONE, View,
    build::{place_client, place_entity, place_group},
    clients::ClientRow,
    entities::GrantRow,
    groups::GroupRow,
    update::{GroupChange, Update},
};
use crate::{
    directory::{
        revocation::Revocation,
        world::{WorldError, WorldFault},
    },
    names::GroupName,
};

impl View {
    /// The view after this update, and what it revokes. This view stays as it is.
    ///
    /// # Errors
    /// The first fault of the world as it would be: as [`View::new`], and a group that is gone but
    /// that something still refers to.
    pub(in crate::directory) fn updated(
        &self,
        update: &Update,
    ) -> Result<(Self, Vec<Revocation>), WorldError> {
        let mut draft = Draft::of(self);
        draft.take_out_entities(update);
        draft.take_out_clients(update);
        draft.place_groups(update)?;
        draft.place_clients(update)?;
        draft.place_entities(update)?;
        draft.remove_groups(update)?;
        Ok((draft.view, draft.revocations))
    }
}

/// A view that is being changed.
struct Draft<'a> {
    before: &'a View,
    view: View,
    revocations: Vec<Revocation>,
    /// The groups at which the nearest client may be another one now, for them and all below.
    reclaimed: HashSet<u32>,
}

/// Where an update is at fault.
fn at(
    collection: &str,
    name: impl fmt::Display,
    field: impl fmt::Display,
) -> impl Fn(WorldFault) -> WorldError {
    let path = format!("{collection}[{name}].{field}");
    move |fault| WorldError::new(path.clone(), fault)
}

impl<'a> Draft<'a> {
    fn of(before: &'a View) -> Self {
        let view = before.clone();
        Self { before, view, revocations: Vec::new(), reclaimed: HashSet::new() }
    }

    fn take_out_entities(&mut self, update: &Update) {
        for name in update.entities.keys() {
            if self.view.entities.of(*name).next().is_some() {
                self.revocations.push(Revocation::Entity(*name));
                self.view.entities.remove(*name);
            }
        }
    }

    /// Of the clients that are gone or have another owner.
    fn take_out_clients(&mut self, update: &Update) {
        for (name, client) in &update.clients {
            let Some(place) = self.view.clients.find(*name) else { continue };
            let Some(row) = self.view.clients.at(place) else { continue };
            let owner = self.view.groups.row(row.owner).name();
            self.revocations.push(Revocation::Group(owner));
            if client.is_some_and(|client| client.owner() == owner) {
                continue;
            }
            self.reclaimed.insert(row.owner);
            self.view.groups.set_owned(row.owner, NONE);
            self.view.clients.remove(place);
        }
    }

    fn place_groups(&mut self, update: &Update) -> Result<(), WorldError> {
        let mut touched = Vec::new();
        for (name, change) in &update.groups {
            let owner = match change {
                GroupChange::Removed => continue,
                GroupChange::Root => None,
                GroupChange::Below(owner) => Some(*owner),
            };
            let known = self.view.groups.find(*name);
            let too_large = || at("groups", name, "name")(WorldFault::TooLarge);
            let place = known.or_else(|| self.view.groups.add(*name)).ok_or_else(too_large)?;
            touched.push((*name, place, owner, known.is_some()));
        }
        let mut parents = BTreeMap::new();
        for (name, place, owner, was_there) in touched {
            // A root may be written as its own owner.
            let parent = owner.filter(|owner| *owner != name).map_or(Ok(NONE), |owner| {
                let unknown = || at("groups", name, "owner")(WorldFault::UnknownGroup(owner));
                self.view.groups.find(owner).ok_or_else(unknown)
            })?;
            if was_there {
                if self.parent_before(place) == parent {
                    continue;
                }
                self.revocations.push(Revocation::Group(name));
            }
            parents.insert(place, parent);
        }
        self.move_groups(&parents)
    }

    fn parent_before(&self, place: u32) -> u32 {
        let groups = &self.before.groups;
        groups.parent(groups.row(place)).unwrap_or(NONE)
    }

    /// Places the groups that have another parent, and all that is below them.
    fn move_groups(&mut self, parents: &BTreeMap<u32, u32>) -> Result<(), WorldError> {
        if parents.is_empty() {
            return Ok(());
        }
        let moved = |path: &[u32]| path.iter().any(|above| parents.contains_key(above));
        let below = self.before.groups.iter();
        let below = below.filter(|row| moved(self.before.groups.path(row)));
        let below = below.map(GroupRow::place).filter(|place| !parents.contains_key(place));
        // What the update names comes first, so that a fault is found there.
        let places: Vec<u32> = parents.keys().copied().chain(below).collect();

        let mut depths = HashMap::new();
        let mut path = Vec::new();
        for place in places {
            let before = self.before;
            let parent = |place: u32| {
                let groups = &before.groups;
                let before = || groups.parent(groups.row(place)).unwrap_or(NONE);
                parents.get(&place).copied().unwrap_or_else(before)
            };
            let depth = self.view.groups.row(place).depth();
            let result = place_group(&mut self.view.groups, place, parent, &mut path);
            let row = self.view.groups.row(place);
            result.map_err(at("groups", row.name(), "owner"))?;
            if row.depth() != depth {
                depths.insert(place, row.depth());
            }
        }
        self.reclaimed.extend(parents.keys());
        let deeper = |grant: &GrantRow| {
            let depth = *depths.get(&grant.group())?;
            Some(GrantRow::new(grant.group(), depth, grant.role()))
        };
        if !depths.is_empty() {
            self.view.entities.change_grants(deeper);
        }
        Ok(())
    }

    fn place_clients(&mut self, update: &Update) -> Result<(), WorldError> {
        let View { groups, clients, .. } = &mut self.view;
        for client in update.clients.values().flatten() {
            let name = client.name();
            if let Some(place) = clients.find(name) {
                // Its owner is the same.
                let Some(owner) = groups.find(client.owner()) else { continue };
                let (client_type, status) = (client.client_type(), client.status());
                clients.replace(place, ClientRow { ulid: name.ulid(), owner, client_type, status });
                continue;
            }
            let placed = place_client(groups, clients, client);
            placed.map_err(|(field, fault)| at("clients", name, field)(fault))?;
            self.reclaimed.extend(groups.find(client.owner()));
            self.revocations.push(Revocation::Group(client.owner()));
        }
        self.set_nearest_clients();
        Ok(())
    }

    fn set_nearest_clients(&mut self) {
        if self.reclaimed.is_empty() {
            return;
        }
        let groups = &mut self.view.groups;
        let reclaimed = |path: &[u32]| path.iter().any(|above| self.reclaimed.contains(above));
        let below: Vec<_> =
            groups.iter().filter(|row| reclaimed(groups.path(row))).map(GroupRow::place).collect();
        for place in below {
            groups.set_nearest(place);
        }
    }

    fn place_entities(&mut self, update: &Update) -> Result<(), WorldError> {
        let View { groups, entities, .. } = &mut self.view;
        for entity in update.entities.values().flatten() {
            let placed = place_entity(groups, entities, entity);
            placed.map_err(|(field, fault)| at("entities", entity.name(), field)(fault))?;
        }
        Ok(())
    }

    fn remove_groups(&mut self, update: &Update) -> Result<(), WorldError> {
        let gone = update.groups.iter().filter(|(_, change)| **change == GroupChange::Removed);
        let gone: HashMap<u32, GroupName> =
            gone.filter_map(|(name, _)| Some((self.view.groups.find(*name)?, *name))).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.check_unused(&gone)?;
        for (place, name) in gone {
            self.view.groups.remove(place);
            self.revocations.push(Revocation::Group(name));
        }
        Ok(())
    }

    /// Nothing that stays refers to these groups.
    fn check_unused(&self, gone: &HashMap<u32, GroupName>) -> Result<(), WorldError> {
        let View { groups, entities, clients, .. } = &self.view;
        let missing = |place: &u32| gone.get(place).map(|name| WorldFault::UnknownGroup(*name));
        for row in groups.iter().filter(|row| !gone.contains_key(&row.place())) {
            if let Some(fault) = groups.path(row).iter().find_map(missing) {
                return Err(at("groups", row.name(), "owner")(fault));
            }
        }
        for row in clients.iter() {
            let name = self.view.client_name(row.ulid);
            missing(&row.owner).map_or(Ok(()), |fault| Err(at("clients", name, "owner")(fault)))?;
        }
        for row in entities.iter() {
            let at = |field| at("entities", self.view.entity_name(row), field);
            missing(&row.owner()).map_or(Ok(()), |fault| Err(at("owner")(fault)))?;
            let granted = entities.grants(row).iter().find_map(|grant| missing(&grant.group()));
            granted.map_or(Ok(()), |fault| Err(at("roles")(fault)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
