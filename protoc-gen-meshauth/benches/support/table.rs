//! What was measured, for people and for the comparison with other contenders.

use std::time::Duration;

use serde_json::{Value, json};

use super::process::Cost;

/// What things cost that were measured in turns, and next to the one that is their base.
pub(crate) struct Table {
    title: String,
    base: Option<(&'static str, Cost)>,
    rows: Vec<(String, Cost)>,
}

impl Table {
    pub(crate) const fn new(title: String, base: Option<(&'static str, Cost)>) -> Self {
        Self { title, base, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: &str, cost: Cost) {
        self.rows.push((name.to_owned(), cost));
    }

    pub(crate) fn print(&self) {
        print!(
            "\n{}\n{:<28} {:>10} {:>10} {:>10}",
            self.title, "", "wall ms", "CPU ms", "peak MiB"
        );
        if let Some((base, _)) = self.base {
            print!("   wall, CPU, peak next to {base}");
        }
        println!();
        for (name, cost) in &self.rows {
            let [wall, cpu, peak] = figures(*cost);
            print!("{name:<28} {wall:>10.1} {cpu:>10.1} {peak:>10.1}");
            if let Some([wall, cpu, peak]) = self.ratios(*cost) {
                print!("   {wall:>5.2} {cpu:>5.2} {peak:>5.2}");
            }
            println!();
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let row = |(name, cost): &(String, Cost)| json!({ "name": name, "wall_cpu_peak": figures(*cost), "to_base": self.ratios(*cost) });
        json!({ "title": self.title, "rows": self.rows.iter().map(row).collect::<Vec<_>>() })
    }

    fn ratios(&self, cost: Cost) -> Option<[f64; 3]> {
        let [base, cost] = [figures(self.base?.1), figures(cost)];
        Some(std::array::from_fn(|at| cost[at] / base[at]))
    }
}

/// Wall and CPU time in milliseconds, peak memory in MiB.
fn figures(cost: Cost) -> [f64; 3] {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let kib = Duration::from_secs(cost.peak_kib).as_secs_f64();
    [ms(cost.wall), ms(cost.cpu), kib / 1024.0]
}
