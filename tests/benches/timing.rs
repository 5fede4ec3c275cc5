//! Whether the time of an answer tells what the answer itself does not (H01, H02).
//!
//! After dudect: two classes of calls, one or the other by the toss of a coin, a time for each, and
//! Welch's t-test over all times and over those below several percentiles, since interrupts make
//! the longest ones. An absolute t over 4.5 is a difference; the mean says whether it matters.
//!
//! The comparison of digests must show none, and is the only thing that does: in memory, a record
//! that is found costs some 15 to 30 ns more than one that is not. To see that of a key, a caller
//! must already have the key; of a group, its name. A directory that is not in memory has times of
//! its own.
//!
//! ```sh
//! MESHAUTH_SAMPLES=1000000 cargo bench --bench timing
//! ```

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench that cannot run says so"
)]

use std::{env, hint::black_box, time::Instant};

use futures_util::FutureExt;
use meshauth_runtime::{
    ApiKey, Authoriser, Entity, EntityName, EntityState, Grant, GroupName, Header, KeyDigest,
    MemoryDirectory, Method, Presented, World,
};
use meshauth_tests::{
    api::meshtrade::wallet::account::v1::account_service_guard::method::GetAccount,
    worlds::{Rng, api_key, group_name},
};

/// Users and groups of the world. Every class takes another one of these for every call, so that
/// what is in the processor's caches does not tell the classes apart.
const COUNT: usize = 1000;

/// From here on, a t is a difference.
const LIMIT: f64 = 4.5;

/// Below which percentiles the test is made.
const PERCENTILES: [usize; 5] = [50, 75, 90, 99, 100];

fn main() {
    let samples = env::var("MESHAUTH_SAMPLES").ok().and_then(|set| set.parse().ok());
    let samples: usize = samples.unwrap_or(1_000_000);
    println!("{samples} samples a pair; t below the percentiles {PERCENTILES:?}");
    println!("-- must not differ");
    let world = Calls::new();
    let same = world.compare(samples, "the same class twice", Class::Unknown, Class::Unknown);
    let digests = digests(samples, "32 comparisons of digests: first / last byte", KeyDigest::eq);
    println!("-- must differ, or nothing can be seen here");
    let stops = |a: &KeyDigest, b: &KeyDigest| {
        a.as_bytes().iter().zip(b.as_bytes()).all(|(a, b)| black_box(a) == black_box(b))
    };
    let control = self::digests(samples, "the same, stopping at the first difference", stops);
    println!("-- one answer by as many look-ups, with a record and without");
    world.compare(samples, "unknown key / inactive user", Class::Unknown, Class::Inactive);
    world.compare(samples, "unknown group / no role", Class::UnknownGroup, Class::NoRole);
    println!("-- other answers by more look-ups");
    world.compare(samples, "unknown key / no role", Class::Unknown, Class::NoRole);
    world.compare(samples, "inactive user / no role", Class::Inactive, Class::NoRole);
    assert!(same < LIMIT && digests < LIMIT && control > LIMIT, "not as it must be");
}

/// The comparison of a stored digest with the one of a key: they differ in the first byte, or in
/// the last.
fn digests(samples: usize, what: &str, equal: impl Fn(&KeyDigest, &KeyDigest) -> bool) -> f64 {
    let stored = KeyDigest::from_bytes([0x5A; 32]);
    let other = |at: usize| {
        let mut bytes = [0x5A; 32];
        bytes[at] ^= 1;
        KeyDigest::from_bytes(bytes)
    };
    let classes = [other(0), other(31)];
    let times = measure(samples, |class, _| {
        // One comparison takes less than the clock can tell.
        for _ in 0..32 {
            black_box(equal(black_box(&stored), black_box(&classes[class])));
        }
    });
    report(what, &times)
}

#[derive(Clone, Copy)]
enum Class {
    Unknown,
    Inactive,
    NoRole,
    UnknownGroup,
}

struct Calls {
    authoriser: Authoriser,
    /// The digests of keys: of active users, of inactive ones, and of nobody.
    active: Vec<KeyDigest>,
    inactive: Vec<KeyDigest>,
    unknown: Vec<KeyDigest>,
    groups: Vec<GroupName>,
    unknown_groups: Vec<GroupName>,
}

