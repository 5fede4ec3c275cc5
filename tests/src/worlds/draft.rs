//! A case in the making: it starts as one that should be allowed.

use super::{Aim, ROLES, UNDEFINED_ROLES, forest::path_to, names::*, rng::Rng};
use crate::oracle::{ApiUser, Call, Client, Fault, Group, Policy, Touch, World};

/// A case in the making.
pub(super) struct Draft {
    pub(super) rng: Rng,
    pub(super) world: World,
    pub(super) call: Call,
    /// The names of the groups as first made, by node; `world.groups` has the same order.
    pub(super) names: Vec<String>,
    /// The nodes from the root to the node itself.
    pub(super) paths: Vec<Vec<usize>>,
    /// The node of the executing group.
    pub(super) executing: usize,
    /// The index of the caller in `api_users`.
    pub(super) caller: usize,
    /// The caller's key, and the bytes it encodes.
    pub(super) key: String,
    pub(super) key_bytes: [u8; 32],
    /// An index of a group name, and of a key, from which on no one has any.
    pub(super) next_group: usize,
    pub(super) next_key: usize,
    /// The last number given to a client.
    pub(super) next_client: usize,
}

impl Draft {
    /// A case that should be allowed.
    pub(super) fn new(mut rng: Rng, aim: Aim) -> Draft {
        let public = match aim {
            Aim::Allow => rng.chance(14),
            Aim::CredentialsInvalid => rng.chance(20),
            Aim::DirectoryUnavailable | Aim::Internal => rng.chance(8),
            _ => false,
        };

        // The forest.
        let long_chain = rng.below(2000) == 0;
        let n = if long_chain {
            64 + rng.below(4)
        } else {
            rng.pick(&[1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8])
        };
        let max_depth = if long_chain || rng.chance(65) { 64 } else { 1 + rng.below(4) };
        let deep = if long_chain { 100 } else { rng.pick(&[10, 40, 40, 70, 90]) };
        let mut order: Vec<usize> = (0..n).collect();
        rng.shuffle(&mut order);
        let mut parents = vec![None; n];
        for k in 1..n {
            parents[order[k]] = if rng.chance(deep) {
                Some(order[k - 1])
            } else if rng.chance(75) {
                Some(order[rng.below(k)])
            } else {
                None
            };
        }
        let paths: Vec<Vec<usize>> = (0..n)
            .map(|node| path_to(&parents, node).expect("a parent comes earlier in the order"))
            .collect();

        let first_group = rng.below(100_000);
        let names: Vec<String> = (0..n).map(|node| group_name(first_group + node)).collect();
        let mut groups = Vec::new();
        for node in 0..n {
            let name = names[node].clone();
            let mut owners: Vec<String> = paths[node].iter().map(|i| names[*i].clone()).collect();
            if rng.chance(50) {
                owners.pop();
            }
            let owner = match parents[node] {
                Some(parent) => names[parent].clone(),
                None if rng.chance(50) => name.clone(),
                None => String::new(),
            };
            groups.push(Group { name, owner, owners });
        }

        // The executing group: one whose depth is allowed, often the deepest such.
        let usable: Vec<usize> =
            (0..n).filter(|node| paths[*node].len() <= max_depth + 1).collect();
        let deepest = usable
            .iter()
            .copied()
            .max_by_key(|node| paths[*node].len())
            .expect("a root is always usable");
        let executing = if rng.chance(40) { deepest } else { rng.pick(&usable) };

        // The method.
        let mut roles = ROLES.to_vec();
        rng.shuffle(&mut roles);
        roles.truncate(1 + rng.below(4));
        let mut policy =
            Policy { write: rng.chance(50), authorised: true, roles, verified: rng.chance(40) };
        if public {
            policy.authorised = false;
            policy.roles.clear();
            policy.verified = false;
        }

        // The caller, and its client.
        let owner = if rng.chance(50) { rng.pick(&paths[executing]) } else { rng.pick(&usable) };
        let mut clients: Vec<Client> = Vec::new();
        for (node, name) in names.iter().enumerate() {
            if rng.chance(40) {
                clients.push(Client {
                    name: format!("clients/{node}"),
                    owner: name.clone(),
                    verified: rng.chance(50),
                });
            }
        }
        if policy.verified {
            let nearest = rng.pick(&paths[owner]);
            let below: Vec<&String> = paths[owner]
                .iter()
                .skip_while(|node| **node != nearest)
                .map(|node| &names[*node])
                .collect();
            clients.retain(|client| !below.contains(&&client.owner));
            let client = Client {
                name: format!("clients/{n}"),
                owner: names[nearest].clone(),
                verified: true,
            };
            rng.insert(&mut clients, client);
        }

        let mut next_key = rng.below(1_000_000);
        let users = 1 + rng.below(4);
        let caller = rng.below(users);
        let bytes = key_bytes(next_key + caller);
        let key = encode_key(&bytes);
        let mut api_users = Vec::new();
        for index in 0..users {
            let own = index == caller;
            api_users.push(ApiUser {
                name: format!("api_users/{index}"),
                key_sha256: key_sha256(
                    if own { key.clone() } else { api_key(next_key + index) }.as_bytes(),
                ),
                owner: names[if own { owner } else { rng.below(n) }].clone(),
                active: own || rng.chance(80),
                grants: Vec::new(),
            });
        }
        next_key += users;

        let world = World { groups, api_users, clients, max_depth, fault: Fault::None };
        let call = Call {
            policy: Some(policy),
            api_key: vec![key.clone().into_bytes()],
            group: vec![names[executing].clone().into_bytes()],
            touch: Touch::Nothing,
        };
        let next_group = first_group + n;
        let mut draft = Draft {
            rng,
            world,
            call,
            names,
            paths,
            executing,
            caller,
            key,
            key_bytes: bytes,
            next_group,
            next_key,
            next_client: n,
        };

        for index in 0..users {
            draft.world.api_users[index].grants = draft.some_grants(4);
        }
        if draft.authorised() {
            draft.give_right_grant();
        }
        draft.touch_in_scope();
        if public {
            draft.make_public();
        }
        draft
    }

