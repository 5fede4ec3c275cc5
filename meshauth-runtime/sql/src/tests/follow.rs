//! Who follows the log has what the database holds, while several write.

use std::collections::BTreeMap;

use meshauth_runtime::{
    Client, ClientName, ClientType, Entity, EntityName, EntityState, GroupName, VerificationStatus,
};

use super::{
    database::{bot, digest},
    *,
};
use crate::{
    change::{Change, NewCredential},
    error::SqlError,
    store::{ChangesSince, Position, Snapshot, Store},
};

const WRITERS: u64 = 3;
const CHANGES: u32 = 60;
const THINGS: u128 = 6;

/// The records as a follower holds them.
#[derive(Debug, PartialEq)]
struct Records {
    groups: BTreeMap<GroupName, Option<GroupName>>,
    entities: BTreeMap<EntityName, Entity>,
    clients: BTreeMap<ClientName, Client>,
}

impl From<&Snapshot> for Records {
    fn from(snapshot: &Snapshot) -> Self {
        let world = &snapshot.world;
        Self {
            groups: world.groups().iter().copied().collect(),
            entities: world
                .entities()
                .iter()
                .map(|entity| (entity.name(), entity.clone()))
                .collect(),
            clients: world.clients().iter().map(|client| (client.name(), *client)).collect(),
        }
    }
}

fn put<N: Ord, R>(records: &mut BTreeMap<N, R>, changed: Vec<(N, Option<R>)>) {
    for (name, record) in changed {
        match record {
            Some(record) => drop(records.insert(name, record)),
            None => drop(records.remove(&name)),
        }
    }
}

/// Whether there was anything new.
async fn follow(store: &Store, records: &mut Records, position: &mut Position) -> bool {
    match store.changes_since(position).await.unwrap() {
        ChangesSince::Reload => panic!("nothing was pruned, and {position:?} was of this database"),
        ChangesSince::Changes(changes) => {
            assert!(changes.position.number() >= position.number());
            let moved = changes.position != *position;
            put(&mut records.groups, changes.groups);
            put(&mut records.entities, changes.entities);
            put(&mut records.clients, changes.clients);
            *position = changes.position;
            moved
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u128) -> u128 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u128::from(self.0 >> 33) % bound
    }
}

async fn step(change: &mut Change, random: &mut Random) -> Result<(), SqlError> {
    let (thing, place) = (1 + random.below(THINGS), 1 + random.below(THINGS));
    let client = ClientName::from_ulid(thing);
    match random.below(9) {
        0 => change.move_group(group(thing), (place > 2).then(|| group(place))).await,
        1 => change.create_group(group(100 + thing), Some(group(place))).await,
        2 => change.remove_group(group(100 + thing)).await,
        3 => change.set_owner(bot(thing), group(place)).await,
        4 => change.grant(bot(thing), role(1, place)).await,
        5 => change.take_back(bot(thing), role(1, place)).await,
        6 => {
            let (digest, created) = (digest(u8::try_from(thing).unwrap()), std::time::UNIX_EPOCH);
            let validity = meshauth_runtime::Validity::ALWAYS;
            let new = NewCredential { digest: &digest, label: "key", validity, created };
            change.add_credential(bot(place), &new).await
        }
        7 => {
            let status = VerificationStatus::Verified;
            change.put_client(&Client::new(client, group(place), ClientType::Fund, status)).await
        }
        _ => change.remove_client(client).await,
    }
}

/// Changes of up to three operations, of which some are refused or given up.
async fn write(store: Store, seed: u64) -> u32 {
    let (mut random, mut made) = (Random(seed), 0);
    for _ in 0..CHANGES {
        let mut change = store.begin_change().await.unwrap();
        let mut refused = false;
        for _ in 0..=random.below(3) {
            match step(&mut change, &mut random).await {
                Ok(()) => {}
                Err(SqlError::Refused(_) | SqlError::Conflict) => refused = true,
                Err(error) => panic!("{error:?}"),
            }
            if refused {
                break;
            }
        }
        let given_up = random.below(8) == 0;
        if !refused && !given_up && change.commit(&a_record()).await.is_ok() {
            made += 1;
        }
    }
    made
}

on_each_database! {
    t_o01_who_follows_has_what_the_database_holds,
}

async fn t_o01_who_follows_has_what_the_database_holds(database: &Database) {
    change(&database.store, async |change| {
        for number in 1..=THINGS {
            change.create_group(group(number), None).await?;
            change.create_entity(bot(number), group(number), EntityState::Active).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let start = database.store.snapshot().await.unwrap();
    let (mut records, mut position) = (Records::from(&start), start.position);
    let mut writers = Vec::new();
    for seed in 1..=WRITERS {
        writers.push(tokio::spawn(write(database.open_again().await, seed)));
    }
    let mut steps = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        steps += u32::from(follow(&database.store, &mut records, &mut position).await);
    }
    let mut made = 0;
    for writer in writers {
        made += writer.await.unwrap();
    }
    follow(&database.store, &mut records, &mut position).await;
    let end = database.store.snapshot().await.unwrap();
    assert_eq!(position, end.position);
    assert_eq!(records, Records::from(&end));
    assert!(made > 20 && steps > 5, "{made} changes, followed in {steps} steps");
    meshauth_runtime::MemoryDirectory::new(end.world).unwrap();
}
