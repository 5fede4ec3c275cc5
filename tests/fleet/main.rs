//! Three processes that follow one database, with 200 open streams each, while everything that a decision
//! rests on is changed at random: no allow that the rules did not give within the bound, and no stream
//! that ended without a change that concerns it.
//!
//! The processes are this program, started again. Each has an authoriser on a `PostgresDirectory` of its own
//! and serves on a socket; the test calls them and makes the changes, through `Administration` and by
//! hand. At the end it replays the changes in the order of their commits, by an evaluator of its own.
//!
//! ```sh
//! .ci/postgres cargo test -p meshauth-tests --test fleet
//! MESHAUTH_FLEET_SECONDS=600 MESHAUTH_FLEET_SEED=7 \
//!     .ci/postgres cargo test -p meshauth-tests --test fleet -- --nocapture
//! ```

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault in a test fails it, and what is left out is said"
)]

mod callers;
mod desks;
mod edits;
mod history;
mod judge;
mod party;
mod process;
mod world;

use std::{
    env,
    io::Write as _,
    sync::{Arc, Mutex, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet, time};

use crate::{
    callers::{Caller, Callers, Observed},
    edits::Random,
    history::{Commit, History},
    judge::Judge,
    party::Party,
    process::Process,
    world::{Answer, Edit},
};

/// How old a decision may be. Less than by default: what is felt too late shows sooner.
pub(crate) const BOUND: Duration = Duration::from_secs(2);

const PROCESSES: usize = 3;
const STREAMS: usize = 200;
const CONNECTIONS: usize = 4;
/// Who call one method after the other, for each process.
const CALLS: usize = 2;
/// Who make changes at the same time.
const CHANGERS: usize = 4;

fn setting(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

/// Makes changes until the end: one by one with pauses, and now and then many without.
async fn changes(
    party: Arc<Party>,
    mut random: Random,
    ends: watch::Receiver<bool>,
) -> Vec<Commit> {
    let mut made = Vec::new();
    while !*ends.borrow() {
        let at_once = if random.one_in(50) { 40 } else { 1 };
        for _ in 0..at_once {
            made.extend(party.change(&mut random).await);
        }
        time::sleep(Duration::from_millis(random.below(160) as u64)).await;
    }
    made
}

/// Opens the streams of all processes, and calls them.
async fn call_all(
    tasks: &mut JoinSet<()>,
    processes: &[Process],
    (party, callers): (&Arc<Party>, &Arc<Callers>),
    random: &mut Random,
) {
    for process in processes {
        for connection in 0..CONNECTIONS {
            let channel = process.connect().await;
            let mut caller = || Caller {
                callers: Arc::clone(callers),
                model: Arc::clone(party),
                channel: channel.clone(),
                random: Random(random.below(usize::MAX) as u64),
            };
            for _ in 0..STREAMS / CONNECTIONS {
                tasks.spawn(caller().watches());
            }
            if connection < CALLS {
                tasks.spawn(caller().calls());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_g04_t_j01_t_o01_in_a_fleet_no_allow_outlives_the_bound_and_no_stream_ends_without_cause()
{
    let Ok(server) = env::var("MESHAUTH_POSTGRES") else {
        // Past what cargo holds back of tests that pass.
        let said = b"the fleet is left out: MESHAUTH_POSTGRES names no server\n";
        return std::io::stderr().write_all(said).unwrap();
    };
    let lasts = Duration::from_secs(setting("MESHAUTH_FLEET_SECONDS", 15));
    let seed = setting("MESHAUTH_FLEET_SEED", 1);
    let mut random = Random(seed);
    let url = party::make_directory(&server).await;
    let party = Arc::new(Party::start(&url).await);
    let (world, first) = (party.model.world(), party.position().await);
    let mut commits = Vec::new();
    for _ in 0..400 {
        commits.extend(party.change(&mut random).await);
    }
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(&url)).collect();

    let (end, ends) = watch::channel(false);
    let callers = Arc::new(Callers { observed: <_>::default(), open: <_>::default(), ends });
    let (mut tasks, mut changers) = (JoinSet::new(), JoinSet::new());
    call_all(&mut tasks, &processes, (&party, &callers), &mut random).await;
    for _ in 0..CHANGERS {
        let random = Random(random.below(usize::MAX) as u64);
        changers.spawn(changes(Arc::clone(&party), random, callers.ends.clone()));
    }
    let (began, mut open) = (Instant::now(), Vec::new());
    while began.elapsed() < lasts {
        time::sleep(Duration::from_millis(250)).await;
        open.push(callers.open.load(Ordering::SeqCst));
        assert!(processes.iter_mut().all(Process::is_running), "a process ended, seed {seed}");
    }
    end.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    while let Some(made) = changers.join_next().await {
        commits.extend(made.unwrap());
    }
    assert_eq!(commits.len() as i64, party.position().await - first);

    let observed = std::mem::take(&mut *Mutex::lock(&callers.observed).unwrap());
    let changes = commits.len();
    let removals =
        commits.iter().filter(|commit| matches!(commit.edit, Edit::Dismiss { .. })).count();
    let asked = judge::asked(&observed);
    let (history, last) = History::of(world, commits, &asked);
    assert_eq!(party.held().await, last, "the test knows what it did");
    let mut judge = Judge::default();
    judge.judge(&history, &observed);
    open.sort_unstable();
    report(&judge, &observed, (changes, removals), open[open.len() / 2]);
    let faults = &judge.faults;
    let shown = faults.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "seed {seed}, {} faults:\n{shown}", faults.len());

    // It was a test of something.
    let calls = observed.calls.len();
    assert!(judge.answers[&Answer::Allow] * 3 > calls, "{:?}", judge.answers);
    assert!(open[open.len() / 2] * 10 > PROCESSES * STREAMS * 8, "{open:?}");
    for answer in [Answer::CredentialsInvalid, Answer::RoleRequired, Answer::VerificationRequired] {
        assert!(judge.answers.contains_key(&answer), "{:?}", judge.answers);
    }
    assert!(judge.ends.values().sum::<usize>() > 50 && removals > 0, "{:?}", judge.ends);
}

fn report(judge: &Judge, observed: &Observed, (changes, removals): (usize, usize), open: usize) {
    let ms = |time: i64| time as f64 / 1000.0;
    let after = &judge.ended_after;
    let at = |share: usize| after.get(after.len().saturating_sub(1) * share / 100).copied();
    println!("changes: {changes}, of which entities removed: {removals}");
    println!("calls and openings: {}, answered {:?}", observed.calls.len(), judge.answers);
    println!("streams open at once (median): {open}, messages: {}", judge.messages);
    println!("streams ended: {:?}", judge.ends);
    println!(
        "a stream ended so long after the rules had allowed it: median {:.1} ms, 99 % {:.1} ms, worst {:.1} ms",
        ms(at(50).unwrap_or_default()),
        ms(at(99).unwrap_or_default()),
        ms(at(100).unwrap_or_default()),
    );
    println!("the oldest allow was right {:.1} ms before it was asked for", ms(judge.worst_allow));
    println!("faults: {}", judge.faults.len());
}