    /// Does something that should lead to this answer.
    pub(super) fn perturb(&mut self, aim: Aim) {
        match aim {
            Aim::Allow => {}
            Aim::Harmless => self.look_suspicious(),
            Aim::CredentialsMissing => self.call.api_key.clear(),
            Aim::CredentialsInvalid => self.spoil_credentials(),
            Aim::GroupMissing => self.call.group.clear(),
            Aim::GroupMalformed => self.spoil_group_header(),
            Aim::RoleRequired => self.lose_role(),
            Aim::VerificationRequired => self.lose_client(),
            Aim::ResourceNotFound => self.touch_not_found(),
            Aim::ResourceNotOwned => self.touch_not_owned(),
            Aim::MethodUnknown => self.call.policy = None,
            Aim::DirectoryUnavailable => self.break_directory(),
            Aim::Internal => self.cause_internal(),
        }
    }

    // Parts.

    pub(super) fn authorised(&self) -> bool {
        self.call.policy.as_ref().is_some_and(|policy| policy.authorised)
    }

    pub(super) fn write(&self) -> bool {
        self.call.policy.as_ref().is_some_and(|policy| policy.write)
    }

    /// A defined role that the method lists, if it lists any.
    pub(super) fn right_role(&mut self) -> i32 {
        match &self.call.policy {
            Some(policy) if !policy.roles.is_empty() => self.rng.pick(&policy.roles),
            _ => self.rng.pick(&ROLES),
        }
    }

    /// A role that the method does not list, defined or not.
    pub(super) fn wrong_role(&mut self) -> i32 {
        let listed =
            self.call.policy.as_ref().map(|policy| policy.roles.clone()).unwrap_or_default();
        loop {
            let role = if self.rng.chance(70) {
                self.rng.pick(&ROLES)
            } else {
                self.rng.pick(&UNDEFINED_ROLES)
            };
            if !listed.contains(&role) {
                return role;
            }
        }
    }

    pub(super) fn executing_name(&self) -> String {
        self.names[self.executing].clone()
    }

    /// A canonical name that no group has.
    pub(super) fn unknown_group(&mut self) -> String {
        self.next_group += 1;
        group_name(self.next_group)
    }

