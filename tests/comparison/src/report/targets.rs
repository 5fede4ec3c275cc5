//! What the figures are to be, and are.

use std::fmt;

use super::{builds, pair, ratio};
use crate::{
    compare::{Both, Comparison, InWorld},
    lineup::Name,
};

pub(super) fn write(f: &mut fmt::Formatter<'_>, comparison: &Comparison) -> fmt::Result {
    let Comparison { small, large, depth_whole, depth_hashed, threads, unary, key_hash, .. } =
        comparison;
    let known_to = |world: &InWorld, other| pair(&ratio(&world.whole, Name::Known, other), 2);
    let hashed = small.hashed.map(|rounds| rounds.of(0).median());
    let audit = small
        .whole
        .map(|rounds| rounds.of(Name::Audited as usize).more_than(rounds.of(Name::Known as usize)));
    let depth = |depths: &Both<_>| {
        pair(&depths.map(|rounds: &crate::measure::Rounds| rounds.of(1).ratio_to(rounds.of(0))), 2)
    };
    let added = [unary.routed, unary.by_hand]
        .map(|call| format!("{:.2} (on {:.2})", call.added / 1e3, call.without / 1e3));
    let rows: [(&str, &str, String); 13] = [
        ("whole, small world, against by hand", "≤ 0.5 / 0.5", known_to(small, Name::ByHand)),
        ("whole, small world, against the limit", "≤ 1.7", known_to(small, Name::Limit)),
        ("method known, key hashed, ns", "≤ 60", pair(&hashed, 0)),
        ("depth 64 against depth 4, whole", "≤ 1.05", depth(depth_whole)),
        ("depth 64 against depth 4, key hashed", "≤ 1.05", depth(depth_hashed)),
        ("large world, whole, against the limit", "≤ 1.6", known_to(large, Name::Limit)),
        (
            "held in the large world, MB (the limit)",
            "≤ 40",
            format!("{} ({})", megabytes(large.held_by_meshauth), megabytes(large.held_by_limit)),
        ),
        (
            "two threads on one key and group, against two on two authorisers",
            "≥ 0.95",
            format!("{:.2}", threads.two_on_one / threads.two_on_two),
        ),
        (
            "two threads on one key and group, against one thread",
            "–",
            format!("{:.2}", threads.two_on_one / threads.one_thread),
        ),
        (
            "two threads on two authorisers, against one thread",
            "–",
            format!("{:.2}", threads.two_on_two / threads.one_thread),
        ),
        ("best-effort audit, one call's own time, ns", "≤ +150", pair(&audit, 0)),
        (
            "gate and guard, unary call in process, µs, routed / by hand",
            "≤ 0.35",
            added.join(" / "),
        ),
        (
            "of each whole decision the hash of the key, ns",
            "–",
            format!("{:.0}", key_hash.of(0).median()),
        ),
    ];
    writeln!(f, "| target (allow / deny) | wanted | measured |\n|---|---|---|")?;
    let builds = comparison.builds.as_deref().map(builds::targets);
    rows.iter()
        .chain(builds.iter().flatten())
        .try_for_each(|(what, wanted, measured)| writeln!(f, "| {what} | {wanted} | {measured} |"))
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
