//! The annotation as it was written: numbers kept, nothing interpreted away, nothing unknown
//! dropped.
//!
//! This is the only file that reads extensions.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use heck::ToShoutySnakeCase;
use prost::bytes::Bytes;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor,
    FieldDescriptor, Kind, MessageDescriptor, Value,
};

use crate::{
    descriptor::{METHOD_OPTIONS, unreadable},
    error::Error,
};

/// The annotation's extension and the fields in it, found by name: an organisation's own has other
/// numbers.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    extension: ExtensionDescriptor,
    pub(crate) operation: EnumField,
    pub(crate) access_level: EnumField,
    pub(crate) roles: EnumField,
    pub(crate) verification: EnumField,
    /// What was read, by the encoded options: many methods of an API say the same.
    known: RefCell<HashMap<Bytes, Option<Rc<Annotation>>>>,
}

/// A field of the annotation. What its enum says is looked up for every method: it is found once.
#[derive(Debug, Clone)]
pub(crate) struct EnumField {
    field: FieldDescriptor,
    values: EnumDescriptor,
    /// The names of all values, by number.
    names: BTreeMap<i32, Rc<str>>,
    /// The numbers of the values that mean something to meshauth.
    meanings: Vec<(&'static str, i32)>,
}

impl EnumField {
    /// The field of this name, if it holds an enum with values that mean these words.
    fn find(
        message: &MessageDescriptor,
        name: &str,
        repeated: bool,
        words: &[&'static str],
    ) -> Result<Self, String> {
        let expected = if repeated { "a repeated enum" } else { "an enum" };
        let field = message.get_field_by_name(name);
        let field = field.ok_or_else(|| format!("has no field `{name}`: {expected}"))?;
        let is_repeated = field.cardinality() == Cardinality::Repeated;
        let values = match field.kind() {
            Kind::Enum(values) if is_repeated == repeated => values,
            _ => return Err(format!("has a field `{name}` that is not {expected}")),
        };
        let meanings =
            meanings(&values, words).map_err(|what| format!("has a field `{name}` {what}"))?;
        let canonical = |number| values.get_value(number).map(|value| value.name().into());
        let names = values.values().map(|value| value.number());
        let names = names.filter_map(|number| Some((number, canonical(number)?))).collect();
        Ok(Self { field, values, names, meanings })
    }

    /// The number of the field.
    pub(crate) fn number(&self) -> i32 {
        i32::try_from(self.field.number()).unwrap_or(i32::MAX)
    }

    /// The full name of the enum.
    pub(crate) fn enum_name(&self) -> &str {
        self.values.full_name()
    }

    /// The full name of the enum, and the file in which it is.
    pub(crate) fn declared(&self) -> (&str, String) {
        (self.enum_name(), self.values.parent_file().name().to_owned())
    }

    /// The names of all values.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Rc<str>> {
        self.names.values()
    }

    /// The name of a value; none if the enum does not define the number.
    pub(crate) fn name_of(&self, number: i32) -> Option<&Rc<str>> {
        self.names.get(&number)
    }

    /// The name of the value with this meaning.
    pub(crate) fn name_meaning(&self, word: &str) -> Option<&str> {
        self.name_of(self.meaning(word)).map(|name| &**name)
    }

