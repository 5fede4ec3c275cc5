//! A second implementation of the access rules, used as a test oracle: given a small world and one
//! call, what must the caller see?
//!
//! It is written from the specification alone, sentence by sentence, with plain strings, vectors
//! and sets, and deliberately shares no code with the runtime (not even a parser or a constant).
//! Where both agree on millions of random cases, an error would have to have been made twice,
//! independently. It is meant to be read next to the specification, not to be fast.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// All that the directory holds, and how it misbehaves. Group names and key digests are unique.
#[derive(Debug, Clone)]
pub struct World {
    /// The stored groups.
    pub groups: Vec<Group>,
    /// The stored API users.
    pub api_users: Vec<ApiUser>,
    /// The stored clients (legal entities).
    pub clients: Vec<Client>,
    /// How long the path of a group may be, the group itself not counted (64 by default).
    pub max_depth: usize,
    /// What is wrong with the directory.
    pub fault: Fault,
}

/// A group as stored, perhaps inconsistent.
#[derive(Debug, Clone)]
pub struct Group {
    /// `groups/{ULID}`.
    pub name: String,
    /// The parent; of a root: empty, or the group itself.
    pub owner: String,
    /// The path from the root to the parent; perhaps followed by the group itself.
    pub owners: Vec<String>,
}

/// An API user as stored.
#[derive(Debug, Clone)]
pub struct ApiUser {
    /// What it is called; no rule depends on it.
    pub name: String,
    /// SHA-256 of the 43 characters of the key: 64 lower-case hexadecimal digits.
    pub key_sha256: String,
    /// The group that owns it.
    pub owner: String,
    /// ACTIVE or not.
    pub active: bool,
    /// The role grants as stored, perhaps malformed.
    pub grants: Vec<String>,
}

/// A legal entity.
#[derive(Debug, Clone)]
pub struct Client {
    /// What it is called; no rule depends on it.
    pub name: String,
    /// The group that owns it.
    pub owner: String,
    /// VERIFIED, or any other status.
    pub verified: bool,
}

/// What is wrong with the directory.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing.
    None,
    /// No API user can be looked up.
    ApiUsersUnavailable,
    /// No group can be looked up.
    GroupsUnavailable,
    /// No client can be looked up.
    ClientsUnavailable,
    /// Whatever key is asked for, the answer is this record (index into `api_users`).
    OtherApiUser(usize),
    /// Whatever group is asked for, the answer is this record (index into `groups`).
    OtherGroup(usize),
}

/// The annotation of a method, as it passed the generator.
#[derive(Debug, Clone)]
pub struct Policy {
    /// WRITE; otherwise READ.
    pub write: bool,
    /// AUTHORISED; otherwise PUBLIC (which has no roles and no verification status).
    pub authorised: bool,
    /// The role numbers, any of which will do.
    pub roles: Vec<i32>,
    /// The method asks for VERIFIED.
    pub verified: bool,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The policy of the method that will run, if it has one.
    pub policy: Option<Policy>,
    /// The values of `x-api-key`, in order.
    pub api_key: Vec<Vec<u8>>,
    /// The values of `x-group`, in order.
    pub group: Vec<Vec<u8>>,
    /// What the call touches.
    pub touch: Touch,
}

/// What the call touches.
#[derive(Debug, Clone)]
pub enum Touch {
    /// No resource.
    Nothing,
    /// The handler looked a resource up by name: the stored one, or none.
    Stored(Option<Resource>),
    /// The request carries this resource.
    Request(Resource),
    /// The handler returns this resource.
    Response(Resource),
}

/// A resource, as far as scoping goes.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The group that owns it directly.
    pub owner: String,
    /// The path from the root to the owner, the owner included.
    pub owners: Vec<String>,
}

/// What the caller sees: `ALLOW`, or the reason of the denial.
pub fn answer(world: &World, call: &Call) -> &'static str {
    match check(world, call) {
        Ok(()) => "ALLOW",
        Err(reason) => reason,
    }
}

