//! The worlds: methods, groups, users and clients as plain data, and calls in them.

mod forest;
pub(crate) mod methods;
mod oracle;
mod people;
mod request;
mod rng;
pub(crate) mod roles;

use sha2::{Digest as _, Sha256};

pub(crate) use self::request::{Request, Requests};
use self::{forest::Forest, rng::Rng};
use crate::limit::Digest;

/// All that a decision rests on. Everything refers to groups by their index.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) methods: Vec<Method>,
    /// Each stands behind its parent.
    pub(crate) groups: Vec<Group>,
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
}

#[derive(Debug, Clone)]
pub(crate) struct Method {
    pub(crate) path: &'static str,
    pub(crate) roles: &'static [u32],
    pub(crate) verified: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) id: u128,
    pub(crate) parent: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u128,
    pub(crate) owner: u32,
    pub(crate) active: bool,
    pub(crate) key: String,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) group: u32,
    pub(crate) role: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) id: u128,
    pub(crate) owner: u32,
    pub(crate) verified: bool,
}

impl World {
    /// 75 methods, 100 groups whose last ones are 4 deep, 100 users with 4 grants.
    pub(crate) fn small() -> Self {
        Self::draw(0x5EED_0001, 75, &[1, 3, 9, 27, 60], 100, 4)
    }

    /// 1,000 methods, 100,000 groups whose last ones are 8 deep, 100,000 users with 8 grants.
    pub(crate) fn large() -> Self {
        let levels = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 78_155];
        Self::draw(0x5EED_0002, methods::COUNT, &levels, 100_000, 8)
    }

    fn draw(seed: u64, methods: usize, levels: &[u32], users: usize, grants: usize) -> Self {
        let mut rng = Rng(seed);
        let groups = forest::draw(&mut rng, levels);
        let forest = Forest::new(&groups);
        let users = people::users(&mut rng, &forest, users, grants);
        let clients = people::clients(&mut rng, groups.len());
        let methods = methods::ALL.iter().take(methods).cloned().collect();
        Self { methods, groups, users, clients }
    }

    /// The same world under a chain of more groups. What was granted in the root is granted in the
    /// new one, so that every call is answered as before.
    pub(crate) fn deepened(mut self, by: u32) -> Self {
        let mut rng = Rng(0x5EED_0003);
        let chain = (0..by).map(|at| Group { id: rng.next_u128(), parent: at.checked_sub(1) });
        let below = self.groups.iter().map(|group| Group {
            parent: group.parent.map(|parent| parent + by).or(by.checked_sub(1)),
            ..*group
        });
        self.groups = chain.chain(below).collect();
        for user in &mut self.users {
            user.owner += by;
            for grant in user.grants.iter_mut().filter(|grant| grant.group > 0) {
                grant.group += by;
            }
        }
        for client in &mut self.clients {
            client.owner += by;
        }
        self
    }
}

/// The SHA-256 of a key's characters.
pub(crate) fn digest(key: &[u8]) -> Digest {
    Sha256::digest(key).into()
}

/// The 26 characters of a ULID.
pub(crate) fn ulid(mut id: u128) -> String {
    let mut text = [0; 26];
    for byte in text.iter_mut().rev() {
        *byte = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(id & 0x1F) as usize];
        id >>= 5;
    }
    text.iter().copied().map(char::from).collect()
}

/// The name of a group.
pub(crate) fn group_name(id: u128) -> String {
    format!("groups/{}", ulid(id))
}