    /// The number of a value that the shape is known to have.
    pub(crate) fn meaning(&self, word: &str) -> i32 {
        let meaning = self.meanings.iter().find(|(other, _)| *other == word);
        meaning.map_or(i32::MIN, |(_, number)| *number)
    }
}

/// The numbers of the values that mean these words.
///
/// By its whole name: `NON_PUBLIC` is not PUBLIC. And with a number of its own: as an alias of the
/// value for another word, or as 0, it would mean two things.
fn meanings(
    values: &EnumDescriptor,
    words: &[&'static str],
) -> Result<Vec<(&'static str, i32)>, String> {
    let mut meanings: Vec<(&str, i32)> = Vec::new();
    let value_name = |word: &str| format!("{}_{word}", values.name().to_shouty_snake_case());
    for word in words {
        let name = value_name(word);
        let value = values.get_value_by_name(&name);
        let number = value.ok_or_else(|| format!("without a value named `{name}`"))?.number();
        if number == 0 {
            return Err(format!(
                "whose value `{name}` has the number 0, which stands for what is not stated"
            ));
        }
        if let Some((other, _)) = meanings.iter().find(|(_, taken)| *taken == number) {
            let other = value_name(other);
            return Err(format!(
                "whose values `{other}` and `{name}` have the same number {number}"
            ));
        }
        meanings.push((word, number));
    }
    Ok(meanings)
}

/// An annotation as it was written.
#[derive(Debug)]
pub(crate) struct Annotation {
    pub(crate) operation: i32,
    pub(crate) access_level: i32,
    pub(crate) roles: Vec<i32>,
    pub(crate) verification: i32,
    /// The fields that the shape does not have: the number, and the name if there is one.
    pub(crate) unknown_fields: Vec<(u32, Option<String>)>,
    /// Beside the annotation: `idempotency_level = NO_SIDE_EFFECTS`.
    pub(crate) has_no_side_effects: bool,
}

impl Shape {
    /// The extension of this name; none if the files do not hold it at all.
    ///
    /// # Errors
    /// What about its shape is not as expected (E11), with the file in which it is declared.
    pub(crate) fn find(pool: &DescriptorPool, name: &str) -> Result<Option<Self>, ShapeError> {
        let Some(extension) = pool.get_extension_by_name(name) else { return Ok(None) };
        Self::of(extension).map(Some)
    }

    /// The extensions of methods that have the shape of an annotation and another name.
    pub(crate) fn others(pool: &DescriptorPool, name: &str) -> Vec<Self> {
        let is_other = |extension: &ExtensionDescriptor| extension.full_name() != name;
        let others = pool.all_extensions().filter(is_other);
        let mut others: Vec<_> = others.filter_map(|other| Self::of(other).ok()).collect();
        others.sort_by(|one, other| one.name().cmp(other.name()));
        others
    }

    fn of(extension: ExtensionDescriptor) -> Result<Self, ShapeError> {
        let message = extended(&extension).map_err(|what| fault(&extension, &what))?;
        let field = |name, repeated, words| {
            EnumField::find(&message, name, repeated, words)
                .map_err(|what| fault(&extension, &what))
        };
        Ok(Self {
            operation: field("type", false, &["READ", "WRITE"])?,
            access_level: field("access_level", false, &["PUBLIC", "AUTHORISED"])?,
            roles: field("roles", true, &[])?,
            verification: field("verification_status", false, &["VERIFIED"])?,
            extension,
            known: RefCell::default(),
        })
    }

    /// The full name of the extension.
    pub(crate) fn name(&self) -> &str {
        self.extension.full_name()
    }

    /// The number of the extension.
    pub(crate) fn number(&self) -> i32 {
        i32::try_from(self.extension.number()).unwrap_or(i32::MAX)
    }

    /// The file in which the extension is declared.
    pub(crate) fn file(&self) -> String {
        self.extension.parent_file().name().to_owned()
    }

    /// The annotation in the encoded options of a method; none if it has none.
    ///
    /// # Errors
    /// Options that are not encoded as their declarations say: no compiler does that.
    pub(crate) fn read(&self, options: &Bytes) -> Result<Option<Rc<Annotation>>, Error> {
        if let Some(known) = self.known.borrow().get(options) {
            return Ok(known.clone());
        }
        let annotation = self.decode_options(options)?.map(Rc::new);
        self.known.borrow_mut().insert(options.clone(), annotation.clone());
        Ok(annotation)
    }

    fn decode_options(&self, options: &Bytes) -> Result<Option<Annotation>, Error> {
        let extendee = self.extension.containing_message();
        let options = DynamicMessage::decode(extendee, options.clone()).map_err(unreadable)?;
        if !options.has_extension(&self.extension) {
            return Ok(None);
        }
        Ok(match &*options.get_extension(&self.extension) {
            Value::Message(message) => Some(self.decode(message, has_no_side_effects(&options))),
            // The shape was checked: an extension of a message type holds a message.
            _ => None,
        })
    }

    fn decode(&self, message: &DynamicMessage, has_no_side_effects: bool) -> Annotation {
        // What was not written states nothing: in proto2 its default can be any value, PUBLIC too.
        let one = |field: &EnumField| match &*message.get_field(&field.field) {
            Value::EnumNumber(number) if message.has_field(&field.field) => *number,
            _ => 0,
        };
        let roles = match &*message.get_field(&self.roles.field) {
            Value::List(values) => values.iter().filter_map(Value::as_enum_number).collect(),
            _ => Vec::new(),
        };
        let fields = [&self.operation, &self.access_level, &self.roles, &self.verification];
        let known = |number: u32| fields.iter().any(|field| field.field.number() == number);
        // A field that the message has but this version does not know is as unknown as one that it
        // does not have.
        let declared = message.fields().filter(|(field, _)| !known(field.number()));
        let declared = declared.map(|(field, _)| (field.number(), Some(field.name().to_owned())));
        let extending = message.extensions();
        let extending =
            extending.map(|(field, _)| (field.number(), Some(field.full_name().to_owned())));
        let beyond = message.unknown_fields().map(|field| (field.number(), None));
        Annotation {
            operation: one(&self.operation),
            access_level: one(&self.access_level),
            roles,
            verification: one(&self.verification),
            unknown_fields: declared.chain(extending).chain(beyond).collect(),
            has_no_side_effects,
        }
    }
}

/// An extension of another shape than the annotation has.
#[derive(Debug)]
pub(crate) struct ShapeError {
    pub(crate) file: String,
    /// Of the extension, in source information.
    pub(crate) path: Vec<i32>,
    pub(crate) what: String,
}

fn has_no_side_effects(options: &DynamicMessage) -> bool {
    const NO_SIDE_EFFECTS: i32 = 1;
    let level = options.get_field_by_name("idempotency_level");
    level.is_some_and(|level| level.as_enum_number() == Some(NO_SIDE_EFFECTS))
}

/// The message of an extension of methods.
fn extended(extension: &ExtensionDescriptor) -> Result<MessageDescriptor, String> {
    let extendee = extension.containing_message();
    if extendee.full_name() != METHOD_OPTIONS {
        return Err(format!("extends `{}`, not `{METHOD_OPTIONS}`", extendee.full_name()));
    }
    match extension.kind() {
        Kind::Message(_) if extension.is_list() => Err(String::from("is repeated")),
        Kind::Message(message) => Ok(message),
        _ => Err(String::from("is not a message")),
    }
}

fn fault(extension: &ExtensionDescriptor, what: &str) -> ShapeError {
    ShapeError {
        file: extension.parent_file().name().to_owned(),
        path: extension.path().to_vec(),
        what: format!("the extension `{}` {what}", extension.full_name()),
    }
}
