//! Times side by side: batches of each contender in turn, so that what else the machine does
//! befalls them all.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use super::BATCH;
use crate::{
    contender::{Call, Contender},
    world::Request,
};

/// Calls before each timed batch, so that it starts with its code at hand.
const WARM_UP: usize = 32;

/// Without a header to read a decision is short: the clock is read less often.
const HASHED_BATCH: usize = 256;

/// Nanoseconds a call: one value for each round.
#[derive(Debug, Clone)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn median(&self) -> f64 {
        median(self.0.clone())
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// How many times as long as the other one: the median over the rounds.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect())
    }

    /// How much longer than the other one.
    pub(crate) fn more_than(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(own, other)| own - other).collect())
    }
}

/// Times of several, round by round.
#[derive(Debug)]
pub(crate) struct Rounds(Vec<Times>);

impl Rounds {
    /// Runs each in turn; another one is the first in every round. What is run is told its own
    /// number and that of the round, and answers nanoseconds.
    pub(super) fn run(
        rounds: usize,
        count: usize,
        mut run: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        let mut times = vec![Times(Vec::with_capacity(rounds)); count];
        for round in 0..rounds {
            for turn in 0..count {
                let at = (round + turn) % count;
                times[at].0.push(run(at, round));
            }
        }
        Self(times)
    }

    pub(crate) fn of(&self, at: usize) -> &Times {
        &self.0[at]
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Headers to answer.
pub(crate) fn whole(
    runtime: &Runtime,
    contenders: &[&dyn Contender],
    requests: &[Request],
    rounds: usize,
) -> Rounds {
    let parts = Parts::new(requests.len(), BATCH, contenders.len());
    let calls =
        |range: Range<usize>| -> Vec<Call> { requests[range].iter().map(Request::call).collect() };
    Rounds::run(rounds, contenders.len(), |at, round| {
        let contender = contenders[at];
        let (batch, warm_up) = parts.of(at, round);
        let mut warm_up = calls(warm_up);
        let mut calls = calls(batch);
        // As a handler's caller: inside a runtime.
        let took = runtime.block_on(async {
            contender.decide_all(&mut warm_up);
            timed(|| contender.decide_all(&mut calls))
        });
        contender.settle(runtime);
        nanoseconds(took, BATCH)
    })
}

/// The method known and the key hashed, of contenders that have such an entry.
pub(crate) fn hashed(contenders: &[&dyn Contender], requests: &[Request], rounds: usize) -> Rounds {
    let parts = Parts::new(requests.len(), HASHED_BATCH, contenders.len());
    let contenders: Vec<_> = contenders
        .iter()
        .map(|contender| contender.hashed(requests).expect("it has such an entry"))
        .collect();
    Rounds::run(rounds, contenders.len(), |at, round| {
        let (batch, warm_up) = parts.of(at, round);
        std::hint::black_box(contenders[at](warm_up));
        nanoseconds(timed(|| contenders[at](batch)), HASHED_BATCH)
    })
}

pub(super) fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(run());
    start.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "a batch is small")]
pub(super) fn nanoseconds(took: Duration, calls: usize) -> f64 {
    took.as_secs_f64() * 1e9 / calls as f64
}

/// Parts of the requests, for each contender and round. Contenders that share a directory do not
/// find in the caches what another one has just fetched.
struct Parts {
    batch: usize,
    count: usize,
    stride: usize,
}

impl Parts {
    fn new(requests: usize, batch: usize, contenders: usize) -> Self {
        let count = requests / batch;
        assert!(count > contenders, "there are requests for all");
        Self { batch, count, stride: count / (contenders + 1) }
    }

    /// The batch and its warm-up.
    fn of(&self, contender: usize, round: usize) -> (Range<usize>, Range<usize>) {
        let part = round + contender * self.stride;
        let [start, before] =
            [part, part + self.count / 2].map(|part| part % self.count * self.batch);
        (start..start + self.batch, before..before + WARM_UP)
    }
}
