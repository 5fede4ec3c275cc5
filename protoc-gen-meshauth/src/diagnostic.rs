//! One thing that is to be said about the `.proto` files, and where.

use std::fmt;

use crate::lint::Lint;

/// The rule that is broken, or the lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the guide describes the rules, by their numbers")]
pub enum Code {
    E01,
    E02,
    E03,
    E04,
    E05,
    E06,
    E07,
    E08,
    E09,
    E10,
    E11,
    E12,
    /// A comment to meshauth that cannot be read or lacks a reason.
    Directive,
    /// A judgement, at the level that it has in this run.
    Lint(Lint),
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lint(lint) => fmt::Display::fmt(lint, f),
            Self::Directive => f.write_str("directive"),
            rule => fmt::Debug::fmt(rule, f),
        }
    }
}

/// Whether something stops generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// The code is generated.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A place in a file: line and column start at 1. Without source information both are 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was imported or as it was found on disk.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One finding: where, which rule or lint, what is wrong, and the lines that would put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    place: Place,
    severity: Severity,
    code: Code,
    message: String,
    help: String,
}

impl Diagnostic {
    /// An error.
    pub(crate) fn new(
        place: Place,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        // Names can hold what no compiler lets through: a report is to be lines of text.
        let place = Place { file: escaped(place.file, &[]), ..place };
        let (message, help) = (escaped(message.into(), &[]), escaped(help.into(), &['\n']));
        Self { place, severity: Severity::Error, code, message, help }
    }

    /// The same in a file of another name.
    pub(crate) fn in_file(mut self, name: Option<String>) -> Self {
        if let Some(name) = name {
            self.place.file = name;
        }
        self
    }

    /// The same as a warning.
    pub(crate) fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether it stops generation.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The rule that is broken, or the lint.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in a sentence that names the method.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do, with the lines to write.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl Diagnostic {
    /// Without the help.
    pub(crate) fn headline(&self) -> String {
        let Self { place, severity, code, message, .. } = self;
        format!("{place}: {severity}[{code}]: {message}")
    }
}

/// As a compiler shows it: `file:line:column: error[E04]: ..`, and the help below.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        let mut lines = self.help.lines();
        if let Some(first) = lines.next() {
            write!(f, "\n    help: {first}")?;
        }
        lines.try_for_each(|line| write!(f, "\n      {line}"))
    }
}

/// The text with its control characters written out, but for those that are `meant`.
pub(crate) fn escaped(text: String, meant: &[char]) -> String {
    let is_escaped = |c: char| c.is_control() && !meant.contains(&c);
    if !text.contains(is_escaped) {
        return text;
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}
