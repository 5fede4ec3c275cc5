//! The safeguards as they were written.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use prost::{
    bytes::Bytes,
    encoding::{DecodeContext, decode_key, skip_field},
};
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, Value,
};

use super::{ShapeError, extended};
use crate::{
    descriptor::{METHOD_OPTIONS, unreadable},
    error::Error,
    protos::{PROTOS, SAFEGUARDS, SAFEGUARDS_NUMBER},
};

const DURATION: &str = "google.protobuf.Duration";

/// The extension of the safeguards and the fields in it, found by name.
#[derive(Debug)]
pub(crate) struct SafeguardsShape {
    extension: ExtensionDescriptor,
    second_factor: FieldDescriptor,
    max_age: FieldDescriptor,
    seconds: FieldDescriptor,
    nanos: FieldDescriptor,
    /// What was read, by the encoded options: many methods of an API say the same.
    known: RefCell<HashMap<Bytes, Option<Rc<WrittenSafeguards>>>>,
}

/// Safeguards as they were written.
#[derive(Debug)]
pub(crate) struct WrittenSafeguards {
    pub(crate) second_factor: bool,
    /// A `google.protobuf.Duration`: its seconds and nanoseconds, if it is there.
    pub(crate) max_age: Option<(i64, i32)>,
    /// The fields that the shape does not have: where they are in the safeguards, and the name if
    /// there is one.
    pub(crate) unknown_fields: Vec<(Vec<u32>, Option<String>)>,
}

impl SafeguardsShape {
    /// The extension; none if the files do not hold it at all.
    ///
    /// # Errors
    /// What about its shape is not as expected (E11), with the file in which it is declared.
    pub(crate) fn find(pool: &DescriptorPool) -> Result<Option<Self>, ShapeError> {
        let Some(extension) = pool.get_extension_by_name(SAFEGUARDS) else { return Ok(None) };
        Self::of(&extension).map(Some).map_err(|what| fault(&extension, &what))
    }

    fn of(extension: &ExtensionDescriptor) -> Result<Self, String> {
        let message = extended(extension)?;
        let second_factor = field(&message, "second_factor", |kind| *kind == Kind::Bool, "a bool")?;
        if second_factor.default_value() != Value::Bool(false) {
            return Err(String::from("has a field `second_factor` with a default value"));
        }
        let is_duration =
            |kind: &Kind| matches!(kind, Kind::Message(message) if message.full_name() == DURATION);
        let max_age = field(&message, "max_age", is_duration, &format!("a `{DURATION}`"))?;
        let Kind::Message(duration) = max_age.kind() else {
            return Err(String::from("has a field `max_age` without a message"));
        };
        Ok(Self {
            seconds: field(&duration, "seconds", |kind| *kind == Kind::Int64, "an int64")?,
            nanos: field(&duration, "nanos", |kind| *kind == Kind::Int32, "an int32")?,
            extension: extension.clone(),
            second_factor,
            max_age,
            known: RefCell::default(),
        })
    }

    /// The number of the extension.
    pub(crate) fn number(&self) -> u32 {
        self.extension.number()
    }

    /// The numbers of its two fields in source information: of the second factor, and of the age.
    pub(crate) fn fields(&self) -> [u32; 2] {
        [self.second_factor.number(), self.max_age.number()]
    }

    /// The safeguards in the encoded options of a method; none if it has none.
    ///
    /// # Errors
    /// Options that are not encoded as their declarations say: no compiler does that.
    pub(crate) fn read(&self, options: &Bytes) -> Result<Option<Rc<WrittenSafeguards>>, Error> {
        if !has_field(options, self.number())? {
            return Ok(None);
        }
        if let Some(known) = self.known.borrow().get(options) {
            return Ok(known.clone());
        }
        let extendee = self.extension.containing_message();
        let decoded = DynamicMessage::decode(extendee, options.clone()).map_err(unreadable)?;
        let written = match &*decoded.get_extension(&self.extension) {
            Value::Message(message) => Some(Rc::new(self.decode(message))),
            // The shape was checked: an extension of a message type holds a message.
            _ => None,
        };
        self.known.borrow_mut().insert(options.clone(), written.clone());
        Ok(written)
    }

    fn decode(&self, message: &DynamicMessage) -> WrittenSafeguards {
        let mut unknown_fields = unknown(message, &[], &self.fields());
        let max_age = match &*message.get_field(&self.max_age) {
            Value::Message(duration) if message.has_field(&self.max_age) => {
                let known = [self.seconds.number(), self.nanos.number()];
                unknown_fields.extend(unknown(duration, &[self.max_age.number()], &known));
                let seconds = duration.get_field(&self.seconds).as_i64().unwrap_or_default();
                Some((seconds, duration.get_field(&self.nanos).as_i32().unwrap_or_default()))
            }
            _ => None,
        };
        let second_factor = message.get_field(&self.second_factor).as_bool().unwrap_or_default();
        WrittenSafeguards { second_factor, max_age, unknown_fields }
    }
}

