//! A change is felt, and no decision sees half of one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use meshauth_runtime::{
    Authoriser, Client, ClientName, ClientType, Credential, Entity, EntityName, EntityState,
    Header, Presented, Validity, Verdict, VerificationStatus, World,
};
use tokio::{task, time};

use super::{
    DirectoryFixture,
    decisions::{READ, first_difference},
    worlds::{grant, group, key, of_everything},
};

/// As long as a decision may be old.
const FELT_WITHIN: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);
/// So often the world is turned over while decisions are made.
const TURNS: usize = 30;

/// Each kind of change, one after the other.
pub(super) async fn assert_felt(fixture: &mut impl DirectoryFixture) {
    let mut before = of_everything();
    let authoriser = Authoriser::new(fixture.open(&before).await);
    for (what, change) in CHANGES {
        let mut after = before.clone();
        change(&mut after);
        if !fixture.change(&before, &after).await {
            return;
        }
        let changed = Instant::now();
        while let Some(difference) = first_difference(&authoriser, &after).await {
            assert!(changed.elapsed() < FELT_WITHIN, "{what} is not felt: {difference}");
            time::sleep(PAUSE).await;
        }
        before = after;
    }
}

type Change = fn(&mut World);

const CHANGES: [(&str, Change); 9] = [
    ("a role that is granted", |world| edit(world, 1, |bot| bot.with_grants([grant(0, 1)]))),
    ("a role that is taken back", |world| edit(world, 1, |bot| bot.with_grants([]))),
    ("a credential that ends", |world| {
        edit(world, 3, |bot| {
            let other = Entity::new(bot.name(), bot.owner()).with_grants(bot.grants().iter());
            let until = Validity::ALWAYS.until(std::time::SystemTime::UNIX_EPOCH + FELT_WITHIN);
            other.with_credential_during(key(7), until)
        });
    }),
    ("an entity that is activated", |world| {
        edit(world, 2, |bot| bot.with_state(EntityState::Active));
    }),
    ("an entity that is deactivated", |world| {
        edit(world, 4, |bot| bot.with_state(EntityState::Inactive));
    }),
    ("an entity that another group owns", |world| {
        edit(world, 2, |bot| {
            Entity::new(bot.name(), group(5))
                .with_credential(key(6))
                .with_grants(bot.grants().iter())
        });
    }),
    ("a group that is moved with what is below it", |world| {
        rebuild(world, |name, owner| if name == group(3) { Some(group(1)) } else { owner });
    }),
    ("a client that is no longer verified", |world| {
        for client in world.clients_mut() {
            *client = client.with_status(VerificationStatus::Failed);
        }
    }),
    ("a new group with a client and an entity", |world| {
        world.add_group(group(50), Some(group(1)));
        let verified = VerificationStatus::Verified;
        let name = ClientName::from_ulid(50);
        world.add_client(Client::new(name, group(50), ClientType::Company, verified));
        let bot = Entity::new(EntityName::api_user(50), group(50)).with_credential(key(50));
        world.add_entity(bot.with_grants([grant(0, 50), grant(1, 50)]));
    }),
];

fn edit(world: &mut World, number: u128, change: impl FnOnce(Entity) -> Entity) {
    let name = EntityName::api_user(number);
    let mut entities = world.entities_mut().iter_mut();
    if let Some(entity) = entities.find(|entity| entity.name() == name) {
        *entity = change(entity.clone());
    }
}

fn rebuild(
    world: &mut World,
    owner_of: impl Fn(
        meshauth_runtime::GroupName,
        Option<meshauth_runtime::GroupName>,
    ) -> Option<meshauth_runtime::GroupName>,
) {
    let before = std::mem::take(world);
    *world = World::new().with_collections(before.collections());
    for (name, owner) in before.groups() {
        world.add_group(*name, owner_of(*name, *owner));
    }
    before.entities().iter().for_each(|entity| world.add_entity(entity.clone()));
    before.clients().iter().for_each(|client| world.add_client(*client));
}

/// A world in which a bot may act on one side of a tree, and a group is on the other side; turned
/// over, both have changed sides. In neither may the bot act in the group. Whoever reads the bot
/// before the change and the group after it, lets it in.
fn turned(over: bool) -> World {
    let (granted, above) = if over { (2, 1) } else { (1, 2) };
    let mut world = World::new();
    world.add_group(group(9), None);
    world.add_group(group(1), Some(group(9)));
    world.add_group(group(2), Some(group(9)));
    world.add_group(group(3), Some(group(above)));
    let bot = Entity::new(EntityName::api_user(1), group(9)).with_credential(key(1));
    world.add_entity(bot.with_grants([grant(0, granted)]));
    world
}

/// Decisions that are made while the world changes see it as it was, or as it is.
pub(super) async fn assert_whole(fixture: &mut impl DirectoryFixture) {
    let authoriser = Authoriser::new(fixture.open(&turned(false)).await);
    let ended = Arc::new(AtomicBool::new(false));
    let deciding = task::spawn(decide_until(authoriser, Arc::clone(&ended)));
    for turn in 0..TURNS {
        let over = turn % 2 == 0;
        if !fixture.change(&turned(!over), &turned(over)).await {
            break;
        }
        time::sleep(PAUSE).await;
    }
    ended.store(true, Ordering::Release);
    let let_in = deciding.await.unwrap_or(usize::MAX);
    assert_eq!(let_in, 0, "decisions saw half of a change");
}

/// How many calls were let in.
async fn decide_until(authoriser: Authoriser, ended: Arc<AtomicBool>) -> usize {
    let key = Header::Value(Credential::from(key(1)));
    let presented = Presented::new(key, Header::Value(group(3)));
    let mut let_in = 0;
    while !ended.load(Ordering::Acquire) {
        for _ in 0..100 {
            if authoriser.verdict(Some(&READ), &presented).await == Verdict::Allow {
                let_in += 1;
            }
        }
        task::yield_now().await;
    }
    let_in
}
