//! E01: methods without an annotation, and why that is. One cause is one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::shapes::{Shapes, import};
use crate::{
    descriptor::File,
    diagnostic::{Code, Diagnostic, Place},
    protos::ANNOTATION,
    report::{Report, count},
};

/// Why a method has no annotation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// It has none.
    Bare,
    /// It has this one, and another is asked for.
    Another(String),
    /// No file declares the one that is asked for by name.
    Undeclared,
}

/// A method without an annotation.
pub(super) struct Unannotated {
    pub(super) cause: Cause,
    pub(super) place: Place,
    pub(super) full_name: String,
    /// The options that it has instead, perhaps.
    pub(super) unread: Vec<String>,
    pub(super) help: String,
}

/// The methods of a run without an annotation.
#[derive(Default)]
pub(super) struct UnannotatedMethods {
    /// Those that have one, too.
    pub(super) all: usize,
    without: usize,
    /// The first method for each cause that is one finding, and how many more there are.
    by_cause: BTreeMap<Cause, (Unannotated, usize)>,
    files_without_import: BTreeSet<String>,
}

impl UnannotatedMethods {
    /// Whether something was said about the import of the file.
    pub(super) fn names_import_of(&self, file: &File) -> bool {
        self.files_without_import.contains(&file.name)
    }

    /// Adds a method; what there is to report of it alone.
    pub(super) fn add(
        &mut self,
        method: Unannotated,
        file: &File,
        import: &str,
    ) -> Option<Diagnostic> {
        self.without += 1;
        if method.cause == Cause::Bare {
            if !file.dependency.iter().any(|dependency| dependency == import) {
                self.files_without_import.insert(file.name.clone());
            }
            return Some(method.diagnostic(0));
        }
        let cause = method.cause.clone();
        self.by_cause.entry(cause).and_modify(|(_, more)| *more += 1).or_insert((method, 0));
        None
    }

    /// Reports what was put together, and what is behind all of it.
    pub(super) fn report(self, shapes: Shapes<'_>, report: &mut Report) {
        report.name_cause(self.common_cause(shapes));
        let put_together = self.by_cause.into_values();
        report.extend(put_together.map(|(first, more)| first.diagnostic(more)));
    }

    /// What is behind all of it, if all methods fail alike.
    fn common_cause(&self, shapes: Shapes<'_>) -> Option<String> {
        if self.all < 2 || self.without < self.all {
            return None;
        }
        let name = shapes.name;
        let declared =
            if shapes.read.is_none() { ", which no file of this run declares" } else { "" };
        let files = self.files_without_import.len();
        let import = match files {
            0 => String::new(),
            _ => format!(": {} `{}`", not_importing(files), import(shapes.read)),
        };
        // Where nobody declares an organisation's own, it is not known where it would be.
        let import =
            if shapes.read.is_none() && name != ANNOTATION { String::new() } else { import };
        Some(format!(
            "none of the {} methods has the annotation `{name}`{declared}{import}",
            self.all
        ))
    }
}

fn not_importing(files: usize) -> String {
    let verb = if files == 1 { "does" } else { "do" };
    format!("{} {verb} not import", count(files, "file"))
}

impl Unannotated {
    fn diagnostic(self, more: usize) -> Diagnostic {
        let Self { place, full_name, unread, help, .. } = self;
        let others = match more {
            0 => String::new(),
            1 => String::from(", and 1 more method has none for the same reason"),
            _ => format!(", and {more} more methods have none for the same reason"),
        };
        let unread: Vec<_> = unread.iter().map(|name| format!("`({name})`")).collect();
        let unread = match &unread[..] {
            [] => String::new(),
            [one] => format!(", its option {one} is not read"),
            several => format!(", its options {} are not read", several.join(", ")),
        };
        let message = format!("`{full_name}` has no access annotation{unread}{others}");
        Diagnostic::new(place, Code::E01, message, help)
    }
}
