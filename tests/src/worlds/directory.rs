//! Clients and faults of the directory.

use super::{UNDEFINED_ROLES, draft::Draft, names::*};
use crate::oracle::{Client, Fault, Touch};

impl Draft {
    pub(super) fn add_client(&mut self, owner: &str, verified: bool) {
        self.next_client += 1;
        let client = Client {
            name: format!("clients/{}", self.next_client),
            owner: owner.to_string(),
            verified,
        };
        self.rng.insert(&mut self.world.clients, client);
    }

    pub(super) fn lose_client(&mut self) {
        self.ask_for_verified();
        let owner = self
            .names
            .iter()
            .position(|name| *name == self.world.api_users[self.caller].owner)
            .unwrap_or(self.executing);
        let path: Vec<String> = self.paths[owner].iter().map(|i| self.names[*i].clone()).collect();
        match self.rng.below(12) {
            0 | 1 => {
                // No client at all, or only those of groups below and aside.
                self.world.clients.retain(|client| !path.contains(&client.owner));
            }
            2..=4 => {
                // The nearest one is not verified, those above are.
                let nearest = self.rng.below(path.len());
                self.world.clients.retain(|client| !path.contains(&client.owner));
                for (index, name) in path.iter().enumerate() {
                    if index == nearest || (index < nearest && self.rng.chance(70)) {
                        self.add_client(name, index != nearest);
                    }
                }
            }
            5 => {
                for client in &mut self.world.clients {
                    client.verified &= !path.contains(&client.owner);
                }
            }
            6 => {
                // Every other group has a verified client.
                self.world.clients.clear();
                for name in self.names.clone() {
                    if !path.contains(&name) {
                        self.add_client(&name, true);
                    }
                }
            }
            7 => {
                // The client of the executing group is of no interest: the caller belongs
                // elsewhere.
                let outside: Vec<usize> = self
                    .strangers(self.executing)
                    .into_iter()
                    .filter(|node| self.paths[*node].len() <= self.world.max_depth + 1)
                    .collect();
                if outside.is_empty() {
                    self.world.clients.clear();
                } else {
                    let node = self.rng.pick(&outside);
                    self.world.api_users[self.caller].owner = self.names[node].clone();
                    let path: Vec<String> =
                        self.paths[node].iter().map(|i| self.names[*i].clone()).collect();
                    self.world.clients.retain(|client| !path.contains(&client.owner));
                    let own = self.executing_name();
                    if !self.world.clients.iter().any(|client| client.owner == own) {
                        self.add_client(&own, true);
                    }
                }
            }
            8 | 9 => {
                // The caller's owner is unknown, though it has a verified client.
                let owner = self.unknown_group();
                self.world.api_users[self.caller].owner = owner.clone();
                self.add_client(&owner, true);
            }
            _ => {
                // The caller's owner is inconsistent.
                let others: Vec<usize> = (0..self.names.len())
                    .filter(|node| !self.paths[self.executing].contains(node))
                    .collect();
                if others.is_empty() {
                    self.world.api_users[self.caller].owner = self.unknown_group();
                } else {
                    let node = if owner == self.executing { self.rng.pick(&others) } else { owner };
                    self.world.api_users[self.caller].owner = self.names[node].clone();
                    self.make_inconsistent(node);
                }
            }
        }
    }

    // Faults.

    pub(super) fn break_directory(&mut self) {
        let public = self.call.policy.as_ref().is_some_and(|policy| !policy.authorised);
        if public {
            self.world.fault = Fault::ApiUsersUnavailable;
            if self.call.api_key.is_empty() {
                let key = if self.rng.chance(50) { self.key.clone() } else { self.unknown_key() };
                self.call.api_key = vec![key.into_bytes()];
            }
            return;
        }
        self.world.fault = match self.rng.below(20) {
            0..=6 => Fault::ApiUsersUnavailable,
            7..=13 => Fault::GroupsUnavailable,
            _ => {
                self.ask_for_verified();
                Fault::ClientsUnavailable
            }
        };
    }