impl Calls {
    fn new() -> Self {
        let keys = |range: std::ops::Range<usize>| -> Vec<KeyDigest> {
            range.map(|index| ApiKey::parse(api_key(index).as_bytes()).unwrap().digest()).collect()
        };
        let names = |range: std::ops::Range<usize>| -> Vec<GroupName> {
            range.map(|index| group_name(index).parse().unwrap()).collect()
        };
        let (active, inactive) = (keys(0..COUNT), keys(COUNT..2 * COUNT));
        let groups = names(0..COUNT);
        let mut world = World::new();
        for group in &groups {
            world.add_group(*group, None);
        }
        // A role that the method does not list.
        let grant: Grant = format!("{}/roles/2147483647", groups[0]).parse().unwrap();
        for (index, key) in active.iter().chain(&inactive).enumerate() {
            let state = if index < COUNT { EntityState::Active } else { EntityState::Inactive };
            world.add_entity(
                Entity::new(EntityName::api_user(index as u128), groups[0])
                    .with_state(state)
                    .with_credential(*key)
                    .with_grants([grant]),
            );
        }
        Self {
            authoriser: Authoriser::new(MemoryDirectory::new(world).unwrap()),
            active,
            inactive,
            unknown: keys(2 * COUNT..3 * COUNT),
            groups,
            unknown_groups: names(COUNT..2 * COUNT),
        }
    }

    fn presented(&self, class: Class, index: usize) -> Presented {
        let (keys, groups) = match class {
            Class::Unknown => (&self.unknown, &self.groups),
            Class::Inactive => (&self.inactive, &self.groups),
            Class::NoRole => (&self.active, &self.groups),
            Class::UnknownGroup => (&self.active, &self.unknown_groups),
        };
        Presented::new(Header::Value(keys[index].into()), Header::Value(groups[index]))
    }

    fn compare(&self, samples: usize, what: &str, a: Class, b: Class) -> f64 {
        let times = measure_with(
            samples,
            |class, index| self.presented([a, b][class], index),
            |presented| {
                let verdict = self.authoriser.verdict(Some(GetAccount::POLICY), &presented);
                black_box(verdict.now_or_never().unwrap());
            },
        );
        report(what, &times)
    }
}

fn measure(samples: usize, run: impl Fn(usize, usize)) -> [Vec<f64>; 2] {
    measure_with(samples, |class, index| (class, index), |(class, index)| run(class, index))
}

/// The times of both classes, in nanoseconds. What a call needs is made before the clock starts.
fn measure_with<T>(
    samples: usize,
    make: impl Fn(usize, usize) -> T,
    run: impl Fn(T),
) -> [Vec<f64>; 2] {
    let mut rng = Rng(0x7E57);
    let mut times = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    for sample in 0..samples + samples / 10 {
        let class = rng.below(2);
        let input = black_box(make(class, rng.below(COUNT)));
        let start = Instant::now();
        run(input);
        let time = start.elapsed();
        // The first tenth warms up.
        if sample >= samples / 10 {
            times[class].push(time.as_secs_f64() * 1e9);
        }
    }
    times
}

/// Shows the test of a pair, and gives the largest t.
fn report(what: &str, times: &[Vec<f64>; 2]) -> f64 {
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let medians = [0, 1].map(|class| {
        let mut sorted = times[class].clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    });
    let t = PERCENTILES.map(|percentile| {
        let limit = all[(all.len() * percentile / 100).min(all.len() - 1)];
        welch(&times[0], &times[1], limit)
    });
    let largest = t.iter().map(|(t, _)| t.abs()).fold(0.0, f64::max);
    let verdict = if largest < LIMIT { "no difference seen" } else { "DIFFERENCE" };
    let t: Vec<String> = t.iter().map(|(t, mean)| format!("{t:.1} ({mean:+.2} ns)")).collect();
    println!(
        "{what}: medians {:.0} / {:.0} ns; t {}; largest {largest:.1}: {verdict}",
        medians[0],
        medians[1],
        t.join(", ")
    );
    largest
}

/// Welch's t of the times up to a limit, and the difference of the means.
fn welch(a: &[f64], b: &[f64], limit: f64) -> (f64, f64) {
    let [a, b] = [a, b].map(|times| {
        let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for time in times.iter().filter(|time| **time <= limit) {
            n += 1.0;
            let delta = time - mean;
            mean += delta / n;
            squares += delta * (time - mean);
        }
        (n, mean, squares / (n - 1.0))
    });
    let difference = a.1 - b.1;
    (difference / (a.2 / a.0 + b.2 / b.0).sqrt(), difference)
}