/// The checks, in the order in which the caller sees them fail.
fn check(world: &World, call: &Call) -> Result<(), &'static str> {
    // Check 1. Whether credentials are needed at all is unknown without a policy, so this comes
    // first.
    let Some(policy) = &call.policy else {
        return Err("METHOD_UNKNOWN");
    };

    // A PUBLIC method: credentials are optional, but must be right if sent. No executing group, so
    // no scope.
    if !policy.authorised {
        if !call.api_key.is_empty() {
            identify(world, &call.api_key)?;
        }
        return Ok(());
    }

    // Check 3, before anything is said or looked up about groups.
    let user = identify(world, &call.api_key)?;

    // Check 2.
    if call.group.is_empty() {
        return Err("GROUP_MISSING");
    }
    let Some(executing) = group_header(&call.group) else {
        return Err("GROUP_MALFORMED");
    };
    let Some(group) = look_up_group(world, &executing)? else {
        return Err("ROLE_REQUIRED");
    };
    let Some(hierarchy) = hierarchy(world, group) else {
        return Err("ROLE_REQUIRED");
    };

    // Check 4.
    if !has_role(user, &policy.roles, &hierarchy) {
        return Err("ROLE_REQUIRED");
    }

    // Check 5.
    if policy.verified && !client_is_verified(world, user)? {
        return Err("VERIFICATION_REQUIRED");
    }

    // Check 6.
    scope(policy.write, &executing, &call.touch)
}

/// Check 3: the API user whose key was sent.
fn identify<'a>(world: &'a World, values: &[Vec<u8>]) -> Result<&'a ApiUser, &'static str> {
    if values.is_empty() {
        return Err("CREDENTIALS_MISSING");
    }
    if values.len() > 1 || !is_api_key(&values[0]) {
        return Err("CREDENTIALS_INVALID");
    }
    let digest = hex(&Sha256::digest(&values[0]));

    let record = match &world.fault {
        Fault::ApiUsersUnavailable => return Err("DIRECTORY_UNAVAILABLE"),
        Fault::OtherApiUser(index) => world.api_users.get(*index),
        _ => world.api_users.iter().find(|user| user.key_sha256 == digest),
    };
    let Some(user) = record else {
        return Err("CREDENTIALS_INVALID");
    };
    if user.key_sha256 != digest {
        // The directory answers for another key.
        return Err("INTERNAL");
    }
    if !user.active {
        return Err("CREDENTIALS_INVALID");
    }
    if user.grants.iter().any(|grant| parse_grant(grant).is_none()) {
        // The caller's own record is unusable.
        return Err("INTERNAL");
    }
    Ok(user)
}

/// The group that the header names; `None` if the header is malformed.
fn group_header(values: &[Vec<u8>]) -> Option<String> {
    if values.len() != 1 {
        return None;
    }
    let text = String::from_utf8(values[0].clone()).ok()?;
    if is_group_name(&text) { Some(text) } else { None }
}

/// Asks the directory for a group; `None` if it is unknown.
fn look_up_group<'a>(world: &'a World, name: &str) -> Result<Option<&'a Group>, &'static str> {
    let record = match &world.fault {
        Fault::GroupsUnavailable => return Err("DIRECTORY_UNAVAILABLE"),
        Fault::OtherGroup(index) => world.groups.get(*index),
        _ => world.groups.iter().find(|group| group.name == name),
    };
    match record {
        // The directory answers for another group.
        Some(group) if group.name != name => Err("INTERNAL"),
        other => Ok(other),
    }
}

/// The ownership hierarchy of a stored group, root first, the group itself last; `None` if it is
/// inconsistent.
fn hierarchy(world: &World, group: &Group) -> Option<Vec<String>> {
    // The group itself may follow as the last entry.
    let mut path = group.owners.clone();
    if path.last() == Some(&group.name) {
        path.pop();
    }

    if path.is_empty() {
        // A root: its owner is empty or itself.
        if !group.owner.is_empty() && group.owner != group.name {
            return None;
        }
    } else {
        // `owners` ends with `owner`, and the parent is known.
        if path.last() != Some(&group.owner) {
            return None;
        }
        if !world.groups.iter().any(|other| other.name == group.owner) {
            return None;
        }
    }

    if path.len() > world.max_depth {
        return None;
    }

    // Groups only, none twice (nor the group itself among its ancestors).
    path.push(group.name.clone());
    if !path.iter().all(|name| is_group_name(name)) {
        return None;
    }
    let distinct: BTreeSet<&String> = path.iter().collect();
    if distinct.len() != path.len() {
        return None;
    }
    Some(path)
}