    pub(super) fn cause_internal(&mut self) {
        let public = self.call.policy.as_ref().is_some_and(|policy| !policy.authorised);
        if public && self.call.api_key.is_empty() {
            self.call.api_key = vec![self.key.clone().into_bytes()];
        }
        match self.rng.below(if public { 10 } else { 20 }) {
            0..=6 => {
                let node = self.rng.pick(&self.paths[self.executing]);
                let role = self.right_role();
                let bad = malformed_grant(&mut self.rng, &self.names[node], role);
                let grants = &mut self.world.api_users[self.caller].grants;
                if grants.len() >= 5 || (!grants.is_empty() && self.rng.chance(30)) {
                    let at = self.rng.below(grants.len());
                    grants[at] = bad;
                } else {
                    self.rng.insert(grants, bad);
                }
            }
            7..=9 => {
                let others: Vec<usize> =
                    (0..self.world.api_users.len()).filter(|index| *index != self.caller).collect();
                if others.is_empty() || self.rng.chance(20) {
                    self.call.api_key = vec![self.unknown_key().into_bytes()];
                    self.world.fault = Fault::OtherApiUser(self.caller);
                } else {
                    self.world.fault = Fault::OtherApiUser(self.rng.pick(&others));
                }
            }
            10..=12 => {
                let others: Vec<usize> =
                    (0..self.names.len()).filter(|node| *node != self.executing).collect();
                if others.is_empty() || self.rng.chance(25) {
                    // Right for the executing group, perhaps wrong for the one that owns the
                    // caller.
                    self.world.fault = Fault::OtherGroup(self.executing);
                    self.ask_for_verified();
                    if self.rng.chance(80) {
                        self.world.api_users[self.caller].owner = self.other_group();
                    }
                } else {
                    self.world.fault = Fault::OtherGroup(self.rng.pick(&others));
                }
            }
            _ => self.touch_response_out_of_scope(),
        }
    }

    /// Something that would spoil another call, but should not spoil this one.
    pub(super) fn look_suspicious(&mut self) {
        let other_user = (0..self.world.api_users.len()).rev().find(|index| *index != self.caller);
        let unrelated: Vec<usize> = (0..self.names.len())
            .filter(|node| !self.paths[self.executing].contains(node))
            .collect();
        match self.rng.below(16) {
            0 => self.world.fault = Fault::OtherApiUser(self.caller),
            1 => self.world.fault = Fault::OtherGroup(self.executing),
            2 => {
                if let Some(policy) = &mut self.call.policy {
                    policy.verified = false;
                }
                self.world.fault = Fault::ClientsUnavailable;
            }
            3 => {
                if let Some(other) = other_user {
                    let role = self.right_role();
                    let bad = malformed_grant(&mut self.rng, &self.names[self.executing], role);
                    self.world.api_users[other].grants = vec![bad];
                }
            }
            4 => {
                if let Some(other) = other_user {
                    self.world.api_users[other].active = false;
                }
            }
            5 | 6 => {
                if !unrelated.is_empty() {
                    let node = self.rng.pick(&unrelated);
                    self.make_inconsistent(node);
                }
            }
            7 => {
                // An ancestor is inconsistent; the group itself is stored well.
                let above = self.ancestors(self.executing);
                if !above.is_empty() {
                    let node = self.rng.pick(&above);
                    self.make_inconsistent(node);
                }
            }
            8 | 9 => {
                let node = if self.rng.chance(60) {
                    self.executing
                } else {
                    self.rng.below(self.names.len())
                };
                self.make_odd(node);
            }
            10 => {
                // Exactly as deep as allowed.
                let depth = self.ancestors(self.executing).len();
                if depth > 0 {
                    self.world.max_depth = depth;
                }
            }
            11 => {
                // Grants that do not count, besides the one that does.
                while self.world.api_users[self.caller].grants.len() < 5 {
                    let group = self.group_outside_hierarchy();
                    let role = self.right_role();
                    self.rng
                        .insert(&mut self.world.api_users[self.caller].grants, grant(&group, role));
                }
            }
            12 => {
                // The same grant twice, or of a number that means nothing.
                let grants = &mut self.world.api_users[self.caller].grants;
                if !grants.is_empty() && grants.len() < 5 {
                    let again = self.rng.pick(grants);
                    grants.push(again);
                }
                if grants.len() < 5 {
                    grants
                        .push(grant(&self.names[self.executing], self.rng.pick(&UNDEFINED_ROLES)));
                }
            }
            13 => {
                // Without VERIFIED, clients are of no interest, nor is the group that owns the
                // caller.
                if let Some(policy) = &mut self.call.policy {
                    policy.verified = false;
                }
                self.world.clients.clear();
                if self.rng.chance(50) {
                    self.world.api_users[self.caller].owner = self.unknown_group();
                }
            }
            14 => {
                // Whatever a READ request carries.
                if let Some(policy) = &mut self.call.policy {
                    policy.write = false;
                }
                let resource = self.any_resource();
                self.call.touch = Touch::Request(resource);
            }
            _ => self.make_public(),
        }
    }
}
