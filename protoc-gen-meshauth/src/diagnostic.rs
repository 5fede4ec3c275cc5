//! What is wrong in the `.proto` files, and where.

use std::{collections::BTreeSet, fmt};

/// The rules that an annotation must keep; their meaning is in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is described where it is displayed and in the README")]
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
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
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

/// One breach: where, which rule, what is wrong, and the lines that would put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    place: Place,
    code: Code,
    message: String,
    help: String,
}

impl Diagnostic {
    pub(crate) fn new(
        place: Place,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { place, code, message: message.into(), help: help.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The rule that is broken.
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

    #[cfg(feature = "build-script")]
    pub(crate) fn rename_file(&mut self, rename: impl FnOnce(&str) -> Option<String>) {
        if let Some(file) = rename(&self.place.file) {
            self.place.file = file;
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: error[{}]: {}", self.place, self.code, self.message)?;
        let mut lines = self.help.lines();
        if let Some(first) = lines.next() {
            write!(f, "\n    help: {first}")?;
        }
        lines.try_for_each(|line| write!(f, "\n      {line}"))
    }
}

/// All breaches of a run, ordered by file and line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Report(BTreeSet<Diagnostic>);

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.insert(diagnostic);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with other names for the files.
    #[cfg(feature = "build-script")]
    pub(crate) fn rename_files(self, rename: impl Fn(&str) -> Option<String>) -> Self {
        let renamed = self.0.into_iter().map(|mut diagnostic| {
            diagnostic.rename_file(&rename);
            diagnostic
        });
        Self(renamed.collect())
    }

    /// The breaches.
    pub fn diagnostics(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}")?;
        }
        let files: BTreeSet<_> = self.0.iter().map(|diagnostic| &diagnostic.place.file).collect();
        let count = |number: usize, what: &str| match number {
            1 => format!("1 {what}"),
            _ => format!("{number} {what}s"),
        };
        let (errors, files) = (count(self.0.len(), "error"), count(files.len(), "file"));
        write!(f, "meshauth: {errors} in {files}, nothing was generated")
    }
}

impl fmt::Debug for Report {
    /// A build script that fails shows this: it is the report itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
