//! The table, and whether it came out as expected.

use std::fmt;

use crate::{
    call::{Call, Expected, Got},
    why::Why,
    world::{Scene, World},
};

/// What came of all calls.
#[derive(Default)]
pub(crate) struct Report {
    worlds: Vec<(&'static str, Vec<Block>)>,
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

impl Report {
    pub(crate) fn add(&mut self, world: &World, blocks: Vec<Block>) {
        self.worlds.push((world.about, blocks));
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.worlds.iter().flat_map(|(_, blocks)| blocks).flat_map(|block| &block.rows)
    }

    pub(crate) fn differences(&self) -> usize {
        self.rows().filter(|row| row.differs()).count()
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (about, blocks) in &self.worlds {
            writeln!(f, "{about}\n")?;
            line(f, "", ["METHOD", "EXPECTED", "GOT", "WHY"])?;
            for block in blocks {
                write!(f, "\n{block}")?;
            }
            writeln!(f)?;
        }
        match (self.rows().count(), self.differences()) {
            (calls, 0) => writeln!(f, "{calls} calls, all as expected."),
            (calls, differences) => {
                writeln!(f, "{calls} calls, {differences} not as expected (marked with !).")
            }
        }
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
