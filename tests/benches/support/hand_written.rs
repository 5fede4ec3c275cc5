//! The check that a careful team writes by hand, without types for names: maps of strings, and what
//! the standard library offers. It keeps the same rules.

use std::collections::HashMap;

use http::HeaderMap;
use meshauth_runtime::{EntityState, MemoryDirectory, Verification, directory::World};
use sha2::{Digest, Sha256};

pub(crate) struct HandWritten {
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

impl HandWritten {
    pub(crate) fn new(world: &World) -> Self {
        // The same world loads: it is a consistent one.
        MemoryDirectory::new(world.clone()).unwrap();
        let parents: HashMap<_, _> =
            world.groups.iter().map(|group| (group.name, group.owner)).collect();
        let path = |name| {
            let mut path: Vec<String> = std::iter::successors(Some(name), |at| parents[at])
                .map(|at| at.to_string())
                .collect();
            path.reverse();
            path
        };
        let policies = meshauth_tests::SERVICES.iter().flat_map(|service| service.methods());
        Self {
            methods: policies
                .map(|policy| {
                    let roles = policy.roles().iter().map(|role| role.number().value()).collect();
                    (policy.path().to_owned(), Policy { roles, verified: policy.verified() })
                })
                .collect(),
            users: world
                .api_users
                .iter()
                .map(|user| {
                    let row = User {
                        name: user.name.to_string(),
                        owner: user.owner.to_string(),
                        active: user.state == EntityState::Active,
                        roles: user.grants.iter().map(|grant| grant.to_string()).collect(),
                    };
                    (hex(user.key.as_bytes()), row)
                })
                .collect(),
            groups: world
                .groups
                .iter()
                .map(|group| (group.name.to_string(), path(group.name)))
                .collect(),
            clients: world
                .clients
                .iter()
                .map(|client| {
                    let verified = client.verification == Verification::Verified;
                    (client.owner.to_string(), verified)
                })
                .collect(),
        }
    }

    /// The caller and its group, or what is wrong.
    pub(crate) fn authorise<'a>(
        &'a self,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(&'a str, &'a [String]), &'static str> {
        let policy = self.methods.get(path).ok_or("unknown method")?;
        let key = one(headers, "x-api-key").ok_or("credentials")?;
        if key.len() != 43 {
            return Err("credentials");
        }
        let digest = hex(&Sha256::digest(key));
        let user = self.users.get(&digest).filter(|user| user.active).ok_or("credentials")?;
        let group = one(headers, "x-group").ok_or("group")?;
        if group.len() != 33 || !group.starts_with("groups/") {
            return Err("group");
        }
        let hierarchy = self.groups.get(group).ok_or("role")?;
        let granted = user.roles.iter().any(|grant| {
            let Some((group, role)) = grant.split_once("/roles/") else { return false };
            let listed = role.parse().is_ok_and(|role| policy.roles.contains(&role));
            listed && hierarchy.iter().any(|above| above == group)
        });
        if !granted {
            return Err("role");
        }
        if policy.verified {
            let home = self.groups.get(&user.owner).ok_or("verification")?;
            let nearest = home.iter().rev().find_map(|above| self.clients.get(above));
            if nearest != Some(&true) {
                return Err("verification");
            }
        }
        Ok((&user.name, hierarchy))
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xF));
    }
    text
}
