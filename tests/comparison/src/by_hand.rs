//! The check that a competent team writes by hand, without types for names: maps of strings, and
//! what the standard library offers. It keeps the same rules.

use std::collections::HashMap;

use http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::{
    contender::{Agreement, Answer, Call, Check, Reason},
    world::{World, group_name, ulid},
};

pub(crate) struct ByHand {
    methods: HashMap<String, Policy>,
    users: HashMap<String, User>,
    groups: HashMap<String, Vec<String>>,
    clients: HashMap<String, bool>,
}

struct Policy {
    roles: Vec<u32>,
    verified: bool,
}

struct User {
    name: String,
    owner: String,
    active: bool,
    roles: Vec<String>,
}

impl ByHand {
    pub(crate) fn new(world: &World) -> Self {
        let name = |group: u32| group_name(world.groups[group as usize].id);
        let path = |group: u32| {
            let up = std::iter::successors(Some(group), |at| world.groups[*at as usize].parent);
            let mut path: Vec<String> = up.map(name).collect();
            path.reverse();
            path
        };
        let method = |method: &crate::world::Method| {
            let policy = Policy { roles: method.roles.to_vec(), verified: method.verified };
            (method.path.to_owned(), policy)
        };
        let user = |user: &crate::world::User| {
            let role =
                |grant: &crate::world::Grant| format!("{}/roles/{}", name(grant.group), grant.role);
            let row = User {
                name: format!("api_users/{}", ulid(user.id)),
                owner: name(user.owner),
                active: user.active,
                roles: user.grants.iter().map(role).collect(),
            };
            (hex(&Sha256::digest(&user.key)), row)
        };
        let group = |(index, _)| (name(index), path(index));
        Self {
            methods: world.methods.iter().map(method).collect(),
            users: world.users.iter().map(user).collect(),
            groups: (0..).zip(&world.groups).map(group).collect(),
            clients: world
                .clients
                .iter()
                .map(|client| (name(client.owner), client.verified))
                .collect(),
        }
    }

    /// The caller and its group, or what is wrong.
    fn authorise<'a>(
        &'a self,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(&'a str, &'a [String]), Reason> {
        let policy = self.methods.get(path).ok_or(Reason::Other)?;
        let key = one(headers, "x-api-key").ok_or(Reason::CredentialsInvalid)?;
        if key.len() != 43 {
            return Err(Reason::CredentialsInvalid);
        }
        let digest = hex(&Sha256::digest(key));
        let user = self.users.get(&digest).filter(|user| user.active);
        let user = user.ok_or(Reason::CredentialsInvalid)?;
        let group = one(headers, "x-group").ok_or(Reason::GroupMalformed)?;
        if group.len() != 33 || !group.starts_with("groups/") {
            return Err(Reason::GroupMalformed);
        }
        let hierarchy = self.groups.get(group).ok_or(Reason::RoleRequired)?;
        let granted = user.roles.iter().any(|grant| {
            let Some((group, role)) = grant.split_once("/roles/") else { return false };
            let listed = role.parse().is_ok_and(|role| policy.roles.contains(&role));
            listed && hierarchy.iter().any(|above| above == group)
        });
        if !granted {
            return Err(Reason::RoleRequired);
        }
        if policy.verified {
            let home = self.groups.get(&user.owner).ok_or(Reason::VerificationRequired)?;
            let nearest = home.iter().rev().find_map(|above| self.clients.get(above));
            if nearest != Some(&true) {
                return Err(Reason::VerificationRequired);
            }
        }
        Ok((&user.name, hierarchy))
    }
}

/// The one value of a header.
pub(crate) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xF));
    }
    text
}

impl Check for ByHand {
    const AGREEMENT: Agreement = Agreement::WellFormed;

    fn whole(&self, call: &mut Call) -> Answer {
        Answer::of(self.authorise(call.path, &call.headers))
    }
}
