//! The worlds of the contract.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{
    Client, ClientName, ClientType, Entity, EntityName, EntityState, Grant, GroupName, KeyDigest,
    MAX_OWNERS, RoleNumber, Validity, VerificationStatus, World,
};

/// The two roles that the methods of the contract list, and one that no enum defines.
pub(super) const ROLES: [u32; 3] = [1, 7, 2_147_483_647];

pub(super) fn group(ulid: u128) -> GroupName {
    GroupName::from_ulid(ulid)
}

pub(super) fn key(number: u8) -> KeyDigest {
    let mut digest = [0xA5; 32];
    (digest[0], digest[31]) = (number, number);
    KeyDigest::from_bytes(digest)
}

/// # Panics
/// Never: the roles of the contract are in range.
pub(super) fn grant(of: usize, within: u128) -> Grant {
    let Some(role) = RoleNumber::new(ROLES[of]) else { unreachable!("roles are in range") };
    Grant::new(group(within), role)
}

/// The last group of the deepest chain there may be: it begins at 1000.
pub(super) const DEEPEST: u128 = 1000 + MAX_OWNERS as u128;

/// Two trees, the deepest chain there may be, names that differ in their last character, entities of
/// both kinds with the same ULID, with no, one and several credentials, with validity, inactive ones,
/// and clients of each type and status.
pub(super) fn of_everything() -> World {
    let mut world = World::new();
    let root = u128::MAX;
    world.add_group(group(root), None);
    world.add_group(group(0), None);
    for (name, owner) in [(1, root), (2, root), (3, 2), (4, 3), (5, 0)] {
        world.add_group(group(name), Some(group(owner)));
    }
    world.add_group(group(1000), None);
    for name in 1001..=DEEPEST {
        world.add_group(group(name), Some(group(name - 1)));
    }
    add_clients(&mut world);
    add_entities(&mut world);
    world
}

fn add_clients(world: &mut World) {
    use ClientType::{Company, Fund, NaturalPerson, Trust};
    use VerificationStatus::{Failed, NotStarted, Pending, Verified};
    for (number, owner, client_type, status) in [
        (1, u128::MAX, Company, Verified),
        (2, 3, NaturalPerson, Pending),
        (3, 4, Fund, Failed),
        (4, 5, Trust, NotStarted),
        (5, 1010, Company, Verified),
    ] {
        let name = ClientName::from_ulid(number);
        world.add_client(Client::new(name, group(owner), client_type, status));
    }
}

fn add_entities(world: &mut World) {
    let hour = Duration::from_secs(3600);
    // In whole microseconds, which every store can hold.
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_457);
    let (past, future) =
        (Validity::ALWAYS.until(now), Validity::ALWAYS.from(now + hour * 1_000_000));
    let bot = |number, owner| Entity::new(EntityName::api_user(number), group(owner));
    for entity in [
        bot(1, u128::MAX).with_credential(key(1)).with_grants([grant(0, u128::MAX), grant(1, 3)]),
        Entity::new(EntityName::user(1), group(2))
            .with_credential(key(2))
            .with_credential_during(key(3), Validity::ALWAYS.from(now))
            .with_credential_during(key(4), past)
            .with_credential_during(key(5), future)
            .with_grants([grant(0, 2), grant(1, 2), grant(2, 2), grant(0, 1)]),
        bot(2, 4)
            .with_state(EntityState::Inactive)
            .with_credential(key(6))
            .with_grants([grant(0, 4)]),
        bot(3, 5).with_credential(key(7)).with_grants([grant(2, 5)]),
        bot(4, DEEPEST).with_credential(key(8)).with_grants([grant(0, 1000), grant(1, DEEPEST)]),
        bot(u128::MAX, 0).with_credential(key(9)),
        bot(5, 1),
    ] {
        world.add_entity(entity);
    }
}
