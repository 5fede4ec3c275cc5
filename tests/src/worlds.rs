//! Worlds and calls to test with: a deterministic random generator, and every small forest.
//!
//! A random case starts as one that should be allowed. Then one thing is done to it that should lead to a chosen answer, in one of
//! many ways, and sometimes one or two more, so that the order of the checks matters. Nothing here says what the answer is:
//! that is for the oracle and the runtime to say. The choice only makes sure that every answer is frequent.
//!
//! Group names, key digests and the owners of clients are unique in a world; names of stored groups, and owners of users and
//! clients, are always canonical; header values hold no byte that HTTP forbids.

use sha2::{Digest, Sha256};

use super::oracle::{ApiUser, Call, Client, Fault, Group, Policy, Resource, Touch, World};

/// A world and one call in it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the directory holds.
    pub world: World,
    /// The call.
    pub call: Call,
}

/// The numbers that the Role enum defines; policies name no others.
pub const ROLES: [i32; 8] = [1, 2, 3, 12, 1_000_000, 1_000_001, 2_000_000, i32::MAX];

/// Well-formed numbers that the Role enum does not define, some of them close to defined ones.
pub const UNDEFINED_ROLES: [i32; 8] = [4, 10, 11, 21, 100_000, 1_000_002, 10_000_000, i32::MAX - 1];

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A canonical group name, another one for every index. Names of neighbours often differ in their last character only.
pub fn group_name(i: usize) -> String {
    let low = i as u64;
    let high = mix(low >> 3);
    let mut name = String::from("groups/");
    name.push(char::from(CROCKFORD[(high >> 61) as usize]));
    for k in 0..12 {
        name.push(char::from(CROCKFORD[(high >> (5 * k)) as usize & 31]));
    }
    for k in (0..13).rev() {
        name.push(char::from(CROCKFORD[(low >> (5 * k)) as usize & 31]));
    }
    name
}

/// A key of 43 base64url characters, another one for every index: 32 bytes, encoded as an encoder does (the last two bits are 0).
pub fn api_key(i: usize) -> String {
    encode_key(&key_bytes(i))
}

/// The SHA-256 of a key as sent: 64 lower-case hexadecimal digits.
pub fn key_sha256(key: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(key) {
        text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    text
}

/// Every parent function on `n` nodes, with cycles or without: `(n+1)^n` of them.
pub fn parent_functions(n: usize) -> impl Iterator<Item = Vec<Option<usize>>> {
    let count = (0..n).fold(1_usize, |product, _| product * (n + 1));
    (0..count).map(move |mut code| {
        let mut parents = Vec::new();
        for _ in 0..n {
            parents.push((code % (n + 1)).checked_sub(1));
            code /= n + 1;
        }
        parents
    })
}

/// Every labelled forest on `n` nodes, as a parent function without cycles: `(n+1)^(n-1)` of them.
pub fn forests(n: usize) -> impl Iterator<Item = Vec<Option<usize>>> {
    parent_functions(n)
        .filter(|parents| (0..parents.len()).all(|node| path_to(parents, node).is_some()))
}

/// A world of consistent groups, the group of node `i` being `group_name(i)`, and no users; `None` if there is a cycle.
pub fn forest_world(parents: &[Option<usize>]) -> Option<World> {
    let mut groups = Vec::new();
    for node in 0..parents.len() {
        let path = path_to(parents, node)?;
        let owners: Vec<String> = path[..path.len() - 1].iter().map(|i| group_name(*i)).collect();
        let owner = owners.last().cloned().unwrap_or_default();
        groups.push(Group { name: group_name(node), owner, owners });
    }
    Some(World {
        groups,
        api_users: Vec::new(),
        clients: Vec::new(),
        max_depth: 64,
        fault: Fault::None,
    })
}

/// The nodes from the root to `node`, both included; `None` if there is a cycle above it.
fn path_to(parents: &[Option<usize>], node: usize) -> Option<Vec<usize>> {
    let mut path = vec![node];
    let mut current = node;
    while let Some(parent) = parents[current] {
        if path.contains(&parent) {
            return None;
        }
        path.push(parent);
        current = parent;
    }
    path.reverse();
    Some(path)
}

/// The case of a seed: always the same one.
pub fn random_case(seed: u64) -> Case {
    let mut rng = Rng(seed);
    let aim = rng.weighted(&AIMS);
    let mut draft = Draft::new(rng, aim);
    draft.perturb(aim);
    // Further things go wrong, or only look as if.
    let more = draft.rng.weighted(&[(0, 72), (1, 20), (2, 5), (3, 3)]);
    for _ in 0..more {
        let next = draft.rng.weighted(&FURTHER);
        draft.perturb(next);
    }
    Case { world: draft.world, call: draft.call }
}

/// What should happen to a case that would be allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Aim {
    Allow,
    Harmless,
    CredentialsMissing,
    CredentialsInvalid,
    GroupMissing,
    GroupMalformed,
    RoleRequired,
    VerificationRequired,
    ResourceNotFound,
    ResourceNotOwned,
    MethodUnknown,
    DirectoryUnavailable,
    Internal,
}

