//! Groups and roles that do not hold.

use super::{draft::Draft, names::*};

impl Draft {
    pub(super) fn rename(&mut self, node: usize) {
        self.world.groups[node].name = self.unknown_group();
    }

    pub(super) fn lose_role(&mut self) {
        let too_deep: Vec<usize> = (0..self.names.len())
            .filter(|node| self.paths[*node].len() > self.world.max_depth + 1)
            .collect();
        match self.rng.below(20) {
            0 => self.call.group = vec![self.unknown_group().into_bytes()],
            1 => self.rename(self.executing),
            2 => {
                let parent = self.ancestors(self.executing).pop().unwrap_or(self.executing);
                self.rename(parent);
            }
            3..=6 if !too_deep.is_empty() => {
                self.executing = self.rng.pick(&too_deep);
                self.call.group = vec![self.executing_name().into_bytes()];
                self.give_right_grant();
                self.touch_in_scope();
            }
            3..=9 => self.make_inconsistent(self.executing),
            10 => self.world.api_users[self.caller].grants.clear(),
            11 => {
                // The caller is granted a role in the group, and asks for the group above.
                if let Some(parent) = self.ancestors(self.executing).pop() {
                    let role = self.right_role();
                    let right = grant(&self.names[self.executing], role);
                    self.world.api_users[self.caller].grants = vec![right];
                    self.executing = parent;
                    self.call.group = vec![self.executing_name().into_bytes()];
                    self.touch_in_scope();
                } else {
                    self.world.api_users[self.caller].grants.clear();
                }
            }
            12 => {
                // Another user has what the caller lacks.
                let grants = std::mem::take(&mut self.world.api_users[self.caller].grants);
                if let Some(other) =
                    (0..self.world.api_users.len()).find(|index| *index != self.caller)
                {
                    self.world.api_users[other].grants = grants;
                }
            }
            kind => {
                let mut grants = Vec::new();
                for _ in 0..1 + self.rng.below(5) {
                    let misplaced = match kind {
                        13..=15 => true,
                        16 | 17 => false,
                        _ => self.rng.chance(50),
                    };
                    let missing = if misplaced {
                        let group = self.group_outside_hierarchy();
                        grant(&group, self.right_role())
                    } else {
                        let node = self.rng.pick(&self.paths[self.executing]);
                        let role = self.wrong_role();
                        grant(&self.names[node], role)
                    };
                    grants.push(missing);
                }
                self.world.api_users[self.caller].grants = grants;
            }
        }
    }

    /// Stores the group in a way that no group may be stored.
    pub(super) fn make_inconsistent(&mut self, node: usize) {
        let name = self.names[node].clone();
        let unknown = self.unknown_group();
        let others: Vec<String> =
            self.names.iter().filter(|other| **other != name).cloned().collect();
        let other = if others.is_empty() { unknown.clone() } else { self.rng.pick(&others) };
        let mut path: Vec<String> =
            self.ancestors(node).iter().map(|i| self.names[*i].clone()).collect();
        if path.is_empty() {
            path.push(other.clone());
        }
        let mut owner = path[path.len() - 1].clone();
        let mut may_end_with_itself = true;
        match self.rng.below(21) {
            0 => {
                // The parent is unknown.
                path.pop();
                path.push(unknown.clone());
                owner = unknown;
            }
            1 => owner = if other == owner { unknown } else { other },
            2 => path.insert(0, owner.clone()),
            3 => path.insert(0, name.clone()),
            4 => path.push(name.clone()),
            5 | 6 => {
                // Too long, by one or by a few.
                if self.world.max_depth > 8 {
                    self.world.max_depth = 1 + self.rng.below(4);
                }
                let length = self.world.max_depth
                    + 1
                    + if self.rng.chance(30) { self.rng.below(3) } else { 0 };
                while path.len() < length {
                    let above = self.unknown_group();
                    path.insert(0, above);
                }
            }
            7 => owner = String::new(),
            8 => {
                path.clear();
                may_end_with_itself = false;
            }
            9 => path.clear(),
            10 => {
                path.insert(0, unknown);
                path.reverse();
            }
            11 => path.push(unknown),
            12 => owner = name.clone(),
            13 => {
                let junk = malformed_group(&mut self.rng, &path[0]);
                path.insert(0, junk);
            }
            14 => {
                owner = malformed_group(&mut self.rng, &owner);
                path.pop();
                path.push(owner.clone());
            }
            15 => path.insert(0, String::new()),
            16 => path.insert(path.len() - 1, name.clone()),
            17 => path = vec![format!("{unknown},{owner}")],
            18 => {
                // Its own parent, twice.
                path = vec![name.clone(), name.clone()];
                owner = name.clone();
                may_end_with_itself = false;
            }
            19 => {
                path.clear();
                owner = malformed_group(&mut self.rng, &name);
            }
            _ => {
                let above = self.rng.pick(&path);
                path.insert(0, above);
            }
        }
        if may_end_with_itself && self.rng.chance(50) {
            path.push(name);
        }
        self.world.groups[node].owner = owner;
        self.world.groups[node].owners = path;
    }

    /// Stores the group so that no rule on a stored group is broken, although other groups are
    /// stored differently.
    pub(super) fn make_odd(&mut self, node: usize) {
        let name = self.names[node].clone();
        let mut path: Vec<String> =
            self.ancestors(node).iter().map(|i| self.names[*i].clone()).collect();
        match self.rng.below(3) {
            0 if !path.is_empty() => {
                // An ancestor that nobody knows.
                let above = self.unknown_group();
                path.insert(0, above);
            }
            1 if path.len() > 1 => {
                // An ancestor is left out.
                path.remove(self.rng.below(path.len() - 1));
            }
            _ => {
                // Another parent, perhaps even one from below.
                let others: Vec<String> =
                    self.names.iter().filter(|other| **other != name).cloned().collect();
                if !others.is_empty() {
                    path = vec![self.rng.pick(&others)];
                }
            }
        }
        if !path.is_empty() {
            self.world.groups[node].owner = path[path.len() - 1].clone();
        }
        if self.rng.chance(50) {
            path.push(name);
        }
        self.world.groups[node].owners = path;
    }

    // Clients.
}
