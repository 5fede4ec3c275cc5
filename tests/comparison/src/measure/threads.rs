//! Two threads at once: whether decisions about the same key and group fight over anything.

use std::{sync::Barrier, thread, time::Instant};

use crate::{contender::Contender, world::Request};

/// Decisions of one thread before its time is taken.
const REPEATS: usize = 100;
const BATCH: usize = 256;

/// Decisions a second, the best of several rounds: what else runs on the machine only slows them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Throughput {
    pub(crate) one_thread: f64,
    /// On the same key and group of one contender.
    pub(crate) two_on_one: f64,
    /// Each on a contender of its own.
    pub(crate) two_on_two: f64,
}

/// The same request over and over, with its key hashed: nothing else is left to do.
pub(crate) fn throughput(
    contenders: [&dyn Contender; 2],
    request: &Request,
    rounds: usize,
) -> Throughput {
    let [one, other] = contenders;
    (0..rounds).fold(Throughput::default(), |best, _| Throughput {
        one_thread: best.one_thread.max(at_once(&[one], request)),
        two_on_one: best.two_on_one.max(at_once(&[one, one], request)),
        two_on_two: best.two_on_two.max(at_once(&[one, other], request)),
    })
}

/// A thread for each; what they decide in a second, from the start of the first to the end of the
/// last: threads that were not run at once do not count as if they were.
#[expect(clippy::cast_precision_loss, reason = "the count is small")]
fn at_once(contenders: &[&dyn Contender], request: &Request) -> f64 {
    let requests = vec![request.clone(); BATCH];
    let barrier = Barrier::new(contenders.len());
    let times: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let threads: Vec<_> = contenders
            .iter()
            .map(|contender| scope.spawn(|| run(*contender, &requests, &barrier)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends well")).collect()
    });
    let first = times.iter().map(|(start, _)| *start).min();
    let last = times.iter().map(|(_, end)| *end).max();
    let took = last.zip(first).map_or(f64::INFINITY, |(last, first)| (last - first).as_secs_f64());
    (contenders.len() * REPEATS * BATCH) as f64 / took
}

/// When it began and when it ended.
fn run(contender: &dyn Contender, requests: &[Request], barrier: &Barrier) -> (Instant, Instant) {
    let decide = contender.hashed(requests).expect("it has such an entry");
    decide(0..BATCH);
    barrier.wait();
    let start = Instant::now();
    for _ in 0..REPEATS {
        std::hint::black_box(decide(0..BATCH));
    }
    (start, Instant::now())
}
