//! What was measured, as Markdown.

mod builds;
mod machine;
mod targets;

use std::fmt::{self, Display};

use crate::{
    compare::{Both, Comparison, InWorld},
    lineup::Name,
    measure::Rounds,
};

/// The whole report.
pub(crate) struct Report<'a>(pub(crate) &'a Comparison);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { small, chain, large, instructions, .. } = self.0;
        writeln!(f, "# What a decision costs\n")?;
        machine::write(f)?;
        writeln!(
            f,
            "\n| world | contender | allow, ns (min) | deny, ns (min) | to the limit | to by hand | \
             instructions | allocations |\n|---|---|---|---|---|---|---|---|"
        )?;
        for world in [small, chain, large] {
            for name in Name::ALL {
                let counted = instructions.as_ref().filter(|_| world.name == small.name);
                let counted = counted.map_or("–".to_owned(), |counted| {
                    let counted = counted[name as usize];
                    format!("{:.0} / {:.0}", counted.allow, counted.deny)
                });
                write_whole(f, world, name, &counted)?;
            }
            write_hashed(f, world)?;
        }
        writeln!(f)?;
        writeln!(f, "{NOTES}")?;
        targets::write(f, self.0)?;
        if let Some(builds) = &self.0.builds {
            builds::write(f, builds)?;
        }
        writeln!(f, "{MISSED}")
    }
}

const NOTES: &str = "\
Medians over batches of each contender in turn; ratios (allow / deny) are medians of those of the same round. All decide the
same calls with the same answers, which is checked first. Whole: headers to answer. Key hashed: the method is known, the headers
are read, the key is hashed. Denials: four of five for want of a role, the others of a verified client. Instructions: allow /
deny, without those of the key's hash.
";

const MISSED: &str = "\
[Where the time goes](README.md) of what misses its target, and what would have to change.";

fn write_whole(
    f: &mut fmt::Formatter<'_>,
    world: &InWorld,
    name: Name,
    instructions: &str,
) -> fmt::Result {
    let to = |other| pair(&ratio(&world.whole, name, other), 2);
    writeln!(
        f,
        "| {} | {} | {} | {} | {} | {} | {instructions} | {} |",
        world.name,
        name.label(),
        time(&world.whole.allow, name as usize),
        time(&world.whole.deny, name as usize),
        to(Name::Limit),
        to(Name::ByHand),
        pair(&world.allocations[name as usize], 1),
    )
}

fn write_hashed(f: &mut fmt::Formatter<'_>, world: &InWorld) -> fmt::Result {
    for (at, label) in ["meshauth, key hashed", "the limit, key hashed"].iter().enumerate() {
        let to_limit = world.hashed.map(|rounds| rounds.of(at).ratio_to(rounds.of(1)));
        writeln!(
            f,
            "| {} | {label} | {} | {} | {} | – | – | – |",
            world.name,
            time(&world.hashed.allow, at),
            time(&world.hashed.deny, at),
            pair(&to_limit, 2),
        )?;
    }
    Ok(())
}

fn time(rounds: &Rounds, at: usize) -> String {
    let times = rounds.of(at);
    format!("{:.0} ({:.0})", times.median(), times.min())
}

/// How many times as long one takes as the other, both whole.
fn ratio(whole: &Both<Rounds>, name: Name, other: Name) -> Both<f64> {
    whole.map(|rounds| rounds.of(name as usize).ratio_to(rounds.of(other as usize)))
}

fn pair(both: &Both<f64>, digits: usize) -> String {
    format!("{:.digits$} / {:.digits$}", both.allow, both.deny)
}
