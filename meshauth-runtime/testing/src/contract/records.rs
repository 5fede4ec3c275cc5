//! A directory answers for exactly what it is asked.

use std::{collections::BTreeSet, sync::Arc};

use meshauth_runtime::{
    Client, Credential, Directory, Entity, EntityState, Group, KeyDigest, Miss, World,
};

use super::worlds::{group, key};

pub(super) async fn assert_hold(directory: &impl Directory, world: &World) {
    for entity in world.entities() {
        for (credential, validity) in entity.credentials() {
            let what = format!("{} by one of its credentials", entity.name());
            let found = directory.entity(credential).await;
            let found = found.unwrap_or_else(|miss| panic!("{what}: {miss}"));
            assert_entity(&what, entity, &found);
            let held: Vec<_> =
                found.credentials().filter(|(held, _)| *held == credential).collect();
            assert_eq!(held.len(), 1, "{what}: the record has it once");
            assert_eq!(held[0].1, validity, "{what}: from when and until when it is valid");
        }
    }
    assert_unknown_credentials(directory).await;
    for (name, _) in world.groups() {
        let found = directory.group(*name).await;
        let found = found.unwrap_or_else(|miss| panic!("{name}: {miss}"));
        assert_eq!(found.name(), *name);
        assert_eq!(found.hierarchy(), hierarchy(world, &found), "{name}: from its root down");
        assert_client(directory, world, &found).await;
    }
    for ulid in [6, u128::MAX - 1, u128::MAX >> 1, 999] {
        let found = directory.group(group(ulid)).await;
        assert_eq!(found.err(), Some(Miss::Unknown), "{}: nobody has made it", group(ulid));
    }
}

fn assert_entity(what: &str, expected: &Entity, found: &Arc<Entity>) {
    assert_eq!(found.name(), expected.name(), "{what}");
    assert_eq!(found.owner(), expected.owner(), "{what}: who owns it");
    assert_eq!(found.state(), expected.state(), "{what}: its state");
    // One that is inactive may be answered without its grants.
    if expected.state() == EntityState::Active {
        let grants = |entity: &Entity| entity.grants().iter().collect::<BTreeSet<_>>();
        assert_eq!(grants(found), grants(expected), "{what}: its grants");
    }
}

/// Also of those that differ from a stored one in one bit.
async fn assert_unknown_credentials(directory: &impl Directory) {
    let mut strangers = vec![[0; 32], [0xFF; 32], *key(200).as_bytes()];
    for byte in [0, 8, 15, 16, 31] {
        let mut close = *key(1).as_bytes();
        close[byte] ^= 1 << (byte % 8);
        strangers.push(close);
    }
    for stranger in strangers {
        let credential = Credential::from(KeyDigest::from_bytes(stranger));
        let found = directory.entity(&credential).await;
        assert_eq!(found.err(), Some(Miss::Unknown), "a credential that nobody has");
    }
}

/// The client of the nearest group, walking up from this one.
async fn assert_client(directory: &impl Directory, world: &World, home: &Group) {
    let owned = |name| world.clients().iter().find(|client| client.owner() == name);
    let nearest: Option<&Client> = home.hierarchy().iter().rev().find_map(|above| owned(*above));
    let found = directory.client(home).await;
    match nearest {
        None => assert_eq!(found.err(), Some(Miss::Unknown), "the client of {}", home.name()),
        Some(client) => assert_eq!(found.ok(), Some(*client), "the client of {}", home.name()),
    }
}

fn hierarchy(world: &World, of: &Group) -> Vec<meshauth_runtime::GroupName> {
    let mut path = vec![of.name()];
    while let Some((_, Some(owner))) =
        world.groups().iter().find(|(name, _)| Some(name) == path.last())
    {
        path.push(*owner);
    }
    path.reverse();
    path
}
