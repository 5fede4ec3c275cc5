//! E12: names that prost, tonic or the guards cannot turn into Rust, or that collide there.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::{DescriptorProto, FileDescriptorProto, ServiceDescriptorProto};

use crate::{
    descriptors::Descriptors,
    diagnostic::{Code, Diagnostic, Report},
    names::{guard_module, snake, upper_camel},
    source::place,
};

/// Names that a service's trait cannot have: they are taken in the guard's module, or break tonic.
const TAKEN: [&str; 4] = ["B", "Guard", "Server", "T"];

pub(super) fn check(descriptors: &Descriptors, packages: &BTreeSet<&str>, report: &mut Report) {
    let mut modules: BTreeMap<(&str, String), String> = BTreeMap::new();
    for file in descriptors.files.iter().filter(|file| packages.contains(file.package())) {
        for message in file.message_type.iter().filter(|message| has_module(message)) {
            let name = format!("{}.{}", file.package(), message.name());
            modules.insert((file.package(), snake(message.name())), name);
        }
    }
    for file in descriptors.files.iter().filter(|file| packages.contains(file.package())) {
        for (index, service) in file.service.iter().enumerate() {
            let site = Site { file, service, index };
            site.trait_name(report);
            site.methods(report);
            let module = guard_module(&upper_camel(service.name()));
            let name = site.full_name();
            if let Some(other) = modules.insert((file.package(), module.clone()), name.clone()) {
                site.collision(&name, &other, &module, &[], report);
            }
        }
    }
}

/// prost makes a module for a message with something nested in it.
fn has_module(message: &DescriptorProto) -> bool {
    !(message.nested_type.is_empty()
        && message.enum_type.is_empty()
        && message.oneof_decl.is_empty())
}

struct Site<'a> {
    file: &'a FileDescriptorProto,
    service: &'a ServiceDescriptorProto,
    index: usize,
}

impl Site<'_> {
    fn full_name(&self) -> String {
        format!("{}.{}", self.file.package(), self.service.name())
    }

    fn trait_name(&self, report: &mut Report) {
        let name = upper_camel(self.service.name());
        if TAKEN.contains(&name.as_str()) {
            report.push(Diagnostic::new(
                place(self.file, &self.path(&[])),
                Code::E12,
                format!("`{}` would be the trait `{name}`, a name that is taken", self.full_name()),
                format!("give the service another name, such as `{name}Service`"),
            ));
        }
    }

    /// A method is a function, a type and perhaps a stream in Rust: each name can be there once.
    fn methods(&self, report: &mut Report) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (index, method) in self.service.method.iter().enumerate() {
            let full_name = format!("{}.{}", self.full_name(), method.name());
            // Snake and camel names never equal each other: one map does for both.
            for name in BTreeSet::from([snake(method.name()), upper_camel(method.name())]) {
                if let Some(other) = seen.insert(name.clone(), full_name.clone())
                    && other != full_name
                {
                    self.collision(&full_name, &other, &name, &[2, number(index)], report);
                }
            }
        }
    }

    fn collision(&self, name: &str, other: &str, rust: &str, path: &[i32], report: &mut Report) {
        report.push(Diagnostic::new(
            place(self.file, &self.path(path)),
            Code::E12,
            format!("`{name}` and `{other}` would both be `{rust}` in Rust"),
            "rename one of the two",
        ));
    }

    fn path(&self, below: &[i32]) -> Vec<i32> {
        [&[6, number(self.index)], below].concat()
    }
}

fn number(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
