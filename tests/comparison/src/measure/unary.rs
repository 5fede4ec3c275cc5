//! What gate and guard add to a unary call through tonic in this process.

use super::{
    BATCH, Rounds,
    times::{nanoseconds, timed},
};
use crate::meshauth::call::{
    Server, guarded, guarded_routes, request, unguarded, unguarded_routes,
};

/// Nanoseconds of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unary {
    pub(crate) routed: Added,
    pub(crate) by_hand: Added,
}

/// A call without the guard, and how much longer it takes with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Added {
    pub(crate) without: f64,
    pub(crate) added: f64,
}

pub(crate) fn unary(rounds: usize) -> Unary {
    let (mut unguarded_routes, mut guarded_routes) = (unguarded_routes(), guarded_routes());
    let (mut unguarded, mut guarded) = (unguarded(), guarded());
    let times = Rounds::run(rounds, 4, |at, _| match at {
        0 => time(&mut unguarded_routes),
        1 => time(&mut guarded_routes),
        2 => time(&mut unguarded),
        _ => time(&mut guarded),
    });
    let added = |without: usize, with: usize| Added {
        without: times.of(without).median(),
        added: times.of(with).more_than(times.of(without)),
    };
    Unary { routed: added(0, 1), by_hand: added(2, 3) }
}

fn time(server: &mut impl Server) -> f64 {
    let warm_up: Vec<_> = (0..BATCH / 4).map(|_| request()).collect();
    let requests: Vec<_> = (0..BATCH).map(|_| request()).collect();
    let mut responses = Vec::with_capacity(2 * BATCH);
    let mut call = |request| responses.push(server.answer(request));
    warm_up.into_iter().for_each(&mut call);
    nanoseconds(timed(|| requests.into_iter().for_each(call)), BATCH)
}

/// Calls one of the servers so often, to be looked at by a profiler: whether there is one of this
/// name.
pub(crate) fn answer_all(name: &str, calls: usize) -> bool {
    match name {
        "unguarded-routes" => answer_each(&mut unguarded_routes(), calls),
        "guarded-routes" => answer_each(&mut guarded_routes(), calls),
        "unguarded" => answer_each(&mut unguarded(), calls),
        "guarded" => answer_each(&mut guarded(), calls),
        _ => return false,
    }
    true
}

fn answer_each(server: &mut impl Server, calls: usize) {
    for _ in 0..calls {
        std::hint::black_box(server.answer(request()));
    }
}
