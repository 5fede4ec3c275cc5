//! 100 groups in chains below one root; in every group an API user, and a verified client at every
//! second one.

use meshauth_runtime::{
    ApiKey, ApiUser, Client, ClientName, EntityState, Grant, GroupName, MemoryDirectory,
    Verification,
    directory::{GroupEntry, World},
};
use meshauth_tests::{
    api::meshtrade::wallet::account::v1::Account,
    worlds::{api_key, group_name},
};

const GROUPS: usize = 100;

/// The last group of the first chain.
pub(crate) const GROUP: usize = 64;
/// Its API user, granted its role in the parent of the group.
pub(crate) const USER: usize = GROUP;

fn name(index: usize) -> GroupName {
    group_name(index).parse().unwrap()
}

/// The parent of a group: up to `GROUP` one chain whose last has `depth` groups above it.
fn parent(index: usize, depth: usize) -> Option<usize> {
    match index {
        0 => None,
        _ if index <= GROUP && index > GROUP - depth + 1 => Some(index - 1),
        _ => Some(0),
    }
}

pub(crate) fn world(depth: usize) -> World {
    let groups: Vec<GroupEntry> = (0..GROUPS)
        .map(|index| GroupEntry { name: name(index), owner: parent(index, depth).map(name) })
        .collect();
    let api_users = (0..GROUPS).map(|index| {
        let granted = parent(index, depth).unwrap_or(0);
        let granted = if index == 99 { 98 } else { granted };
        let roles = ["1000002", "1000003", "3000005", "5000000"];
        let grant =
            |role| format!("{}/roles/{role}", group_name(granted)).parse::<Grant>().unwrap();
        ApiUser {
            name: meshauth_runtime::ApiUserName::from_ulid(index as u128),
            owner: name(index),
            state: EntityState::Active,
            key: ApiKey::parse(api_key(index).as_bytes()).unwrap().digest(),
            grants: roles.into_iter().map(grant).collect(),
        }
    });
    let clients = (0..GROUPS).step_by(2).map(|index| Client {
        name: ClientName::from_ulid(index as u128),
        owner: name(index),
        verification: Verification::Verified,
    });
    World { groups, api_users: api_users.collect(), clients: clients.collect() }
}

pub(crate) fn directory(depth: usize) -> MemoryDirectory {
    MemoryDirectory::new(world(depth)).unwrap()
}

/// Accounts below the executing group.
pub(crate) fn accounts(length: usize) -> Vec<Account> {
    let path = [0, GROUP - 2, GROUP - 1, GROUP, 200].map(group_name);
    let account =
        |_| Account { owner: path[4].clone(), owners: path.to_vec(), ..Account::default() };
    (0..length).map(account).collect()
}
