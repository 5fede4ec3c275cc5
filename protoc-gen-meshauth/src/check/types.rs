//! E12: messages, enums and fields that prost cannot turn into Rust, or that collide there.

use std::{borrow::Cow, collections::BTreeMap};

use super::collision::{Modules, collision, is_name, nameless};
use crate::{
    descriptor::{Descriptor, Enum, File, field, position},
    names::{field_snake, snake, upper_camel},
    report::Report,
    source::Source,
};

/// Checks the `files` of the packages that are generated, and adds the modules that prost makes for
/// what is nested in messages.
pub(super) fn check<'a>(files: &[&'a File], modules: &mut Modules<'a>, report: &mut Report) {
    // A package may be in several files.
    let mut packages: BTreeMap<&str, Names<'_>> = BTreeMap::new();
    for file in files {
        let source = Source::of(file);
        let scope = Scope {
            name: file.package.clone(),
            path: Vec::new(),
            messages: (field::FILE_MESSAGE, &file.message_type),
            enums: (field::FILE_ENUM, &file.enum_type),
        };
        scope.check(packages.entry(&file.package).or_default(), &source, report);
        let messages = file.message_type.iter().enumerate();
        for (index, message) in messages.filter(|(_, message)| has_module(message)) {
            let (name, module) = (file.full_name(&message.name), snake(&message.name).into_owned());
            if let Some(other) = modules.insert((&file.package, module.clone()), name.clone()) {
                let place = source.place(&[field::FILE_MESSAGE, position(index)]);
                report.push(collision(place, &name, &other, &module));
            }
        }
    }
}

/// What has a name in Rust within one scope, by that name.
type Names<'a> = BTreeMap<Cow<'a, str>, &'a str>;

/// A file or a message, with the types in it.
struct Scope<'a> {
    /// The full name.
    name: String,
    /// In source information.
    path: Vec<i32>,
    messages: (i32, &'a [Descriptor]),
    enums: (i32, &'a [Enum]),
}

impl<'a> Scope<'a> {
    fn check(&self, names: &mut Names<'a>, source: &Source<'_>, report: &mut Report) {
        let (number, messages) = self.messages;
        // prost makes no type of the entries of a map.
        let messages = messages.iter().enumerate().filter(|(_, message)| !message.is_map_entry());
        for (index, message) in messages {
            let within = Scope {
                name: self.full_name(&message.name),
                path: self.below(number, index),
                messages: (field::MESSAGE_MESSAGE, &message.nested_type),
                enums: (field::MESSAGE_ENUM, &message.enum_type),
            };
            self.one(&message.name, &within.path, names, source, report);
            within.fields(message, source, report);
            within.check(&mut Names::new(), source, report);
        }
        let (number, enums) = self.enums;
        for (index, named) in enums.iter().enumerate() {
            self.one(&named.name, &self.below(number, index), names, source, report);
        }
    }

    fn one(
        &self,
        name: &'a str,
        path: &[i32],
        names: &mut Names<'a>,
        source: &Source<'_>,
        report: &mut Report,
    ) {
        if !is_name(name) {
            report.push(nameless(source.place(path), &self.full_name(name)));
            return;
        }
        let rust = upper_camel(name);
        if let Some(other) = names.insert(rust.clone(), name) {
            let [one, other] = [name, other].map(|name| self.full_name(name));
            report.push(collision(source.place(path), &one, &other, &rust));
        }
    }

    /// A field and a oneof are fields in Rust; those of a oneof are in an enum, each oneof's its own.
    fn fields(&self, message: &Descriptor, source: &Source<'_>, report: &mut Report) {
        let mut names: BTreeMap<(Option<usize>, Cow<'_, str>), &str> = BTreeMap::new();
        let fields = message.field.iter().enumerate();
        let fields =
            fields.map(|(index, field)| (field::MESSAGE_FIELD, index, &field.name, field.oneof()));
        // The one behind a proto3 `optional` is none in Rust.
        let is_oneof =
            |index: &usize| message.field.iter().any(|field| field.oneof() == Some(*index));
        let oneofs = message.oneof_decl.iter().enumerate().filter(|(index, _)| is_oneof(index));
        let oneofs = oneofs.map(|(index, oneof)| (field::MESSAGE_ONEOF, index, &oneof.name, None));
        for (number, index, name, within) in fields.chain(oneofs) {
            let place = || source.place(&self.below(number, index));
            if !is_name(name) {
                report.push(nameless(place(), &self.full_name(name)));
                continue;
            }
            // Keywords are escaped alike: they do not matter here.
            let rust = if within.is_some() { upper_camel(name) } else { field_snake(name) };
            if let Some(other) = names.insert((within, rust.clone()), name) {
                report.push(collision(
                    place(),
                    &self.full_name(name),
                    &self.full_name(other),
                    &rust,
                ));
            }
        }
    }

    fn full_name(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { [&self.name, ".", name].concat() }
    }

    fn below(&self, number: i32, index: usize) -> Vec<i32> {
        [&self.path[..], &[number, position(index)]].concat()
    }
}

/// prost makes a module for a message with something nested in it.
fn has_module(message: &Descriptor) -> bool {
    message.nested_type.iter().any(|nested| !nested.is_map_entry())
        || !message.enum_type.is_empty()
        || message.field.iter().any(|field| field.oneof().is_some())
}
