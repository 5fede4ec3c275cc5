//! E12: names that prost, tonic or the guards cannot turn into Rust, or that collide there.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    client,
    collision::{Modules, collision, is_name, nameless},
    types,
};
use crate::{
    descriptor::{File, Service, field, position},
    diagnostic::{Code, Diagnostic, Place},
    names::{client_module, guard_module, server_module, snake, upper_camel},
    options::Options,
    report::Report,
    source::Source,
};

/// Names that a service's trait cannot have: tonic or the guard's module use them without a path.
const TAKEN: [&str; 21] = [
    "Arc",
    "B",
    "Body",
    "Box",
    "BoxFuture",
    "Clone",
    "CompressionEncoding",
    "Context",
    "Default",
    "EnabledCompressionEncodings",
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

/// Checks the `files` of the packages that are generated, among `all` files of the run.
pub(super) fn check(files: &[&File], all: &[File], options: &Options, report: &mut Report) {
    no_package(files, report);
    packages(files, all, report);
    let mut modules = child_packages(all);
    types::check(files, &mut modules, report);
    for file in files {
        let source = Source::of(file);
        for (index, service) in file.service.iter().enumerate() {
            let site = Site { file, source: &source, service, index };
            site.names(report);
            site.trait_name(report);
            site.methods(report);
            site.functions_of_client(options, report);
            site.modules(&mut modules, options.has_clients(), report);
        }
    }
}

/// Each package is a module in the one above it.
fn child_packages(all: &[File]) -> Modules<'_> {
    let mut modules = Modules::new();
    for file in all {
        for (end, _) in file.package.match_indices('.') {
            let (parent, child) = (&file.package[..end], &file.package[end + 1..]);
            let child = child.split('.').next().unwrap_or_default();
            let name = format!("{parent}.{child}");
            modules.insert((parent, snake(child).into_owned()), name);
        }
    }
    modules
}

/// The plugins of prost and tonic have no file for such a service.
fn no_package(files: &[&File], report: &mut Report) {
    let outside = |file: &&&File| file.package.is_empty();
    for file in files.iter().filter(outside).filter(|file| !file.service.is_empty()) {
        report.push(Diagnostic::new(
            package_place(file),
            Code::E12,
            format!("`{}` declares a service outside any package", file.name),
            "give the file a package, such as:\npackage acme.wallet.v1;",
        ));
    }
}

/// prost and tonic write one file for each module. Two packages with one module would share it,
/// and one of them, perhaps an import that nobody checked, would have its servers there.
fn packages(files: &[&File], all: &[File], report: &mut Report) {
    let mut modules: BTreeMap<String, &str> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.package.is_empty()) {
        if !file.package.as_str().split('.').all(is_name) {
            report.push(nameless(package_place(file), file.package.as_str()));
        }
        modules.entry(module(file.package.as_str())).or_insert(file.package.as_str());
    }
    for file in all {
        let module = module(file.package.as_str());
        if let Some(other) = modules.get(&module).filter(|other| **other != file.package.as_str()) {
            report.push(collision(package_place(file), file.package.as_str(), other, &module));
        }
        // prost's file for `acme.meshauth` has the name of the guards' file for `acme`.
        if let Some(guarded) = module.strip_suffix("::meshauth").and_then(|name| modules.get(name))
        {
            let guards = format!("the guards of `{guarded}`");
            let file_name = format!("{}.rs", file.package.as_str());
            report.push(Diagnostic::new(
                package_place(file),
                Code::E12,
                format!("`{}` and {guards} would both be in `{file_name}`", file.package.as_str()),
                "rename the package",
            ));
        }
    }
}

fn package_place(file: &File) -> Place {
    Source::of(file).place(&[field::FILE_PACKAGE])
}

fn module(package: &str) -> String {
    package.split('.').map(snake).collect::<Vec<_>>().join("::")
}

struct Site<'a, 's> {
    file: &'a File,
    source: &'s Source<'a>,
    service: &'a Service,
    index: usize,
}

impl<'a> Site<'a, '_> {
    fn full_name(&self) -> String {
        self.file.full_name(&self.service.name)
    }

    fn names(&self, report: &mut Report) {
        if !is_name(&self.service.name) {
            report.push(nameless(self.place(&[]), &self.full_name()));
        }
        for (index, method) in self.service.method.iter().enumerate() {
            if !is_name(&method.name) {
                let name = format!("{}.{}", self.full_name(), method.name);
                report.push(nameless(self.place(&[field::SERVICE_METHOD, position(index)]), &name));
            }
        }
    }

    fn trait_name(&self, report: &mut Report) {
        let name = upper_camel(&self.service.name);
        if TAKEN.contains(&&*name) {
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
        let mut seen: BTreeMap<Cow<'_, str>, &str> = BTreeMap::new();
        for (index, method) in self.service.method.iter().enumerate() {
            let rust = upper_camel(&method.name);
            let Some(other) = seen.insert(rust.clone(), &method.name) else { continue };
            let full_name = |name: &str| format!("{}.{name}", self.full_name());
            report.push(collision(
                self.place(&[field::SERVICE_METHOD, position(index)]),
                &full_name(&method.name),
                &full_name(other),
                &rust,
            ));
        }
    }

    /// A method is also a function of tonic's client.
    fn functions_of_client(&self, options: &Options, report: &mut Report) {
        for (index, method) in self.service.method.iter().enumerate() {
            let Some(function) = client::taken(&method.name, options) else { continue };
            report.push(Diagnostic::new(
                self.place(&[field::SERVICE_METHOD, position(index)]),
                Code::E12,
                format!(
                    "`{}.{}` would be the function `{function}` of tonic's client, a name that is \
                     taken",
                    self.full_name(),
                    method.name
                ),
                client::help(&method.name, &self.service.name, function),
            ));
        }
    }

    /// tonic's modules and the guard's.
    fn modules(&self, modules: &mut Modules<'a>, has_client: bool, report: &mut Report) {
        let rust = upper_camel(&self.service.name);
        let client = has_client.then(|| client_module(&rust));
        let own = [Some(guard_module(&rust)), Some(server_module(&rust)), client];
        let taken = own.map(|module| {
            let module = module?;
            let other =
                modules.insert((self.file.package.as_str(), module.clone()), self.full_name())?;
            Some(collision(self.place(&[]), &self.full_name(), &other, &module))
        });
        if let Some(collision) = taken.into_iter().flatten().next() {
            report.push(collision);
        }
    }

    fn place(&self, below: &[i32]) -> Place {
        self.source.place(&[&[field::FILE_SERVICE, position(self.index)], below].concat())
    }
}
