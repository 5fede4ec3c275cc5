//! The parts of the bench.

use std::time::Duration;

#[path = "../../tests/common/mod.rs"]
pub(crate) mod common;
#[path = "../../tests/common/process.rs"]
pub(crate) mod process;
pub(crate) mod protos;
pub(crate) mod rustc;

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

/// A line of a table: what it costs, and next to `base` if there is one.
pub(crate) fn row(name: &str, cost: Cost, base: Option<Cost>) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mib = |kib: u64| Duration::from_secs(kib).as_secs_f64() / 1024.0;
    print!(
        "{name:<28} {:>10.1} {:>10.1} {:>10.1}",
        ms(cost.wall),
        ms(cost.cpu),
        mib(cost.peak_kib)
    );
    if let Some(base) = base {
        print!(
            "   {:>5.2} {:>5.2} {:>5.2}",
            cost.wall.as_secs_f64() / base.wall.as_secs_f64(),
            cost.cpu.as_secs_f64() / base.cpu.as_secs_f64(),
            mib(cost.peak_kib) / mib(base.peak_kib)
        );
    }
    println!();
}

/// The heading of such a table.
pub(crate) fn heading(title: &str, base: &str) {
    println!(
        "\n{title}\n{:<28} {:>10} {:>10} {:>10}   wall, CPU, peak next to {base}",
        "", "wall ms", "CPU ms", "peak MiB"
    );
}
