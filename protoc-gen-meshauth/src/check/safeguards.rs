//! The rules for the safeguards of one method, and for their extension.

use std::{rc::Rc, time::Duration};

use prost_reflect::DescriptorPool;

use super::method::{Site, Subject};
use crate::{
    annotation::{SafeguardsShape, WrittenSafeguards, collisions, free_number, holds_undeclared},
    descriptor::{Descriptors, field},
    diagnostic::{Code, Diagnostic, Place},
    error::Error,
    options::Options,
    policy::Safeguards,
    protos::{SAFEGUARDS, SAFEGUARDS_FILE, SAFEGUARDS_NUMBER},
    report::Report,
    source::Source,
};

/// The longest `google.protobuf.Duration`, in seconds: 10,000 years.
const LONGEST: u64 = 315_576_000_000;

/// The extension as the files of a run declare it.
pub(super) enum Declaration {
    Declared(SafeguardsShape),
    /// No file does.
    Missing,
    /// Not as expected, which is reported: nothing can be read.
    Broken,
}

impl Declaration {
    /// Looks for the extension, and reports what is wrong with it.
    pub(super) fn of(descriptors: &Descriptors, options: &Options, report: &mut Report) -> Self {
        let pool = &descriptors.options;
        let place = |file: &str, path: &[i32]| {
            let file = descriptors.files.iter().find(|declared| declared.name == *file);
            file.map(|file| Source::of(file).place(path))
        };
        let shape = match SafeguardsShape::find(pool) {
            Ok(Some(shape)) => shape,
            Ok(None) => {
                report.extend(missing(descriptors).filter(|_| options.safeguards_required));
                return Self::Missing;
            }
            Err(error) => {
                let place = place(&error.file, &error.path);
                let breach = |place| Diagnostic::new(place, Code::E11, error.what, error.help);
                report.extend(place.map(breach));
                return Self::Broken;
            }
        };
        let others = collisions(pool);
        if others.is_empty() {
            return Self::Declared(shape);
        }
        for other in others {
            let place = place(other.parent_file().name(), other.path());
            let (name, free) = (other.full_name(), free_number(pool));
            report.extend(place.map(|place| collision(place, name, &shape, free)));
        }
        Self::Broken
    }
}

/// E11: another extension of methods with the same number.
fn collision(place: Place, other: &str, shape: &SafeguardsShape, free: u32) -> Diagnostic {
    let number = shape.number();
    Diagnostic::new(
        place,
        Code::E11,
        format!("the extension `{other}` has the number {number}, which `{SAFEGUARDS}` has, too"),
        format!(
            "give one of the two another number from 50000 to 99999; for the safeguards in a copy of \
             {SAFEGUARDS_FILE} of your own, which `protoc-gen-meshauth --protos DIR` writes:\n\
             Safeguards safeguards = {free};"
        ),
    )
}

/// `safeguards=required`, and no file declares them: said of the first file.
fn missing(descriptors: &Descriptors) -> Option<Diagnostic> {
    let file = descriptors.files.iter().min_by_key(|file| (file.service.is_empty(), &file.name))?;
    let place = Place { file: file.name.clone(), line: 1, column: 1 };
    Some(Diagnostic::new(
        place,
        Code::E11,
        format!(
            "by the option safeguards=required the files must hold the extension `{SAFEGUARDS}`, and \
             none does: safeguards may have been lost on the way"
        ),
        format!("import it where it is used:\nimport \"{SAFEGUARDS_FILE}\";"),
    ))
}

impl Site<'_> {
    /// The safeguards of the method, and what is wrong with them by themselves.
    pub(super) fn safeguards(
        self,
        declaration: &Declaration,
        pool: &DescriptorPool,
    ) -> Result<(Option<Rc<WrittenSafeguards>>, Vec<Diagnostic>), Error> {
        let options = &self.method.options;
        match declaration {
            Declaration::Declared(shape) => {
                let Some(written) = shape.read(options)? else { return Ok((None, Vec::new())) };
                let of = OfMethod { site: self, shape, written: &written };
                let rules = [of.no_unknown_field(), of.something_is_stated(), of.age_is_positive()];
                let breaches = rules.concat();
                Ok((Some(written), breaches))
            }
            Declaration::Missing if holds_undeclared(pool, options)? => {
                Ok((None, vec![self.undeclared_safeguards()]))
            }
            Declaration::Missing | Declaration::Broken => Ok((None, Vec::new())),
        }
    }

    /// E10: safeguards that no file declares.
    fn undeclared_safeguards(self) -> Diagnostic {
        let what = format!(
            "the options of `{}` have a field {SAFEGUARDS_NUMBER} that no file declares: it is the \
             number of `{SAFEGUARDS}`, and may restrict access",
            self.full_name
        );
        let help = format!(
            "compile the files with the proto that declares it:\nimport \"{SAFEGUARDS_FILE}\";"
        );
        Diagnostic::new(self.place_of_safeguards(SAFEGUARDS_NUMBER, &[]), Code::E10, what, help)
    }

    /// Where a value of the safeguards is, else the safeguards, else the method.
    fn place_of_safeguards(self, extension: u32, value: &[u32]) -> Place {
        let extension = [self.path, &[field::METHOD_OPTIONS, number(extension)]].concat();
        let value: Vec<_> = value.iter().copied().map(number).collect();
        self.source.place_in(&extension, &value)
    }
}

