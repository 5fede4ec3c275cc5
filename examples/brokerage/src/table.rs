//! The table, and whether it came out as expected.

use std::fmt;

use crate::{
    call::{Call, Expected, Got},
    why::Why,
    world::Scene,
};

/// What came of all calls.
#[derive(Default)]
pub(crate) struct Report {
    note: Option<String>,
    parts: Vec<(&'static str, Part)>,
}

enum Part {
    Calls(Vec<Block>),
    Steps(Vec<Step>),
}

/// The calls of one caller in the name of one executing group.
pub(crate) struct Block {
    title: String,
    rows: Vec<Row>,
}

/// What came of one call.
pub(crate) struct Row {
    pub(crate) call: Call,
    pub(crate) expected: Expected,
    pub(crate) got: Got,
    pub(crate) why: Why,
}

/// What was done while streams were open, or what one of them showed of it.
pub(crate) struct Step {
    pub(crate) what: String,
    pub(crate) expected: &'static str,
    pub(crate) got: String,
    pub(crate) why: &'static str,
}

impl Report {
    /// What is said first.
    pub(crate) fn note(&mut self, note: String) {
        self.note = Some(note);
    }

    pub(crate) fn add(&mut self, about: &'static str, blocks: Vec<Block>) {
        self.parts.push((about, Part::Calls(blocks)));
    }

    pub(crate) fn add_steps(&mut self, about: &'static str, steps: Vec<Step>) {
        self.parts.push((about, Part::Steps(steps)));
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        let blocks = self.parts.iter().flat_map(|(_, part)| match part {
            Part::Calls(blocks) => &blocks[..],
            Part::Steps(_) => &[],
        });
        blocks.flat_map(|block| &block.rows)
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.parts.iter().flat_map(|(_, part)| match part {
            Part::Calls(_) => &[],
            Part::Steps(steps) => &steps[..],
        })
    }

    pub(crate) fn differences(&self) -> usize {
        let rows = self.rows().filter(|row| row.differs()).count();
        rows + self.steps().filter(|step| step.differs()).count()
    }

    pub(crate) fn exit_code(&self) -> u8 {
        u8::from(self.differences() > 0)
    }
}

impl Block {
    pub(crate) fn new(scene: &Scene, rows: Vec<Row>) -> Self {
        let Scene { caller, executing, note, .. } = scene;
        let title = format!("caller: {}   executing group: {executing}   ({note})", caller.name);
        Self { title, rows }
    }
}

impl Row {
    /// Both what the caller saw and the check that decided must be what is expected.
    fn differs(&self) -> bool {
        match (&self.expected, &self.got) {
            (Expected::Allow(expected), Got::Allowed(got)) => {
                expected != got || self.why.check.is_some()
            }
            (Expected::Deny(expected, check), Got::Denied(got)) => {
                expected != got || self.why.check != Some(*check)
            }
            _ => true,
        }
    }
}

/// A line of the table: one mark and four columns.
fn line(
    f: &mut fmt::Formatter<'_>,
    mark: &str,
    [method, expected, got, why]: [&str; 4],
) -> fmt::Result {
    writeln!(f, "{mark:<2}{method:<33} {expected:<23} {got:<23} {why}")
}

/// The same, where the first column says more.
fn step_line(
    f: &mut fmt::Formatter<'_>,
    mark: &str,
    [what, expected, got, why]: [&str; 4],
) -> fmt::Result {
    let line = format!("{mark:<2}{what:<46} {expected:<19} {got:<19} {why}");
    writeln!(f, "{}", line.trim_end())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(note) = &self.note {
            writeln!(f, "{note}\n")?;
        }
        for (about, part) in &self.parts {
            writeln!(f, "{about}\n\n{part}")?;
        }
        write!(f, "{} calls", self.rows().count())?;
        match self.steps().count() {
            0 => {}
            steps => write!(f, " and {steps} steps")?,
        }
        match self.differences() {
            0 => writeln!(f, ", all as expected."),
            differences => writeln!(f, ", {differences} not as expected (marked with !)."),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(blocks) => {
                line(f, "", ["METHOD", "EXPECTED", "GOT", "WHY"])?;
                blocks.iter().try_for_each(|block| write!(f, "\n{block}"))
            }
            Self::Steps(steps) => {
                step_line(f, "", ["STEP", "EXPECTED", "GOT", "WHY"])?;
                writeln!(f)?;
                steps.iter().try_for_each(|step| step.fmt(f))
            }
        }
    }
}

impl Step {
    fn differs(&self) -> bool {
        self.expected != self.got
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.differs() { "!" } else { "" };
        step_line(f, mark, [&self.what, self.expected, &self.got, self.why])
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        self.rows.iter().try_for_each(|row| row.fmt(f))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [self.call.to_string(), self.expected.to_string(), self.got.to_string()];
        let [method, expected, got] = texts.each_ref().map(String::as_str);
        let mark = if self.differs() { "!" } else { "" };
        let why = match self.expected {
            Expected::Deny(_, check) if self.differs() => {
                format!("{} (expected: check {})", self.why.words, check.number())
            }
            _ => self.why.words.clone(),
        };
        line(f, mark, [method, expected, got, &why])
    }
}