/// How often each is the first thing that happens.
const AIMS: [(Aim, usize); 13] = [
    (Aim::Allow, 24),
    (Aim::Harmless, 12),
    (Aim::CredentialsMissing, 3),
    (Aim::CredentialsInvalid, 5),
    (Aim::GroupMissing, 4),
    (Aim::GroupMalformed, 6),
    (Aim::RoleRequired, 13),
    (Aim::VerificationRequired, 6),
    (Aim::ResourceNotFound, 6),
    (Aim::ResourceNotOwned, 6),
    (Aim::MethodUnknown, 3),
    (Aim::DirectoryUnavailable, 5),
    (Aim::Internal, 8),
];

/// How often each happens on top.
const FURTHER: [(Aim, usize); 12] = [
    (Aim::Harmless, 30),
    (Aim::CredentialsMissing, 4),
    (Aim::CredentialsInvalid, 6),
    (Aim::GroupMissing, 4),
    (Aim::GroupMalformed, 6),
    (Aim::RoleRequired, 10),
    (Aim::VerificationRequired, 8),
    (Aim::ResourceNotFound, 8),
    (Aim::ResourceNotOwned, 8),
    (Aim::MethodUnknown, 3),
    (Aim::DirectoryUnavailable, 6),
    (Aim::Internal, 7),
];

/// Splitmix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn weighted<T: Clone>(&mut self, items: &[(T, usize)]) -> T {
        let total: usize = items.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (item, weight) in items {
            if left < *weight {
                return item.clone();
            }
            left -= weight;
        }
        unreachable!("the number is below the sum of the weights")
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    fn insert<T>(&mut self, items: &mut Vec<T>, item: T) {
        let at = self.below(items.len() + 1);
        items.insert(at, item);
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn key_bytes(i: usize) -> [u8; 32] {
    let i = i as u64;
    let mut bytes = [0; 32];
    for k in 0..3 {
        let word = mix(i.wrapping_mul(3).wrapping_add(k as u64 + 1));
        bytes[8 * k..8 * k + 8].copy_from_slice(&word.to_be_bytes());
    }
    bytes[24..].copy_from_slice(&i.to_be_bytes());
    bytes
}

fn encode_key(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(43);
    for position in 0..43 {
        let mut sextet = 0;
        for bit in 6 * position..6 * position + 6 {
            let value = if bit < 256 { bytes[bit / 8] >> (7 - bit % 8) & 1 } else { 0 };
            sextet = sextet << 1 | value;
        }
        text.push(char::from(BASE64URL[usize::from(sextet)]));
    }
    text
}

fn grant(group: &str, role: impl std::fmt::Display) -> String {
    format!("{group}/roles/{role}")
}

/// `text` with the character at `at` (in bytes; ASCII) replaced.
fn replaced(text: &str, at: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..at], &text[at + 1..])
}

