//! Directories that ask their database for each decision.

#[cfg(feature = "postgres")]
mod outages;
mod statements;
mod worlds;

use std::sync::Arc;

use meshauth_runtime::{
    Authoriser, Client, ClientName, ClientType, Credential, Denial, Directory, Entity, GroupName,
    Header, MethodPolicy, Operation, Presented, Revocation, Role, Validity, VerificationStatus,
    World,
};

use super::{
    contract::Fixture,
    database::{bot, digest},
    replica::until,
    *,
};
use crate::DirectDirectory;

static READ: MethodPolicy =
    MethodPolicy::authorised("/direct.v1.Service/Read", Operation::Read, &[Role::new(1, "ROLE")]);
static VERIFIED: MethodPolicy = MethodPolicy::authorised(
    "/direct.v1.Service/Verified",
    Operation::Write,
    &[Role::new(1, "ROLE")],
)
.verified();
static PUBLIC: MethodPolicy = MethodPolicy::public("/direct.v1.Service/Public", Operation::Read);

/// What a caller with this key is told in this group.
async fn told(
    authoriser: &Authoriser,
    policy: &MethodPolicy,
    key: u8,
    executing: u128,
) -> Option<Denial> {
    let key = Header::Value(Credential::from(digest(key)));
    let presented = Presented::new(key, Header::Value(group(executing)));
    authoriser.decide(Some(policy), &presented).await.denial()
}

/// A root (1) with a verified client, above two desks (2 and 3). Bots of the first desk may act there:
/// one with key 1; an inactive one (2); one whose key 3 has ended; one without a role (4). The second
/// root (9) has no client, and a bot (5) that may act in it.
fn desks() -> World {
    let mut world = World::new();
    for (name, owner) in [(1, None), (2, Some(1)), (3, Some(1)), (9, None)] {
        world.add_group(group(name), owner.map(group));
    }
    let verified = VerificationStatus::Verified;
    let name = ClientName::from_ulid(1);
    world.add_client(Client::new(name, group(1), ClientType::Company, verified));
    let ended = Validity::ALWAYS.until(std::time::UNIX_EPOCH);
    let may = |number: u8, owner: u128| {
        Entity::new(bot(number.into()), group(owner)).with_grants([role(1, owner)])
    };
    let inactive = meshauth_runtime::EntityState::Inactive;
    for entity in [
        may(1, 2).with_credential(digest(1)),
        may(2, 2).with_credential(digest(2)).with_state(inactive),
        may(3, 2).with_credential_during(digest(3), ended),
        may(4, 2).with_credential(digest(4)).with_grants([role(2, 2)]),
        may(5, 9).with_credential(digest(5)),
    ] {
        world.add_entity(entity);
    }
    world
}

/// Puts the desks into a database.
async fn with_desks(database: &Database) {
    super::contract::put_world(&database.store, &World::new(), &desks()).await;
}

async fn authoriser(database: &Database) -> Authoriser {
    Authoriser::new(database.direct().connect().await.unwrap())
}

on_each_database! {
    a_change_is_announced,
    t_k01_tables_that_cannot_be_used_are_no_allow_and_no_end,
    unusable_records_are_denials,
    what_is_asked_for_is_compared_byte_for_byte,
}

/// How many revocations were announced.
fn announced(directory: &DirectDirectory) -> String {
    format!("{:?}", directory.revocations().unwrap())
}

