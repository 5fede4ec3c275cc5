//! Descriptors in, the policy model out, or every breach of the rules in one report.

mod help;
mod method;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{FileDescriptor, MessageDescriptor, ServiceDescriptor};
use prost_types::FileDescriptorProto;

use crate::{
    annotation::{DEFAULT_NAME, Shape},
    descriptors::Descriptors,
    diagnostic::{Code, Diagnostic, Report},
    policy::{Method, Package, Resource, Service},
    resource::{hides_owner, ownership},
    source::place,
};

/// The packages of the `requested` files, with all their files: prost and tonic generate those too,
/// so a package never has a server without its guard.
///
/// # Errors
/// All breaches of all files.
pub(crate) fn packages(
    descriptors: &Descriptors,
    requested: &BTreeSet<String>,
) -> Result<Vec<Package>, Report> {
    let mut report = descriptors.refused.clone();
    let shape = shape(descriptors, &mut report);

    let is_requested = |file: &&FileDescriptorProto| requested.contains(file.name());
    let wanted: BTreeSet<&str> =
        descriptors.files.iter().filter(is_requested).map(FileDescriptorProto::package).collect();
    let is_wanted = |file: &&FileDescriptorProto| wanted.contains(file.package());
    let mut files: Vec<_> = descriptors.files.iter().filter(is_wanted).collect();
    // Compilers send files in orders of their own, and the code is to be the same from all of them.
    files.sort_by_key(|file| file.name());

    let mut packages: BTreeMap<&str, Package> = BTreeMap::new();
    for proto in files.iter().copied() {
        let Some(file) = descriptors.pool.get_file_by_name(proto.name()) else { continue };
        let package = packages.entry(proto.package()).or_insert_with(|| Package {
            name: proto.package().to_owned(),
            services: Vec::new(),
            resources: Vec::new(),
        });
        package.resources.extend(resources(&file));
        if let Some(shape) = &shape {
            let checker = Checker { proto, shape: shape.as_ref() };
            package.services.extend(checker.file(&file, &mut report));
        }
    }
    names::check(&files, &descriptors.files, &mut report);
    hidden_owners(descriptors, &mut report);

    if report.is_empty() { Ok(packages.into_values().collect()) } else { Err(report) }
}

/// The shape of the annotation: `Some(None)` if no file declares it, `None` if it is broken and
/// nothing can be read.
#[expect(clippy::option_option, reason = "absent and broken are answered in different ways")]
fn shape(descriptors: &Descriptors, report: &mut Report) -> Option<Option<Shape>> {
    match Shape::find(&descriptors.pool, DEFAULT_NAME) {
        Ok(shape) => Some(shape),
        Err(error) => {
            let declared = |file: &&FileDescriptorProto| file.name() == error.file;
            let file = descriptors.files.iter().find(declared);
            let place = file.map(|file| place(file, &error.path));
            if let Some(place) = place {
                report.push(Diagnostic::new(place, Code::E11, error.what, help::SHAPE));
            }
            None
        }
    }
}

/// The messages of a file, nested ones included.
fn messages(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    let mut found = Vec::new();
    let mut open: Vec<_> = file.messages().collect();
    while let Some(message) = open.pop() {
        open.extend(message.child_messages().filter(|child| !child.is_map_entry()));
        found.push(message);
    }
    found.sort_by(|left, right| left.full_name().cmp(right.full_name()));
    found
}

fn resources(file: &FileDescriptor) -> Vec<Resource> {
    let resource = |message: MessageDescriptor| {
        let ownership = ownership(&message)?;
        Some(Resource { full_name: message.full_name().to_owned(), ownership })
    };
    messages(file).into_iter().filter_map(resource).collect()
}

/// E12: a resource that the guards could not see, in any file, since any message may carry it.
fn hidden_owners(descriptors: &Descriptors, report: &mut Report) {
    for proto in &descriptors.files {
        let Some(file) = descriptors.pool.get_file_by_name(proto.name()) else { continue };
        for message in messages(&file).iter().filter(|message| hides_owner(message)) {
            report.push(Diagnostic::new(
                place(proto, message.path()),
                Code::E12,
                format!("the resource `{}` has its `owner` in a oneof", message.full_name()),
                "the guards cannot see it there: move `owner` out of the oneof",
            ));
        }
    }
}

/// Checks the services of one file.
struct Checker<'a> {
    proto: &'a FileDescriptorProto,
    shape: Option<&'a Shape>,
}

impl Checker<'_> {
    fn file(&self, file: &FileDescriptor, report: &mut Report) -> Vec<Service> {
        file.services().map(|service| self.service(&service, report)).collect()
    }

    fn service(&self, service: &ServiceDescriptor, report: &mut Report) -> Service {
        let methods = service.methods().filter_map(|descriptor| {
            let site = method::Site::new(self.proto, self.shape, descriptor);
            let access = site.check(report)?;
            Some(Method {
                name: site.method.name().to_owned(),
                operation: access.0,
                access: access.1,
                request: crate::resource::carried(&site.method.input()),
                response: crate::resource::carried(&site.method.output()),
            })
        });
        Service { full_name: service.full_name().to_owned(), methods: methods.collect() }
    }
}