/// Something that resembles a canonical group name, but is none.
fn malformed_group(rng: &mut Rng, name: &str) -> String {
    let ulid = &name[7..];
    let at = 8 + rng.below(25);
    let text = match rng.below(38) {
        0 | 1 => format!("groups/{}", ulid.to_lowercase()),
        2 => format!("groups/{}{}", ulid[..25].to_owned(), ulid[25..].to_lowercase()),
        3 | 4 => replaced(name, 7, ["8", "9", "A", "Z"][rng.below(4)]),
        5 => replaced(name, at, "I"),
        6 => replaced(name, at, "L"),
        7 => replaced(name, at, "O"),
        8 => replaced(name, at, "U"),
        9 => name[..32].to_string(),
        10 => format!("{name}0"),
        11 => format!(" {name}"),
        12 => format!("{name} "),
        13 => format!("{name}\n"),
        14 => format!("\t{name}"),
        15 => format!("{name}\0"),
        16 => ulid.to_string(),
        17 => format!("group/{ulid}"),
        18 => format!("Groups/{ulid}"),
        19 => format!("/{name}"),
        20 => format!("{name}/"),
        21 => format!("groups//{ulid}"),
        22 => grant(name, rng.pick(&ROLES)),
        23 => replaced(name, at, "\u{FF11}"),
        24 => replaced(name, at, "\u{0661}"),
        25 => replaced(name, at, "-"),
        26 => format!("groups%2F{ulid}"),
        27 => "groups/*".to_string(),
        28 => "groups/".to_string(),
        29 => "*".to_string(),
        30 => format!("\"{name}\""),
        31 => format!("{name},{name}"),
        32 => "groups/0188D2C4-6F3A-7B1E-9C5D-2A4B6C8D0E1F".to_string(),
        33 => format!("{name}\u{200B}"),
        34 => replaced(name, at, " "),
        35 => format!("GROUPS/{ulid}"),
        36 => format!("groups/{}", "\u{0660}".repeat(13)),
        _ => format!("users/{ulid}"),
    };
    // A name without a letter has no lower case.
    if text == name { format!("{name}_") } else { text }
}

/// Something that resembles a grant, but is none. Read carelessly, most of them grant `role` in `group`.
fn malformed_grant(rng: &mut Rng, group: &str, role: i32) -> String {
    match rng.below(42) {
        0 => grant(group, format!("+{role}")),
        1 => grant(group, format!("0{role}")),
        2 => grant(group, format!("0000000000{role}")),
        3 => grant(group, 0),
        4 => grant(group, format!("-{role}")),
        5 => grant(group, i64::from(role) + (1 << 32)),
        6 => grant(group, 2_147_483_648_u32),
        7 => grant(group, u32::MAX),
        8 => grant(group, i128::from(role) + (1 << 64)),
        9 => grant(group, "99999999999999999999999999999999999999999"),
        10 => grant(group, ""),
        11 => grant(group, format!("{role} ")),
        12 => grant(group, format!(" {role}")),
        13 => grant(group, format!("{role}\n")),
        14 => grant(group, format!("{role}.0")),
        15 => grant(group, format!("{role}e0")),
        16 => grant(group, format!("0x{role:x}")),
        17 => grant(group, "\u{FF11}"),
        18 => grant(group, "\u{0661}"),
        19 => {
            grant(&group.to_lowercase(), role)
                + if group.to_lowercase() == group { "\t" } else { "" }
        }
        20 => format!("roles/{role}"),
        21 => format!("{group}/role/{role}"),
        22 => format!("{group}/roles{role}"),
        23 => group.to_string(),
        24 => format!("{group}/roles"),
        25 => grant(group, "ROLE_TRADING_ADMIN"),
        26 => grant(group, format!("{role}/")),
        27 => grant(&grant(group, role), role),
        28 => format!("/{}", grant(group, role)),
        29 => format!(" {}", grant(group, role)),
        30 => String::new(),
        31 => format!("roles/{role}/{group}"),
        32 => grant(&format!("{group}/{group}"), role),
        33 => grant("groups/*", role),
        34 => format!("{group}%2Froles%2F{role}"),
        35 => format!("{},{}", grant(group, role), grant(group, role)),
        36 => grant(group, "-0"),
        37 => grant(group, "*"),
        38 => format!("{group}/Roles/{role}"),
        39 => grant(group, format!("{role}\0")),
        40 => grant(group, "1_0"),
        _ => grant(&malformed_group(rng, group), role),
    }
}