async fn a_change_is_announced(database: &Database) {
    with_desks(database).await;
    let directory = database.direct().connect().await.unwrap();
    let known = database.store.position().await.unwrap();
    let since = async |known| {
        let (position, revocations) = database.store.revocations_since(known).await.unwrap();
        (position, revocations)
    };
    assert_eq!(since(&known).await, (known.clone(), vec![]));
    change(&database.store, async |change| change.take_back(bot(1), role(1, 2)).await)
        .await
        .unwrap();
    let (granted, revocations) = since(&known).await;
    assert_eq!(revocations, [Revocation::Entity(bot(1))]);
    let first = announced(&directory);
    until("an announcement", || announced(&directory).contains(": 1,")).await;
    change(&database.store, async |change| change.move_group(group(3), Some(group(2))).await)
        .await
        .unwrap();
    let (moved, revocations) = since(&granted).await;
    assert_eq!(revocations, [Revocation::Group(group(3))]);
    until("the next one", || announced(&directory).contains(": 2,")).await;
    assert_ne!(first, announced(&directory));
    database.by_hand("UPDATE meshauth_clients SET verification_status = 'FAILED'").await.unwrap();
    assert_eq!(since(&moved).await.1, [Revocation::Everything]);
    until("that of a client", || announced(&directory).contains(": 3,")).await;
    // The log does not reach back so far.
    let now = database.store.position().await.unwrap();
    database.store.prune_log(&now).await.unwrap();
    assert_eq!(since(&known).await.1, [Revocation::Everything]);
}

async fn t_k01_tables_that_cannot_be_used_are_no_allow_and_no_end(database: &Database) {
    with_desks(database).await;
    let authoriser = authoriser(database).await;
    assert_eq!(told(&authoriser, &VERIFIED, 1, 2).await, None);
    for (away, back) in [
        (
            "UPDATE meshauth_schema SET version = 99, usable_from = 99",
            "UPDATE meshauth_schema SET version = 1, usable_from = 1",
        ),
        ("DELETE FROM meshauth_schema", "INSERT INTO meshauth_schema VALUES (1, 1, 1)"),
        (
            "ALTER TABLE meshauth_schema RENAME TO meshauth_away",
            "ALTER TABLE meshauth_away RENAME TO meshauth_schema",
        ),
    ] {
        database.by_hand(away).await.unwrap();
        for key in [1, 2, 200] {
            let denial = told(&authoriser, &VERIFIED, key, 2).await;
            assert_eq!(denial, Some(Denial::DirectoryUnavailable), "{away}");
        }
        database.by_hand(back).await.unwrap();
        assert_eq!(told(&authoriser, &VERIFIED, 1, 2).await, None, "{back}");
    }
}

/// Past the constraints: a path that contradicts its group.
async fn unusable_records_are_denials(database: &Database) {
    with_desks(database).await;
    let authoriser = authoriser(database).await;
    database.by_hand("DELETE FROM meshauth_group_paths WHERE depth = 1").await.unwrap();
    assert_eq!(told(&authoriser, &READ, 1, 2).await, Some(Denial::RoleRequired));
    database.by_hand("DELETE FROM meshauth_group_paths").await.unwrap();
    assert_eq!(told(&authoriser, &READ, 5, 9).await, Some(Denial::RoleRequired));
    let group = database.direct().connect().await.unwrap().group(group(2)).await;
    assert_eq!(group.unwrap_err(), meshauth_runtime::Miss::Unusable);
}

/// A name that differs in its last character alone, and a digest in its last bit.
async fn what_is_asked_for_is_compared_byte_for_byte(database: &Database) {
    with_desks(database).await;
    let directory = Arc::new(database.direct().connect().await.unwrap());
    let authoriser = Authoriser::new(Arc::clone(&directory));
    let mut close = *digest(1).as_bytes();
    close[31] ^= 1;
    let close = Header::Value(Credential::from(meshauth_runtime::KeyDigest::from_bytes(close)));
    let presented = Presented::new(close, Header::Value(group(2)));
    let denial = authoriser.decide(Some(&READ), &presented).await.denial();
    assert_eq!(denial, Some(Denial::CredentialsInvalid));
    for ulid in [0, 4, 1 << 5, (1 << 5) + 2, 1 << 127] {
        assert_eq!(told(&authoriser, &READ, 1, ulid).await, Some(Denial::RoleRequired));
        let found = directory.group(GroupName::from_ulid(ulid)).await;
        assert_eq!(found.unwrap_err(), meshauth_runtime::Miss::Unknown);
    }
}
