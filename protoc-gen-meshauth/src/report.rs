//! All that is to be said of a run, whole or in part.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::diagnostic::{Diagnostic, Severity};

/// All findings of a run, ordered by file and line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    found: BTreeSet<Diagnostic>,
    /// The one cause of it, where all methods fail alike.
    cause: Option<String>,
}

/// A part of a report that people can read, and what it leaves out.
pub(crate) struct Excerpt<'a> {
    /// Errors before warnings, in the order of the report.
    pub(crate) shown: Vec<&'a Diagnostic>,
    /// The counts of the rest, a line each; empty if there is no rest.
    pub(crate) rest: Vec<String>,
}

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.insert(diagnostic);
    }

    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(diagnostics);
    }

    /// Says what the one cause of it is.
    pub(crate) fn name_cause(&mut self, cause: Option<String>) {
        self.cause = cause;
    }

    /// The findings.
    #[must_use]
    pub fn diagnostics(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether something stops generation.
    pub(crate) fn refuses(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }

    /// The same with other names for the files.
    pub(crate) fn rename_files(self, rename: impl Fn(&str) -> Option<String>) -> Self {
        let renamed = self.found.into_iter().map(|diagnostic| {
            let name = rename(&diagnostic.place().file);
            diagnostic.in_file(name)
        });
        Self { found: renamed.collect(), cause: self.cause }
    }

    /// No more than `limit` findings, if there is one, and as many files of the rest.
    pub(crate) fn excerpt(&self, limit: Option<usize>) -> Excerpt<'_> {
        let limit = limit.unwrap_or(usize::MAX);
        if self.found.len() <= limit {
            return Excerpt { shown: self.found.iter().collect(), rest: Vec::new() };
        }
        // What is only warned about is not to hide why nothing was generated.
        let of = |severity| self.found.iter().filter(move |found| found.severity() == severity);
        let mut shown: Vec<_> = of(Severity::Error).chain(of(Severity::Warning)).collect();
        let rest = shown.split_off(limit);
        shown.sort();
        Excerpt { shown, rest: by_file(&rest, limit) }
    }

    /// How much there is of what, and why.
    pub(crate) fn summary(&self) -> String {
        let files: BTreeSet<_> = self.found.iter().map(|found| &found.place().file).collect();
        let outcome = if self.refuses() { ", nothing was generated" } else { "" };
        let found = counts(self.found.iter());
        let cause = self.cause.as_ref().map(|cause| format!("meshauth: {cause}\n"));
        let cause = cause.unwrap_or_default();
        format!("{cause}meshauth: {found} in {}{outcome}", count(files.len(), "file"))
    }
}

impl FromIterator<Diagnostic> for Report {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(found: T) -> Self {
        Self { found: found.into_iter().collect(), cause: None }
    }
}

/// The counts of findings by file, those with most of them first, in no more than `limit` lines.
fn by_file(found: &[&Diagnostic], limit: usize) -> Vec<String> {
    let mut files: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in found {
        files.entry(&diagnostic.place().file).or_default().push(diagnostic);
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(_, found)| std::cmp::Reverse(found.len()));
    let more = files.split_off(limit.min(files.len()));
    let listed = files.into_iter().map(|(file, found)| format!("  {file}: {}", counts(found)));
    let head = format!("and {} more, by file:", counts(found.iter().copied()));
    let mut lines: Vec<_> = [head].into_iter().chain(listed).collect();
    if !more.is_empty() {
        let number = count(more.len(), "more file");
        let found = more.into_iter().flat_map(|(_, found)| found);
        lines.push(format!("  {number}: {}", counts(found)));
    }
    lines.push(String::from(
        "set report_limit=NUMBER or report_limit=all to see more; diagnostics=json has everything",
    ));
    lines
}

/// `2 errors and 1 warning`
fn counts<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let (mut errors, mut warnings) = (0, 0);
    for diagnostic in found {
        match diagnostic.severity() {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
    }
    let of = [(errors, Severity::Error), (warnings, Severity::Warning)];
    let of = of.into_iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = of.map(|(number, what)| count(number, &what.to_string())).collect();
    counts.join(" and ")
}

pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.found.iter().try_for_each(|diagnostic| writeln!(f, "{diagnostic}"))?;
        f.write_str(&self.summary())
    }
}