/// A header value must not hold control characters other than the tab; HTTP libraries refuse to make one.
fn header_value(bytes: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut bytes: Vec<u8> = bytes.into();
    for byte in &mut bytes {
        if (*byte < 32 && *byte != b'\t') || *byte == 127 {
            *byte = b'\t';
        }
    }
    bytes
}

/// A case in the making.
struct Draft {
    rng: Rng,
    world: World,
    call: Call,
    /// The names of the groups as first made, by node; `world.groups` has the same order.
    names: Vec<String>,
    /// The nodes from the root to the node itself.
    paths: Vec<Vec<usize>>,
    /// The node of the executing group.
    executing: usize,
    /// The index of the caller in `api_users`.
    caller: usize,
    /// The caller's key, and the bytes it encodes.
    key: String,
    key_bytes: [u8; 32],
    /// An index of a group name, and of a key, from which on no one has any.
    next_group: usize,
    next_key: usize,
    /// The last number given to a client.
    next_client: usize,
}

impl Draft {
    /// A case that should be allowed.
    fn new(mut rng: Rng, aim: Aim) -> Draft {
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
    fn perturb(&mut self, aim: Aim) {
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

    fn authorised(&self) -> bool {
        self.call.policy.as_ref().is_some_and(|policy| policy.authorised)
    }

    fn write(&self) -> bool {
        self.call.policy.as_ref().is_some_and(|policy| policy.write)
    }

    /// A defined role that the method lists, if it lists any.
    fn right_role(&mut self) -> i32 {
        match &self.call.policy {
            Some(policy) if !policy.roles.is_empty() => self.rng.pick(&policy.roles),
            _ => self.rng.pick(&ROLES),
        }
    }

    /// A role that the method does not list, defined or not.
    fn wrong_role(&mut self) -> i32 {
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

    fn executing_name(&self) -> String {
        self.names[self.executing].clone()
    }

    /// A canonical name that no group has.
    fn unknown_group(&mut self) -> String {
        self.next_group += 1;
        group_name(self.next_group)
    }

    fn unknown_key(&mut self) -> String {
        self.next_key += 1;
        api_key(self.next_key)
    }

    fn ancestors(&self, node: usize) -> Vec<usize> {
        self.paths[node][..self.paths[node].len() - 1].to_vec()
    }

    fn descendants(&self, node: usize) -> Vec<usize> {
        (0..self.names.len())
            .filter(|other| *other != node && self.paths[*other].contains(&node))
            .collect()
    }

    /// Siblings, cousins, other trees.
    fn strangers(&self, node: usize) -> Vec<usize> {
        (0..self.names.len())
            .filter(|other| {
                !self.paths[*other].contains(&node) && !self.paths[node].contains(other)
            })
            .collect()
    }

    /// Any group but the executing one, or an unknown one; every kind of relation is equally likely.
    fn other_group(&mut self) -> String {
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
    fn any_group(&mut self) -> String {
        if self.rng.chance(12) { self.unknown_group() } else { self.rng.pick(&self.names) }
    }

    /// Groups that are neither the executing one nor above it.
    fn group_outside_hierarchy(&mut self) -> String {
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
    fn some_grants(&mut self, most: usize) -> Vec<String> {
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
    fn give_right_grant(&mut self) {
        let node = self.rng.pick(&self.paths[self.executing]);
        let role = self.right_role();
        let right = grant(&self.names[node], role);
        let grants = &mut self.world.api_users[self.caller].grants;
        grants.truncate(4);
        self.rng.insert(grants, right);
    }

    /// Makes the caller have to be VERIFIED.
    fn ask_for_verified(&mut self) {
        if let Some(policy) = &mut self.call.policy {
            policy.verified = policy.authorised;
        }
    }

    fn make_public(&mut self) {
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

    /// What the directory would say of a resource that this node owns.
    fn resource_of(&self, node: usize) -> Resource {
        Resource {
            owner: self.names[node].clone(),
            owners: self.paths[node].iter().map(|i| self.names[*i].clone()).collect(),
        }
    }

    /// A resource of one of these nodes.
    fn resource_of_one(&mut self, nodes: &[usize]) -> Resource {
        let node = self.rng.pick(nodes);
        self.resource_of(node)
    }

    /// A resource that the executing group may read: it is in `owners`.
    fn visible_resource(&mut self) -> Resource {
        let name = self.executing_name();
        let below = self.descendants(self.executing);
        match self.rng.below(8) {
            0..=2 => self.resource_of(self.executing),
            3..=5 if !below.is_empty() => self.resource_of_one(&below),
            3..=6 => {
                // A group below that the directory does not hold.
                let mut resource = self.resource_of(self.executing);
                resource.owner = self.unknown_group();
                resource.owners.push(resource.owner.clone());
                resource
            }
            _ => {
                let mut owners: Vec<String> =
                    (0..self.rng.below(3)).map(|_| self.any_group()).collect();
                if self.rng.chance(30) {
                    let junk = malformed_group(&mut self.rng, &name);
                    owners.push(junk);
                }
                self.rng.insert(&mut owners, name);
                Resource { owner: self.any_owner(), owners }
            }
        }
    }

    /// A resource that the executing group may not read: it is not in `owners`, though perhaps something like it.
    fn hidden_resource(&mut self) -> Resource {
        let name = self.executing_name();
        let above = self.ancestors(self.executing);
        let aside = self.strangers(self.executing);
        let mut resource = match self.rng.below(9) {
            0 | 1 if !above.is_empty() => self.resource_of_one(&above),
            2..=4 if !aside.is_empty() => self.resource_of_one(&aside),
            5 => Resource { owner: name.clone(), owners: Vec::new() },
            6 => Resource { owner: self.any_owner(), owners: Vec::new() },
            7 => {
                let junk = malformed_group(&mut self.rng, &name);
                let mut owners = self.resource_of(self.executing).owners;
                owners.pop();
                owners.push(junk);
                Resource { owner: name.clone(), owners }
            }
            _ => {
                let unknown = self.unknown_group();
                let mut owners = self.resource_of(self.executing).owners;
                owners.pop();
                owners.push(unknown.clone());
                Resource { owner: unknown, owners }
            }
        };
        resource.owners.retain(|owner| *owner != name);
        resource
    }

    /// A resource that the executing group may change: it is the `owner`.
    fn owned_resource(&mut self) -> Resource {
        let mut resource = self.resource_of(self.executing);
        match self.rng.below(8) {
            0..=4 => {}
            5 => resource.owners = self.hidden_resource().owners,
            6 => resource.owners.clear(),
            _ => resource.owners = self.visible_resource().owners,
        }
        resource
    }

    /// Any content of `owner`.
    fn any_owner(&mut self) -> String {
        match self.rng.below(5) {
            0 => self.executing_name(),
            1 => String::new(),
            2 => malformed_group(&mut self.rng, &self.names[self.executing]),
            _ => self.other_group(),
        }
    }

    /// Another owner than the executing group.
    fn other_owner(&mut self) -> String {
        match self.rng.below(6) {
            0 => String::new(),
            1 => malformed_group(&mut self.rng, &self.names[self.executing]),
            _ => self.other_group(),
        }
    }

    fn any_resource(&mut self) -> Resource {
        match self.rng.below(3) {
            0 => self.visible_resource(),
            1 => self.hidden_resource(),
            _ => self.owned_resource(),
        }
    }

    fn any_touch(&mut self) -> Touch {
        match self.rng.below(8) {
            0 => Touch::Nothing,
            1 => Touch::Stored(None),
            2 | 3 => Touch::Stored(Some(self.any_resource())),
            4 | 5 => Touch::Request(self.any_resource()),
            _ => Touch::Response(self.any_resource()),
        }
    }

    fn touch_in_scope(&mut self) {
        let write = self.write();
        let kind = self.rng.below(10);
        let resource = if write { self.owned_resource() } else { self.visible_resource() };
        self.call.touch = match kind {
            0 | 1 => Touch::Nothing,
            2..=4 => Touch::Stored(Some(resource)),
            5 | 6 if write && self.rng.chance(40) => Touch::Request(Resource {
                owner: String::new(),
                owners: self.any_resource().owners,
            }),
            5 | 6 if write => Touch::Request(resource),
            5 | 6 => Touch::Request(self.any_resource()),
            _ => Touch::Response(resource),
        };
    }

    fn touch_not_found(&mut self) {
        let stored = if self.rng.chance(20) {
            None
        } else {
            let mut resource = self.hidden_resource();
            if self.write() && resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
            Some(resource)
        };
        self.call.touch = Touch::Stored(stored);
    }

    fn touch_not_owned(&mut self) {
        if let Some(policy) = &mut self.call.policy {
            policy.write = true;
        }
        self.call.touch = if self.rng.chance(50) {
            let mut resource = self.visible_resource();
            if resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
            Touch::Stored(Some(resource))
        } else {
            let mut owner = self.other_owner();
            if owner.is_empty() {
                owner = malformed_group(&mut self.rng, &self.names[self.executing]);
            }
            // What the sender says of `owners` makes no difference.
            Touch::Request(Resource { owner, owners: self.any_resource().owners })
        };
    }

    fn touch_response_out_of_scope(&mut self) {
        let mut resource =
            if self.rng.chance(50) { self.hidden_resource() } else { self.visible_resource() };
        if self.write() {
            if resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
        } else {
            resource.owners.retain(|owner| *owner != self.names[self.executing]);
        }
        self.call.touch = Touch::Response(resource);
    }

    // Headers.

    fn spoil_credentials(&mut self) {
        let key = self.key.clone();
        let at = self.rng.below(43);
        let values: Vec<Vec<u8>> = match self.rng.below(40) {
            0 => vec![key.clone().into(), key.into()],
            1 => vec![key.into(), self.unknown_key().into()],
            2 => vec![self.unknown_key().into(), key.into()],
            3 => vec![Vec::new(), key.into()],
            4 => vec![key.into(), Vec::new()],
            5 => vec![key.clone().into(), key.clone().into(), key.into()],
            6 => vec![format!("{key},{key}").into()],
            7 => vec![format!("{key}, {}", self.unknown_key()).into()],
            8 => vec![Vec::new()],
            9 => vec![format!(" {key}").into()],
            10 => vec![format!("{key} ").into()],
            11 => vec![format!("\t{key}").into()],
            12 => vec![format!("{key}=").into()],
            13 => vec![key[..42].into()],
            14 => vec![format!("{key}A").into()],
            15 => vec![
                replaced(&key, at, ["+", "/", ".", "~", "=", "*", "%"][self.rng.below(7)]).into(),
            ],
            16 => vec![replaced(&key, at, " ").into()],
            17 => vec![replaced(&key, at, "\u{E9}").into()],
            18 => {
                let mut bytes = key.into_bytes();
                bytes[at] = 0x80 | self.rng.below(128) as u8;
                vec![bytes]
            }
            19 => vec![vec![0xFF; 43]],
            20 => vec![vec![b'A'; 44 + self.rng.below(5000)]],
            21 => vec![format!("Bearer {key}").into()],
            22 => vec![format!("\"{key}\"").into()],
            23 => vec![self.world.api_users[self.caller].key_sha256.clone().into()],
            24 => vec![format!("{key},").into()],
            25 => vec![replaced(&key, at, "\u{FF21}").into()],
            26 => vec![key.to_lowercase().into()],
            27..=29 => {
                // Another text of the same 32 bytes.
                let last = BASE64URL
                    .iter()
                    .position(|letter| *letter == key.as_bytes()[42])
                    .expect("a base64url letter");
                let sibling = BASE64URL[last ^ (1 + self.rng.below(3))];
                vec![replaced(&key, 42, &char::from(sibling).to_string()).into()]
            }
            30 | 31 => vec![self.unknown_key().into()],
            32 => {
                // The key of the caller is not on record any more.
                self.world.api_users[self.caller].key_sha256 =
                    key_sha256(self.unknown_key().as_bytes());
                vec![key.into()]
            }
            33 => {
                // The digest of the decoded bytes is on record, not that of the text.
                self.world.api_users[self.caller].key_sha256 = key_sha256(&self.key_bytes);
                vec![key.into()]
            }
            _ => {
                self.world.api_users[self.caller].active = false;
                vec![key.into()]
            }
        };
        self.call.api_key = values.into_iter().map(header_value).collect();
    }

    fn spoil_group_header(&mut self) {
        let name = self.executing_name();
        let values: Vec<Vec<u8>> = match self.rng.below(24) {
            0 | 1 => vec![name.clone().into(), name.into()],
            2 => vec![name.into(), self.other_group().into()],
            3 => vec![self.other_group().into(), name.into()],
            4 => vec![Vec::new(), name.into()],
            5 => vec![
                name.into(),
                malformed_group(&mut self.rng, &self.names[self.executing]).into(),
            ],
            6 => vec![Vec::new()],
            7 => vec![format!("{name}, {}", self.other_group()).into()],
            8 => {
                let mut bytes = name.into_bytes();
                bytes[self.rng.below(33)] = 0x80 | self.rng.below(128) as u8;
                vec![bytes]
            }
            9 => vec![vec![0xFF; 33]],
            10 => vec![[name.as_bytes(), &[0xC3, 0x28]].concat()],
            11 => vec![format!("{name}{}", "0".repeat(1 + self.rng.below(5000))).into()],
            _ => vec![malformed_group(&mut self.rng, &name).into()],
        };
        self.call.group = values.into_iter().map(header_value).collect();
    }

    // Groups and roles.

    fn rename(&mut self, node: usize) {
        self.world.groups[node].name = self.unknown_group();
    }

    fn lose_role(&mut self) {
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
    fn make_inconsistent(&mut self, node: usize) {
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

    /// Stores the group so that no rule on a stored group is broken, although other groups are stored differently.
    fn make_odd(&mut self, node: usize) {
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

    fn add_client(&mut self, owner: &str, verified: bool) {
        self.next_client += 1;
        let client = Client {
            name: format!("clients/{}", self.next_client),
            owner: owner.to_string(),
            verified,
        };
        self.rng.insert(&mut self.world.clients, client);
    }

    fn lose_client(&mut self) {
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
                // The client of the executing group is of no interest: the caller belongs elsewhere.
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

    fn break_directory(&mut self) {
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

    fn cause_internal(&mut self) {
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
                    // Right for the executing group, perhaps wrong for the one that owns the caller.
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
    fn look_suspicious(&mut self) {
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
                // Without VERIFIED, clients are of no interest, nor is the group that owns the caller.
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
