//! Random worlds, decided by the database and in memory.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{EntityState, MemoryDirectory};

use super::*;

const WORLDS: u64 = 6;
const DECISIONS: usize = 500;

/// SplitMix64: the same worlds each time.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    fn group(&mut self, groups: u64) -> GroupName {
        group(self.below(groups).into())
    }
}

/// Two methods in three list role 1, which one grant in two gives.
fn world(rng: &mut Rng, groups: u64) -> World {
    let mut world = World::new();
    for name in 0..groups {
        world.add_group(group(name.into()), parent(rng, name));
    }
    let statuses = [
        VerificationStatus::Verified,
        VerificationStatus::Verified,
        VerificationStatus::Pending,
        VerificationStatus::Failed,
    ];
    for owner in 0..groups {
        if rng.below(3) == 0 {
            let status = statuses[usize::try_from(rng.below(4)).unwrap()];
            let name = ClientName::from_ulid(owner.into());
            world.add_client(Client::new(name, group(owner.into()), ClientType::Fund, status));
        }
    }
    for number in 0..40_u8 {
        let grants: Vec<_> = (0..rng.below(6))
            .map(|_| role(1 + u32::from(rng.below(2) == 0), u128::from(rng.below(groups))))
            .collect();
        let state = if rng.below(8) == 0 { EntityState::Inactive } else { EntityState::Active };
        let entity = Entity::new(bot(number.into()), rng.group(groups));
        let entity = entity.with_state(state).with_grants(grants);
        world.add_entity(match rng.below(6) {
            0 => entity.with_credential_during(digest(number), some_time(rng)),
            1 => entity.with_credential(digest(number)).with_credential(digest(number + 100)),
            _ => entity.with_credential(digest(number)),
        });
    }
    world
}

/// A group that was made before, or none.
fn parent(rng: &mut Rng, name: u64) -> Option<GroupName> {
    (name > 0 && rng.below(8) > 0).then(|| rng.group(name))
}

/// In whole seconds, some hours around now.
fn some_time(rng: &mut Rng) -> Validity {
    let hour = Duration::from_hours(1);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    match rng.below(4) {
        0 => Validity::ALWAYS.until(now - hour),
        1 => Validity::ALWAYS.from(now + hour),
        2 => Validity::ALWAYS.from(now - hour).until(now + hour),
        _ => Validity::ALWAYS.until(now + hour),
    }
}

/// The same with some groups below other ones.
fn with_moved_groups(world: &World, rng: &mut Rng) -> World {
    let mut moved = World::new();
    for (number, (name, owner)) in (0..).zip(world.groups()) {
        let owner = if rng.below(4) == 0 { parent(rng, number) } else { *owner };
        moved.add_group(*name, owner);
    }
    world.entities().iter().for_each(|entity| moved.add_entity(entity.clone()));
    world.clients().iter().for_each(|client| moved.add_client(*client));
    moved
}

/// How many of the decisions, which are equal with their traces, are allows.
async fn allowed(direct: &Authoriser, world: &World, rng: &mut Rng, groups: u64) -> usize {
    let memory = Authoriser::new(MemoryDirectory::new(world.clone()).unwrap());
    let mut allowed = 0;
    for _ in 0..DECISIONS {
        let key = u8::try_from(rng.below(44) + 100 * u64::from(rng.below(8) == 0)).unwrap();
        let key = Header::Value(Credential::from(digest(key)));
        let executing = match rng.below(20) {
            0 => Header::Missing,
            _ => Header::Value(rng.group(groups + 2)),
        };
        let policy = [&READ, &VERIFIED, &VERIFIED, &PUBLIC][usize::try_from(rng.below(4)).unwrap()];
        let presented = Presented::new(key, executing);
        let expected = memory.decide(Some(policy), &presented).await;
        let told = direct.decide(Some(policy), &presented).await;
        assert_eq!(told.verdict(), expected.verdict(), "{told} {expected}");
        assert_eq!(told.to_string(), expected.to_string());
        allowed += usize::from(told.denial().is_none());
    }
    allowed
}

on_each_database! {
    random_worlds_are_decided_as_in_memory,
}

async fn random_worlds_are_decided_as_in_memory(database: &Database) {
    let mut fixture = Fixture::like(database);
    let (mut all, mut let_in) = (0, 0);
    for seed in 0..WORLDS {
        let mut rng = Rng(seed);
        let groups = 3 + rng.below(30);
        let before = world(&mut rng, groups);
        fixture.another().await;
        fixture.put(&World::new(), &before).await;
        let direct = authoriser(fixture.database()).await;
        let_in += allowed(&direct, &before, &mut rng, groups).await;
        let after = with_moved_groups(&before, &mut rng);
        fixture.put(&before, &after).await;
        let_in += allowed(&direct, &after, &mut rng, groups).await;
        all += 2 * DECISIONS;
    }
    fixture.end().await;
    assert!(let_in > all / 10 && let_in < all / 2, "{let_in} of {all}");
}