    pub(super) fn unknown_key(&mut self) -> String {
        self.next_key += 1;
        api_key(self.next_key)
    }

    pub(super) fn ancestors(&self, node: usize) -> Vec<usize> {
        self.paths[node][..self.paths[node].len() - 1].to_vec()
    }

    pub(super) fn descendants(&self, node: usize) -> Vec<usize> {
        (0..self.names.len())
            .filter(|other| *other != node && self.paths[*other].contains(&node))
            .collect()
    }

    /// Siblings, cousins, other trees.
    pub(super) fn strangers(&self, node: usize) -> Vec<usize> {
        (0..self.names.len())
            .filter(|other| {
                !self.paths[*other].contains(&node) && !self.paths[node].contains(other)
            })
            .collect()
    }

    /// Any group but the executing one, or an unknown one; every kind of relation is equally
    /// likely.
    pub(super) fn other_group(&mut self) -> String {
        let kind = self.rng.below(4);
        let nodes = match kind {
            0 => self.ancestors(self.executing),
            1 => self.descendants(self.executing),
            2 => self.strangers(self.executing),
            _ => Vec::new(),
        };
        if nodes.is_empty() {
            self.unknown_group()
        } else {
            self.names[self.rng.pick(&nodes)].clone()
        }
    }

    /// Any known group, or sometimes an unknown one.
    pub(super) fn any_group(&mut self) -> String {
        if self.rng.chance(12) { self.unknown_group() } else { self.rng.pick(&self.names) }
    }

    /// Groups that are neither the executing one nor above it.
    pub(super) fn group_outside_hierarchy(&mut self) -> String {
        let mut nodes = if self.rng.chance(50) {
            self.descendants(self.executing)
        } else {
            self.strangers(self.executing)
        };
        if nodes.is_empty() {
            nodes = self.strangers(self.executing);
            nodes.extend(self.descendants(self.executing));
        }
        if nodes.is_empty() || self.rng.chance(10) {
            self.unknown_group()
        } else {
            self.names[self.rng.pick(&nodes)].clone()
        }
    }

    /// Up to `most` well-formed grants, whatever they are good for.
    pub(super) fn some_grants(&mut self, most: usize) -> Vec<String> {
        let mut grants = Vec::new();
        for _ in 0..self.rng.below(most + 1) {
            let group = self.any_group();
            let role = if self.rng.chance(75) {
                self.rng.pick(&ROLES)
            } else {
                self.rng.pick(&UNDEFINED_ROLES)
            };
            grants.push(grant(&group, role));
        }
        grants
    }

    /// Gives the caller one of the roles, in the executing group or above.
    pub(super) fn give_right_grant(&mut self) {
        let node = self.rng.pick(&self.paths[self.executing]);
        let role = self.right_role();
        let right = grant(&self.names[node], role);
        let grants = &mut self.world.api_users[self.caller].grants;
        grants.truncate(4);
        self.rng.insert(grants, right);
    }

    /// Makes the caller have to be VERIFIED.
    pub(super) fn ask_for_verified(&mut self) {
        if let Some(policy) = &mut self.call.policy {
            policy.verified = policy.authorised;
        }
    }

    pub(super) fn make_public(&mut self) {
        self.call.policy = Some(Policy {
            write: self.rng.chance(50),
            authorised: false,
            roles: Vec::new(),
            verified: false,
        });
        match self.rng.below(3) {
            0 => self.call.group.clear(),
            1 => self.spoil_group_header(),
            _ => {}
        }
        self.call.touch = self.any_touch();
        let anonymous = self.rng.chance(40);
        if anonymous {
            self.call.api_key.clear();
        }
        let users = self.world.api_users.len();
        self.world.fault = match self.rng.below(12) {
            0 => Fault::GroupsUnavailable,
            1 => Fault::ClientsUnavailable,
            2 => Fault::OtherGroup(self.rng.below(self.names.len())),
            3 | 4 if anonymous => Fault::ApiUsersUnavailable,
            3 | 4 => Fault::OtherApiUser(self.caller),
            5 if anonymous => Fault::OtherApiUser(self.rng.below(users)),
            _ => Fault::None,
        };
    }

    // Resources.
}
