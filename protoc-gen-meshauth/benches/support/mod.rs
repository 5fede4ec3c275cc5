//! The parts of the bench.

use std::time::Duration;

#[path = "../../tests/common/mod.rs"]
pub(crate) mod common;
#[path = "../../tests/common/process.rs"]
pub(crate) mod process;
pub(crate) mod protos;
pub(crate) mod rustc;
pub(crate) mod table;

use process::Cost;

/// The costs of several things, measured in turns: whatever else the machine does meanwhile, it
/// does to all of them.
pub(crate) fn in_turns(rounds: usize, things: &mut [Box<dyn FnMut() -> Cost + '_>]) -> Vec<Cost> {
    let mut costs = vec![Vec::new(); things.len()];
    for round in 0..rounds {
        // Not always in the same order.
        let count = things.len();
        for place in 0..count {
            let thing = (place + round) % count;
            costs[thing].push(things[thing]());
        }
    }
    costs.iter().map(|costs| median(costs)).collect()
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |mut numbers: Vec<u128>| {
        numbers.sort_unstable();
        u64::try_from(numbers[numbers.len() / 2]).unwrap()
    };
    let micros = |of: fn(&Cost) -> Duration| {
        Duration::from_micros(middle(costs.iter().map(|cost| of(cost).as_micros()).collect()))
    };
    Cost {
        wall: micros(|cost| cost.wall),
        cpu: micros(|cost| cost.cpu),
        peak_kib: middle(costs.iter().map(|cost| u128::from(cost.peak_kib)).collect()),
    }
}
