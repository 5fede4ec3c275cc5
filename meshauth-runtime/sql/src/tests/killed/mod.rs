//! `kill -9` in the middle of changes: what was acknowledged is there, and nothing is there by half.
//!
//! A process of its own makes changes one after the other, and says so of each once it is acknowledged.
//! It is killed at some moment, and what it left is compared with a directory in which nobody was
//! killed. `MESHAUTH_KILLS=100 MESHAUTH_KILLED_CHANGES=1000` does so a hundred times, of a thousand
//! changes each; a few times, if nothing is set.

mod changes;
mod migration;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use meshauth_runtime::{Client, Entity, EntityName, GroupName};

use self::changes::{Changes, Kind};
use super::{database::source_of, *};
use crate::{
    Administration,
    store::{Snapshot, Sql, Store},
};

/// What the process that is killed is told: the database, and the kind and the seed of its changes.
const DATABASE: &str = "MESHAUTH_KILLED_DATABASE";
const KIND: &str = "MESHAUTH_KILLED_KIND";
const SEED: &str = "MESHAUTH_KILLED_SEED";

on_each_database! {
    t_o06_what_was_acknowledged_outlives_a_kill_and_nothing_is_half_done,
    t_o06_what_was_proposed_or_agreed_to_outlives_a_kill,
}

fn setting(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

/// A small generator of random numbers (splitmix64): the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// The world without what differs from run to run: the keys themselves.
#[derive(Debug, PartialEq)]
struct Whole {
    groups: Vec<(GroupName, Option<GroupName>)>,
    entities: Vec<(EntityName, GroupName, String, usize)>,
    clients: Vec<Client>,
    proposals: Vec<String>,
    /// Records of administration; proposals that were carried out, and that were withdrawn.
    counts: [i64; 3],
}

async fn whole(store: &Store) -> Whole {
    let Snapshot { world, .. } = store.snapshot().await.unwrap();
    let entity = |entity: &Entity| {
        let grants: Vec<_> = entity.grants().iter().map(|grant| grant.to_string()).collect();
        let said = format!("{:?} {grants:?}", entity.state());
        (entity.name(), entity.owner(), said, entity.credentials().len())
    };
    let proposals = changes::proposals(&Administration::in_store(store.clone())).await;
    let mut session = store.read().await.unwrap();
    let mut counts = [0; 3];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT count(*) FROM meshauth_records",
        "SELECT count(*) FROM meshauth_proposals WHERE state = 'CARRIED_OUT'",
        "SELECT count(*) FROM meshauth_proposals WHERE state = 'WITHDRAWN'",
    ]) {
        let counted = session.one(&Sql::shared(sql), &[], |row| row.number(0)).await.unwrap();
        *count = counted.unwrap();
    }
    Whole {
        groups: world.groups().to_vec(),
        entities: world.entities().iter().map(entity).collect(),
        clients: world.clients().to_vec(),
        proposals: proposals.iter().map(changes::shown).collect(),
        counts,
    }
}

/// The process that is killed. Without what it is told it is a test that does nothing.
#[tokio::test]
async fn child() {
    let Ok(place) = env::var(DATABASE) else { return };
    let store = source_of(&place).open().await.unwrap();
    let administration = Administration::in_store(store);
    let kind = env::var(KIND).unwrap().parse().unwrap();
    let mut changes = Changes::of(kind, setting(SEED, 0));
    let mut out = std::io::stdout();
    loop {
        changes.next(&administration).await;
        writeln!(out, "made {}", changes.made).unwrap();
        out.flush().unwrap();
    }
}

async fn t_o06_what_was_acknowledged_outlives_a_kill_and_nothing_is_half_done(database: &Database) {
    kill_often(database, Kind::Direct).await;
}

async fn t_o06_what_was_proposed_or_agreed_to_outlives_a_kill(database: &Database) {
    kill_often(database, Kind::UnderFourEyes).await;
}

async fn kill_often(database: &Database, kind: Kind) {
    let (kills, changes) = (setting("MESHAUTH_KILLS", 4), setting("MESHAUTH_KILLED_CHANGES", 60));
    let seeds = setting("MESHAUTH_KILLED_SEEDS", 1);
    let started = Instant::now();
    let mut made_in_all = 0;
    for kill in 0..kills {
        let seed = seeds * 1_000_003 + kill;
        let killed = database.another().await;
        let administration = Administration::in_store(killed.store.clone());
        kind.found(&administration).await;
        let acknowledged = kill_within(&killed.address(), kind, seed, changes);
        made_in_all += acknowledged;
        // What a process left behind that is no more is given up by the database before it is read.
        assert_eq!(settled(&administration, kind).await, [], "seed {seed}");
        let left = whole(&killed.store).await;

        let untouched = database.another().await;
        let administration = Administration::in_store(untouched.store.clone());
        kind.found(&administration).await;
        let mut reference = Changes::of(kind, seed);
        for _ in 0..acknowledged {
            reference.next(&administration).await;
        }
        // The one that was under way is there as a whole, or not at all.
        if whole(&untouched.store).await != left {
            reference.next(&administration).await;
            assert_eq!(whole(&untouched.store).await, left, "seed {seed}, {acknowledged} made");
        }
        killed.remove_it().await;
        untouched.remove_it().await;
    }
    println!("{kills} kills after {made_in_all} changes ({kind}) in {:?}", started.elapsed());
}

/// Kills the process some time after it has made so many changes as are drawn. How many it said it had
/// made.
fn kill_within(address: &str, kind: Kind, seed: u64, changes: u64) -> u64 {
    let (program, mut random) = (env::current_exe().unwrap(), Random(seed));
    let mut child = Command::new(program)
        .args(["--exact", "tests::killed::child", "--nocapture"])
        .envs([(DATABASE, address), (KIND, &kind.to_string()), (SEED, &seed.to_string())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let enough = 1 + random.below(changes);
    let made =
        |line: String| line.rsplit_once("made ").map(|(_, made)| made.parse::<u64>().unwrap());
    let mut acknowledged = 0;
    while acknowledged < enough {
        let line = lines.next().expect("the process makes changes for ever").unwrap();
        acknowledged = made(line).unwrap_or(acknowledged);
    }
    // At some moment of the next change, or the one after.
    std::thread::sleep(Duration::from_micros(random.below(4000)));
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts.
    lines.map_while(Result::ok).filter_map(made).last().unwrap_or(acknowledged)
}

/// What a check finds, once the database has noticed that the process is gone.
async fn settled(administration: &Administration, kind: Kind) -> Vec<crate::DirectoryFault> {
    let since = Instant::now();
    loop {
        // A change that waits for the lock of one that was given up shows when that is over.
        let refused = administration.create_entity(kind.founder(), kind.administrator(0)).await;
        if refused.is_err() || since.elapsed() > Duration::from_secs(5) {
            return administration.check().await.unwrap();
        }
    }
}
