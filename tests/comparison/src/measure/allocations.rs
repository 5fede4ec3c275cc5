//! Allocations of a decision.

use tokio::runtime::Runtime;

use super::BATCH;
use crate::{
    contender::{Call, Contender},
    world::Request,
};

/// How often one decision allocates, on average.
#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
pub(crate) fn allocations(
    runtime: &Runtime,
    contender: &dyn Contender,
    requests: &[Request],
) -> f64 {
    let calls = || -> Vec<Call> { requests.iter().take(BATCH).map(Request::call).collect() };
    let decide = |calls: &mut [Call]| runtime.block_on(async { contender.decide_all(calls) });
    // What is made once is made now.
    decide(&mut calls());
    contender.settle(runtime);
    let mut calls = calls();
    let idle = allocation_counter::measure(|| runtime.block_on(async {}));
    let counted = allocation_counter::measure(|| {
        decide(&mut calls);
    });
    contender.settle(runtime);
    (counted.count_total - idle.count_total) as f64 / calls.len() as f64
}