/// Check 4: one grant with one of the roles, in a group of the hierarchy.
fn has_role(user: &ApiUser, roles: &[i32], hierarchy: &[String]) -> bool {
    user.grants.iter().any(|grant| match parse_grant(grant) {
        Some((group, role)) => roles.contains(&role) && hierarchy.contains(&group),
        None => false,
    })
}

/// Check 5: the client nearest to the user's owner group, walking up from it, is VERIFIED.
fn client_is_verified(world: &World, user: &ApiUser) -> Result<bool, &'static str> {
    let Some(group) = look_up_group(world, &user.owner)? else {
        return Ok(false);
    };
    let Some(hierarchy) = hierarchy(world, group) else {
        return Ok(false);
    };
    if let Fault::ClientsUnavailable = &world.fault {
        return Err("DIRECTORY_UNAVAILABLE");
    }
    for name in hierarchy.iter().rev() {
        let owned: Vec<&Client> =
            world.clients.iter().filter(|client| client.owner == *name).collect();
        if !owned.is_empty() {
            // Two clients of one group: neither is "the one".
            return Ok(owned.len() == 1 && owned[0].verified);
        }
    }
    Ok(false)
}

/// Check 6: what the call touches lies in the scope of the executing group.
fn scope(write: bool, executing: &String, touch: &Touch) -> Result<(), &'static str> {
    match touch {
        Touch::Nothing => Ok(()),
        Touch::Stored(None) => Err("RESOURCE_NOT_FOUND"),
        Touch::Stored(Some(resource)) => {
            let visible = resource.owners.contains(executing);
            let owned = resource.owner == *executing;
            match (write, visible, owned) {
                (false, true, _) => Ok(()),
                (false, false, _) => Err("RESOURCE_NOT_FOUND"),
                (true, _, true) => Ok(()),
                (true, true, false) => Err("RESOURCE_NOT_OWNED"),
                (true, false, false) => Err("RESOURCE_NOT_FOUND"),
            }
        }
        Touch::Request(resource) => {
            // An empty owner states nothing; `owners` is never believed; the rule is about WRITE
            // requests only.
            if !write || resource.owner.is_empty() || resource.owner == *executing {
                Ok(())
            } else {
                Err("RESOURCE_NOT_OWNED")
            }
        }
        Touch::Response(resource) => {
            let in_scope = if write {
                resource.owner == *executing
            } else {
                resource.owners.contains(executing)
            };
            if in_scope { Ok(()) } else { Err("INTERNAL") }
        }
    }
}

/// `groups/` and a ULID: 26 characters of Crockford's alphabet, upper case, the first at most `7`.
fn is_group_name(text: &str) -> bool {
    let Some(ulid) = text.strip_prefix("groups/") else {
        return false;
    };
    let characters: Vec<char> = ulid.chars().collect();
    characters.len() == 26
        && characters
            .iter()
            .all(|character| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(*character))
        && "01234567".contains(characters[0])
}

/// A group name, `/roles/`, and a number from 1 to 2147483647 without sign or leading zero.
fn parse_grant(text: &str) -> Option<(String, i32)> {
    let (group, number) = text.split_once("/roles/")?;
    if !is_group_name(group) {
        return None;
    }
    if number.is_empty()
        || number.starts_with('0')
        || !number.chars().all(|digit| "0123456789".contains(digit))
    {
        return None;
    }
    let number: i32 = number.parse().ok()?;
    Some((group.to_string(), number))
}

/// 43 characters of base64url without padding.
fn is_api_key(value: &[u8]) -> bool {
    value.len() == 43
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    text
}