/// Whether encoded options hold safeguards that no file of the run declares: a field of their number
/// that no other extension has.
///
/// # Errors
/// Options that are not encoded as messages are.
pub(crate) fn holds_undeclared(pool: &DescriptorPool, options: &Bytes) -> Result<bool, Error> {
    let extendee = pool.get_message_by_name(METHOD_OPTIONS);
    let is_declared =
        extendee.is_some_and(|extendee| extendee.get_extension(SAFEGUARDS_NUMBER).is_some());
    Ok(has_field(options, SAFEGUARDS_NUMBER)? && !is_declared)
}

/// The extensions of methods with the number of the safeguards, which cannot be told from them.
pub(crate) fn collisions(pool: &DescriptorPool) -> Vec<ExtensionDescriptor> {
    let Some(safeguards) = pool.get_extension_by_name(SAFEGUARDS) else { return Vec::new() };
    let mut others: Vec<_> = of_methods(pool)
        .filter(|other| other.number() == safeguards.number() && *other != safeguards)
        .collect();
    others.sort_by(|one, other| one.full_name().cmp(other.full_name()));
    others
}

/// A number that no extension of methods has yet, of those for use inside an organisation.
pub(crate) fn free_number(pool: &DescriptorPool) -> u32 {
    let is_free = |number: &u32| of_methods(pool).all(|other| other.number() != *number);
    (50_000..100_000).rev().find(is_free).unwrap_or(50_000)
}

fn of_methods(pool: &DescriptorPool) -> impl Iterator<Item = ExtensionDescriptor> + '_ {
    pool.all_extensions()
        .filter(|extension| extension.containing_message().full_name() == METHOD_OPTIONS)
}

fn field(
    message: &MessageDescriptor,
    name: &str,
    is_it: impl Fn(&Kind) -> bool,
    expected: &str,
) -> Result<FieldDescriptor, String> {
    let of = message.full_name();
    let field = message.get_field_by_name(name);
    let field = field.ok_or_else(|| format!("has no field `{name}` in `{of}`"))?;
    if field.cardinality() == Cardinality::Repeated || !is_it(&field.kind()) {
        return Err(format!("has a field `{name}` in `{of}` that is not {expected}"));
    }
    Ok(field)
}

/// The fields of a message at this path that are none of these.
fn unknown(
    message: &DynamicMessage,
    path: &[u32],
    known: &[u32],
) -> Vec<(Vec<u32>, Option<String>)> {
    let declared = message.fields().filter(|(field, _)| !known.contains(&field.number()));
    let declared = declared.map(|(field, _)| (field.number(), Some(field.name().to_owned())));
    let extending = message.extensions();
    let extending =
        extending.map(|(field, _)| (field.number(), Some(field.full_name().to_owned())));
    let beyond = message.unknown_fields().map(|field| (field.number(), None));
    let found = declared.chain(extending).chain(beyond);
    found.map(|(number, name)| ([path, &[number]].concat(), name)).collect()
}

/// Whether an encoded message has a field of this number.
fn has_field(message: &[u8], number: u32) -> Result<bool, Error> {
    let mut rest = message;
    while !rest.is_empty() {
        let (found, kind) = decode_key(&mut rest).map_err(unreadable)?;
        if found == number {
            return Ok(true);
        }
        skip_field(kind, found, &mut rest, DecodeContext::default()).map_err(unreadable)?;
    }
    Ok(false)
}

fn fault(extension: &ExtensionDescriptor, what: &str) -> ShapeError {
    let declaration = PROTOS[2].1.split_once("\nextend ").map_or("", |(_, rest)| rest);
    let (ours, theirs) = (SAFEGUARDS_NUMBER.to_string(), extension.number().to_string());
    let declaration = without_comments(declaration).replace(&ours, &theirs);
    ShapeError {
        file: extension.parent_file().name().to_owned(),
        path: extension.path().to_vec(),
        what: format!("the extension `{SAFEGUARDS}` {what}"),
        help: format!(
            "declare it as the proto does that `protoc-gen-meshauth --protos DIR` writes:\n\
             extend {declaration}"
        ),
    }
}

/// The lines that declare something.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("//")
    });
    lines.collect::<Vec<_>>().join("\n")
}
