//! E12: names that prost, tonic or the guards cannot turn into Rust, or that collide there.

use std::collections::BTreeMap;

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions,
    ServiceDescriptorProto,
};

use crate::{
    diagnostic::{Code, Diagnostic, Place, Report},
    names::{guard_module, server_module, snake, upper_camel},
    source::{field, place},
};

/// Names that a service's trait cannot have: tonic or the guard's module use them without a path.
const TAKEN: [&str; 20] = [
    "Arc",
    "B",
    "Body",
    "Box",
    "BoxFuture",
    "Clone",
    "CompressionEncoding",
    "Context",
    "Default",
    "FnMut",
    "FnOnce",
    "Guard",
    "InterceptedService",
    "Into",
    "Option",
    "Poll",
    "S",
    "Server",
    "StdError",
    "T",
];

/// The modules of a package, and what each is made for.
type Modules<'a> = BTreeMap<(&'a str, String), String>;

/// Checks the `files` of the packages that are generated, among `all` files of the run.
pub(super) fn check(
    files: &[&FileDescriptorProto],
    all: &[FileDescriptorProto],
    report: &mut Report,
) {
    no_package(files, report);
    packages(files, all, report);
    let mut modules = Modules::new();
    for file in files {
        for message in file.message_type.iter().filter(|message| has_module(message)) {
            let name = format!("{}.{}", file.package(), message.name());
            modules.insert((file.package(), snake(message.name())), name);
        }
    }
    for file in files {
        for (index, service) in file.service.iter().enumerate() {
            let site = Site { file, service, index };
            site.names(report);
            site.trait_name(report);
            site.methods(report);
            site.modules(&mut modules, report);
        }
    }
}

/// The plugins of prost and tonic have no file for such a service.
fn no_package(files: &[&FileDescriptorProto], report: &mut Report) {
    let outside = |file: &&&FileDescriptorProto| file.package().is_empty();
    for file in files.iter().filter(outside).filter(|file| !file.service.is_empty()) {
        report.push(Diagnostic::new(
            package_place(file),
            Code::E12,
            format!("`{}` declares a service outside any package", file.name()),
            "give the file a package, such as:\npackage acme.wallet.v1;",
        ));
    }
}

/// prost and tonic write one file for each module. Two packages with one module would share it,
/// and one of them, perhaps an import that nobody checked, would have its servers there.
fn packages(files: &[&FileDescriptorProto], all: &[FileDescriptorProto], report: &mut Report) {
    let mut modules: BTreeMap<String, &str> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.package().is_empty()) {
        if !file.package().split('.').all(is_name) {
            report.push(nameless(package_place(file), file.package()));
        }
        modules.entry(module(file.package())).or_insert(file.package());
    }
    for file in all {
        let module = module(file.package());
        if let Some(other) = modules.get(&module).filter(|other| **other != file.package()) {
            report.push(collision(package_place(file), file.package(), other, &module));
        }
        // prost's file for `acme.meshauth` has the name of the guards' file for `acme`.
        if let Some(guarded) = module.strip_suffix("::meshauth").and_then(|name| modules.get(name))
        {
            let guards = format!("the guards of `{guarded}`");
            let file_name = format!("{}.rs", file.package());
            report.push(Diagnostic::new(
                package_place(file),
                Code::E12,
                format!("`{}` and {guards} would both be in `{file_name}`", file.package()),
                "rename the package",
            ));
        }
    }
}

fn package_place(file: &FileDescriptorProto) -> Place {
    place(file, &[field::FILE_PACKAGE])
}

fn module(package: &str) -> String {
    package.split('.').map(snake).collect::<Vec<_>>().join("::")
}

/// Whether there is a name in Rust for it: not for underscores alone, and not for what no compiler
/// lets through, which would also be part of a path on disk.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.all(|c| c == '_' || c.is_ascii_alphanumeric()) && !name.trim_matches('_').is_empty()
}

/// prost makes a module for a message with something nested in it.
fn has_module(message: &DescriptorProto) -> bool {
    let is_map_entry =
        |nested: &DescriptorProto| nested.options.as_ref().is_some_and(MessageOptions::map_entry);
    let is_in_oneof =
        |field: &FieldDescriptorProto| field.oneof_index.is_some() && !field.proto3_optional();
    message.nested_type.iter().any(|nested| !is_map_entry(nested))
        || !message.enum_type.is_empty()
        || message.field.iter().any(is_in_oneof)
}

fn collision(place: Place, name: &str, other: &str, rust: &str) -> Diagnostic {
    let message = format!("`{name}` and `{other}` would both be `{rust}` in Rust");
    Diagnostic::new(place, Code::E12, message, "rename one of the two")
}

fn nameless(place: Place, name: &str) -> Diagnostic {
    let message = format!("`{name}` has no name in Rust");
    Diagnostic::new(place, Code::E12, message, "rename it, with letters in every part of the name")
}

struct Site<'a> {
    file: &'a FileDescriptorProto,
    service: &'a ServiceDescriptorProto,
    index: usize,
}

impl<'a> Site<'a> {
    fn full_name(&self) -> String {
        format!("{}.{}", self.file.package(), self.service.name())
    }

    fn names(&self, report: &mut Report) {
        if !is_name(self.service.name()) {
            report.push(nameless(self.place(&[]), &self.full_name()));
        }
        for (index, method) in self.service.method.iter().enumerate() {
            if !is_name(method.name()) {
                let name = format!("{}.{}", self.full_name(), method.name());
                report.push(nameless(self.place(&[2, number(index)]), &name));
            }
        }
    }

    fn trait_name(&self, report: &mut Report) {
        let name = upper_camel(self.service.name());
        if TAKEN.contains(&name.as_str()) {
            report.push(Diagnostic::new(
                self.place(&[]),
                Code::E12,
                format!("`{}` would be the trait `{name}`, a name that is taken", self.full_name()),
                format!("give the service another name, such as `{name}Service`"),
            ));
        }
    }

    /// A method is a function and a type in Rust. Where two functions collide, so do the types.
    fn methods(&self, report: &mut Report) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (index, method) in self.service.method.iter().enumerate() {
            let name = format!("{}.{}", self.full_name(), method.name());
            let rust = upper_camel(method.name());
            if let Some(other) = seen.insert(rust.clone(), name.clone()) {
                report.push(collision(self.place(&[2, number(index)]), &name, &other, &rust));
            }
        }
    }

    /// tonic's module and the guard's.
    fn modules(&self, modules: &mut Modules<'a>, report: &mut Report) {
        let rust = upper_camel(self.service.name());
        let taken = [guard_module(&rust), server_module(&rust)].map(|module| {
            let other = modules.insert((self.file.package(), module.clone()), self.full_name())?;
            Some(collision(self.place(&[]), &self.full_name(), &other, &module))
        });
        if let Some(collision) = taken.into_iter().flatten().next() {
            report.push(collision);
        }
    }

    fn place(&self, below: &[i32]) -> Place {
        place(self.file, &[&[6, number(self.index)], below].concat())
    }
}

fn number(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