impl Subject<'_> {
    /// E13: safeguards on a PUBLIC method, which may have no caller to prove itself.
    pub(super) fn public_has_no_safeguards(&self, declaration: &Declaration) -> Option<Diagnostic> {
        let Declaration::Declared(shape) = declaration else { return None };
        (self.is_public() && self.safeguards.is_some()).then(|| {
            let what = format!(
                "`{}` is PUBLIC with safeguards: there may be no caller to prove itself",
                self.site.full_name
            );
            let help = self.authorise("remove the safeguards, or let only callers with a role in:");
            let place = self.site.place_of_safeguards(shape.number(), &[]);
            Diagnostic::new(place, Code::E13, what, help)
        })
    }
}

/// The safeguards of one method.
struct OfMethod<'a> {
    site: Site<'a>,
    shape: &'a SafeguardsShape,
    written: &'a WrittenSafeguards,
}

impl OfMethod<'_> {
    /// E10: a field that this version does not know.
    fn no_unknown_field(&self) -> Vec<Diagnostic> {
        let unknown = self.written.unknown_fields.iter();
        unknown
            .map(|(path, name)| {
                let number = path.last().copied().unwrap_or_default();
                let name = name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
                let of = if path.len() > 1 { "the `max_age` of `" } else { "the safeguards of `" };
                let (method, have) =
                    (self.site.full_name, if path.len() > 1 { "has" } else { "have" });
                let what = format!(
                    "{of}{method}` {have} a field {number}{name} that this version of meshauth does \
                     not know: it may restrict access"
                );
                let help = "remove the field, or use a version of protoc-gen-meshauth that knows it";
                self.breach(Code::E10, path, what, help)
            })
            .collect()
    }

    /// E13: safeguards without anything in them.
    fn something_is_stated(&self) -> Vec<Diagnostic> {
        let WrittenSafeguards { second_factor, max_age, unknown_fields } = self.written;
        // Something that is not known is something.
        if *second_factor || max_age.is_some() || !unknown_fields.is_empty() {
            return Vec::new();
        }
        let what = format!("`{}` has safeguards without anything in them", self.site.full_name);
        let help = "say what the method asks for, or remove them:\nsecond_factor: true\n\
                    max_age: { seconds: 300 }";
        vec![self.breach(Code::E13, &[], what, help)]
    }

    /// E13: a `max_age` that is not positive, or no `google.protobuf.Duration`.
    fn age_is_positive(&self) -> Vec<Diagnostic> {
        let Some((seconds, nanos)) = self.written.max_age else { return Vec::new() };
        if positive(seconds, nanos).is_some() {
            return Vec::new();
        }
        let method = self.site.full_name;
        let what = format!(
            "`{method}` has a `max_age` of {seconds} s and {nanos} ns, which is not a positive duration"
        );
        let help = "say how long ago the caller may have proved itself, or remove it:\n\
                    max_age: { seconds: 300 }";
        let [_, max_age] = self.shape.fields();
        vec![self.breach(Code::E13, &[max_age], what, help)]
    }

    fn breach(&self, code: Code, value: &[u32], what: String, help: &str) -> Diagnostic {
        let place = self.site.place_of_safeguards(self.shape.number(), value);
        Diagnostic::new(place, code, what, help)
    }
}

/// What the safeguards are, of some that break no rule.
pub(super) fn model(written: Option<&WrittenSafeguards>) -> Safeguards {
    let second_factor = written.is_some_and(|written| written.second_factor);
    let max_age = written.and_then(|written| written.max_age);
    Safeguards {
        second_factor,
        max_age: max_age.and_then(|(seconds, nanos)| positive(seconds, nanos)),
    }
}

/// The duration, if it is one of `google.protobuf.Duration` and positive.
fn positive(seconds: i64, nanos: i32) -> Option<Duration> {
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST)?;
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(seconds, nanos)).filter(|duration| !duration.is_zero())
}

/// A number of a field as it is in paths of source information.
fn number(of_field: u32) -> i32 {
    i32::try_from(of_field).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e13_a_duration_is_positive_and_one_of_protobuf() {
        for (seconds, nanos) in [
            (0, 0),
            (-1, 0),
            (0, -1),
            (1, -1),
            (-1, 1),
            (0, 1_000_000_000),
            (1, i32::MAX),
            (i64::MIN, 0),
            (i64::MAX, 0),
            (315_576_000_001, 0),
        ] {
            assert_eq!(positive(seconds, nanos), None, "{seconds} {nanos}");
        }
        assert_eq!(positive(0, 1), Some(Duration::from_nanos(1)));
        assert_eq!(positive(300, 0), Some(Duration::from_secs(300)));
        assert_eq!(positive(315_576_000_000, 999_999_999).map(|d| d.as_secs()), Some(LONGEST));
    }
}
