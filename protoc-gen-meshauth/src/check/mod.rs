//! Descriptors in, the policy model out, or every breach of the rules in one report.

mod client;
mod collision;
mod directive;
mod held;
mod help;
mod lint;
mod method;
mod names;
mod near;
mod service;
mod shapes;
mod types;
mod unannotated;
mod value;
mod verb;

use std::collections::{BTreeMap, BTreeSet};

use self::{service::Checker, shapes::Shapes, unannotated::UnannotatedMethods};
use crate::{
    annotation::Shape,
    descriptor::{Descriptors, File, Message, each_message, field},
    diagnostic::{Code, Diagnostic, Place},
    error::Error,
    options::Options,
    policy::{Package, Resource},
    report::Report,
    resource::{Inspector, hides_owner, ownership},
    source::Source,
};

/// What a run generates, and what there is to say about it.
pub(crate) struct Checked {
    pub(crate) packages: Vec<Package>,
    pub(crate) warnings: Report,
}

/// Checks the packages of the `requested` files, with all their files: prost and tonic generate
/// those too, so a package never has a server without its guard.
///
/// # Errors
/// All breaches of all files, with the warnings among them.
pub(crate) fn packages(
    descriptors: &Descriptors,
    requested: &BTreeSet<String>,
    options: &Options,
) -> Result<Checked, Error> {
    let mut report = Report::default();
    report.extend(descriptors.editions.iter().map(editions));
    let shape = shape(descriptors, options, &mut report);
    let pool = &descriptors.options;
    let others = Shape::others(pool, &options.annotation);
    let messages = descriptors.messages()?;
    let mut inspector = Inspector::new(&messages);
    let read = shape.as_ref().map(Option::as_ref);
    let shapes = read.map(|read| Shapes { name: &options.annotation, read, others: &others, pool });
    let mut unannotated = UnannotatedMethods::default();
    let files = files(descriptors, requested);
    let mut packages: BTreeMap<&str, Package> = BTreeMap::new();
    for file in files.iter().copied() {
        let package = packages.entry(&file.package).or_insert_with(|| empty_package(file));
        if options.resources {
            package.resources.extend(resources(file));
        }
        if let Some(shapes) = shapes {
            let source = Source::of(file);
            let mut checker =
                Checker::new(&source, file, shapes, options, (&mut report, &mut unannotated));
            package.services.extend(checker.services(&mut inspector)?);
            checker.near_resources();
            checker.misplaced_directives();
        }
    }
    if let Some(shapes) = shapes {
        unannotated.report(shapes, &mut report);
    }
    names::check(&files, &descriptors.files, options, &mut report);
    hidden_owners(descriptors, &mut report);

    if report.refuses() {
        return Err(options.refusal(report));
    }
    Ok(Checked { packages: packages.into_values().collect(), warnings: report })
}

fn empty_package(of: &File) -> Package {
    Package { name: of.package.clone(), services: Vec::new(), resources: Vec::new() }
}

/// The files of the packages of which a file was asked for. Compilers send files in orders of their
/// own, and the code is to be the same from all of them.
fn files<'a>(descriptors: &'a Descriptors, requested: &BTreeSet<String>) -> Vec<&'a File> {
    let is_requested = |file: &&File| requested.contains(&file.name);
    let wanted = descriptors.files.iter().filter(is_requested);
    let wanted: BTreeSet<&str> = wanted.map(|file| file.package.as_str()).collect();
    let is_wanted = |file: &&File| wanted.contains(file.package.as_str());
    let mut files: Vec<_> = descriptors.files.iter().filter(is_wanted).collect();
    files.sort_by_key(|file| &file.name);
    files
}

/// The shape of the annotation: `Some(None)` if no file declares it, `None` if it is broken and
/// nothing can be read.
#[expect(clippy::option_option, reason = "absent and broken are answered in different ways")]
fn shape(
    descriptors: &Descriptors,
    options: &Options,
    report: &mut Report,
) -> Option<Option<Shape>> {
    match Shape::find(&descriptors.options, &options.annotation) {
        Ok(shape) => Some(shape),
        Err(error) => {
            let declared = |file: &&File| file.name == error.file;
            if let Some(file) = descriptors.files.iter().find(declared) {
                let place = Source::of(file).place(&error.path);
                report.push(Diagnostic::new(place, Code::E11, error.what, error.help));
            }
            None
        }
    }
}

/// E12: a file that uses editions.
fn editions(file: &File) -> Diagnostic {
    uses_editions(Source::of(file).place(&[field::FILE_SYNTAX]), &file.name)
}

/// E12: the file of this name uses editions, and says so at the place.
pub(crate) fn uses_editions(place: Place, name: &str) -> Diagnostic {
    Diagnostic::new(
        place,
        Code::E12,
        format!("`{name}` uses editions, which prost does not generate from"),
        "write the file in proto3:\nsyntax = \"proto3\";",
    )
}

fn resources(file: &File) -> Vec<Resource> {
    let mut found = Vec::new();
    each_message(file, &mut |full_name, _, descriptor| {
        if let Some(ownership) = ownership(Message { descriptor, file }) {
            found.push(Resource { full_name: full_name.to_owned(), ownership });
        }
    });
    found.sort_by(|one, other| one.full_name.cmp(&other.full_name));
    found
}

/// E12: a resource that the guards could not see, in any file, since any message may carry it.
fn hidden_owners(descriptors: &Descriptors, report: &mut Report) {
    for file in &descriptors.files {
        let source = Source::of(file);
        each_message(file, &mut |full_name, path, message| {
            if hides_owner(message) {
                report.push(Diagnostic::new(
                    source.place(path),
                    Code::E12,
                    format!("the resource `{full_name}` has its `owner` in a oneof"),
                    "the guards cannot see it there: move `owner` out of the oneof",
                ));
            }
        });
    }
}
