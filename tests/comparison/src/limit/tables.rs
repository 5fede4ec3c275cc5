//! The packed tables: everything refers to everything by index.

use super::{headers::Digest, index::Index};
use crate::world::{self, World, roles};

/// All that the limit knows.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(super) methods: Box<[Method]>,
    user_index: Index,
    pub(super) users: Box<[User]>,
    pub(super) grants: Box<[Grant]>,
    group_index: Index,
    pub(super) groups: Box<[Group]>,
    /// For each group its path from the root, itself included.
    pub(super) paths: Box<[u32]>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Method {
    /// A bit for each role.
    pub(super) roles: u64,
    pub(super) verified: bool,
}

/// One line of the cache.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct User {
    digest: Digest,
    /// For the handler.
    _name: [u64; 2],
    pub(super) owner: u32,
    pub(super) grants: u32,
    pub(super) grant_count: u16,
    pub(super) active: bool,
}

#[derive(Debug)]
pub(super) struct Grant {
    pub(super) group: u32,
    pub(super) depth: u8,
    pub(super) role: u8,
}

#[derive(Debug)]
#[repr(align(32))]
pub(super) struct Group {
    id: [u64; 2],
    pub(super) path: u32,
    pub(super) depth: u8,
    /// Of the nearest client, walking up.
    pub(super) client: ClientState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientState {
    None,
    Unverified,
    Verified,
}

impl Limit {
    pub(crate) fn new(world: &World) -> Self {
        let (groups, paths) = groups(world);
        let mut grants = Vec::with_capacity(world.users.iter().map(|user| user.grants.len()).sum());
        let users: Box<[User]> = world
            .users
            .iter()
            .map(|user| {
                let first = index(grants.len());
                grants.extend(user.grants.iter().map(|grant| Grant {
                    group: grant.group,
                    depth: groups[grant.group as usize].depth,
                    role: roles::index(grant.role),
                }));
                User {
                    digest: world::digest(user.key.as_bytes()),
                    _name: words(user.id),
                    owner: user.owner,
                    grants: first,
                    grant_count: u16::try_from(user.grants.len()).expect("few grants"),
                    active: user.active,
                }
            })
            .collect();
        Self {
            methods: world.methods.iter().map(method).collect(),
            user_index: Index::new(users.iter().map(|user| prefix(&user.digest))),
            users,
            grants: grants.into(),
            group_index: Index::new(groups.iter().map(|group| mix(group.id))),
            groups,
            paths,
        }
    }

    /// The user whose key has this digest.
    pub(super) fn user(&self, digest: &Digest) -> Option<u32> {
        self.user_index.find(prefix(digest), |user| self.users[user as usize].digest == *digest)
    }

    pub(super) fn group(&self, id: u128) -> Option<u32> {
        let id = words(id);
        self.group_index.find(mix(id), |group| self.groups[group as usize].id == id)
    }
}

fn method(method: &world::Method) -> Method {
    let roles = method.roles.iter().fold(0, |roles, role| roles | 1 << roles::index(*role));
    Method { roles, verified: method.verified }
}

/// Groups stand behind their parents.
fn groups(world: &World) -> (Box<[Group]>, Box<[u32]>) {
    let mut own = vec![ClientState::None; world.groups.len()];
    for client in &world.clients {
        own[client.owner as usize] =
            if client.verified { ClientState::Verified } else { ClientState::Unverified };
    }
    let mut groups: Vec<Group> = Vec::with_capacity(world.groups.len());
    let mut paths = Vec::new();
    for (at, group) in world.groups.iter().enumerate() {
        let path = index(paths.len());
        let parent = group.parent.map(|parent| &groups[parent as usize]);
        let (depth, above) = parent.map_or((0, ClientState::None), |parent| {
            let start = parent.path as usize;
            paths.extend_from_within(start..=start + usize::from(parent.depth));
            (parent.depth + 1, parent.client)
        });
        paths.push(index(at));
        let client = if own[at] == ClientState::None { above } else { own[at] };
        groups.push(Group { id: words(group.id), path, depth, client });
    }
    (groups.into(), paths.into())
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("32 bits hold any index")
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn words(id: u128) -> [u64; 2] {
    [(id >> 64) as u64, id as u64]
}

/// A digest is a hash already.
fn prefix(digest: &Digest) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|at| digest[at]))
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn mix([high, low]: [u64; 2]) -> u64 {
    let product =
        u128::from(high ^ 0x9E37_79B9_7F4A_7C15) * u128::from(low ^ 0xD6E8_FEB8_6659_FD93);
    (product >> 64) as u64 ^ product as u64
}
