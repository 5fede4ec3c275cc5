//! The annotation as it was written: numbers kept, nothing interpreted away, nothing unknown
//! dropped.
//!
//! This is the only file that reads extensions.

use std::collections::BTreeSet;

use heck::ToShoutySnakeCase;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor,
    FieldDescriptor, Kind, MethodDescriptor, Value,
};

/// The full name of the annotation, unless another is asked for.
pub(crate) const DEFAULT_NAME: &str = "meshtrade.option.method_options.v1.method_options";

/// The annotation's extension and the fields in it, found by name: an organisation's own has other
/// numbers.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    extension: ExtensionDescriptor,
    pub(crate) operation: EnumField,
    pub(crate) access_level: EnumField,
    pub(crate) roles: EnumField,
    pub(crate) verification: EnumField,
}

/// A field of the annotation.
#[derive(Debug, Clone)]
pub(crate) struct EnumField {
    field: FieldDescriptor,
    pub(crate) values: EnumDescriptor,
}

impl EnumField {
    /// The number of the field.
    pub(crate) fn number(&self) -> i32 {
        i32::try_from(self.field.number()).unwrap_or(i32::MAX)
    }

    /// The name of a value; none if the enum does not define the number.
    pub(crate) fn name_of(&self, number: i32) -> Option<String> {
        self.values.get_value(number).map(|value| value.name().to_owned())
    }

    /// The value with this meaning, by its whole name: `NON_PUBLIC` is not PUBLIC.
    fn value_name(&self, word: &str) -> String {
        format!("{}_{word}", self.values.name().to_shouty_snake_case())
    }

    fn value_named(&self, word: &str) -> Option<i32> {
        Some(self.values.get_value_by_name(&self.value_name(word))?.number())
    }

    /// The number of a value that the shape is known to have.
    pub(crate) fn meaning(&self, word: &str) -> i32 {
        self.value_named(word).unwrap_or(i32::MIN)
    }
}

/// An annotation as it was written.
#[derive(Debug)]
pub(crate) struct Annotation {
    pub(crate) operation: i32,
    pub(crate) access_level: i32,
    pub(crate) roles: Vec<i32>,
    pub(crate) verification: i32,
    /// The numbers of the fields that the shape does not have.
    pub(crate) unknown_fields: Vec<u32>,
}

impl Shape {
    /// The extension of this name; none if the files do not hold it at all.
    ///
    /// # Errors
    /// What about its shape is not as expected (E11), with the file in which it is declared.
    pub(crate) fn find(pool: &DescriptorPool, name: &str) -> Result<Option<Self>, ShapeError> {
        let Some(extension) = pool.get_extension_by_name(name) else { return Ok(None) };
        let fault = |what: String| ShapeError {
            file: extension.parent_file().name().to_owned(),
            path: extension.path().to_vec(),
            what: format!("the extension `{name}` {what}"),
        };
        let extendee = extension.containing_message();
        if extendee.full_name() != "google.protobuf.MethodOptions" {
            let extendee = extendee.full_name();
            return Err(fault(format!(
                "extends `{extendee}`, not `google.protobuf.MethodOptions`"
            )));
        }
        let Kind::Message(message) = extension.kind() else {
            return Err(fault(String::from("is not a message")));
        };
        if extension.is_list() {
            return Err(fault(String::from("is repeated")));
        }
        let field = |name: &str, repeated: bool, words: &[&str]| {
            let expected = if repeated { "a repeated enum" } else { "an enum" };
            let field = message.get_field_by_name(name);
            let field = field.ok_or_else(|| fault(format!("has no field `{name}`: {expected}")))?;
            let Kind::Enum(values) = field.kind() else {
                return Err(fault(format!("has a field `{name}` that is not {expected}")));
            };
            if (field.cardinality() == Cardinality::Repeated) != repeated {
                return Err(fault(format!("has a field `{name}` that is not {expected}")));
            }
            let field = EnumField { field, values };
            let mut numbers = BTreeSet::from([0]);
            for word in words {
                // A number of its own: as an alias of another value, or as 0, it would mean two
                // things.
                let number = field.value_named(word).filter(|number| numbers.insert(*number));
                number.ok_or_else(|| {
                    let value = field.value_name(word);
                    fault(format!("has a field `{name}` without a value named `{value}`"))
                })?;
            }
            Ok(field)
        };
        Ok(Some(Self {
            operation: field("type", false, &["READ", "WRITE"])?,
            access_level: field("access_level", false, &["PUBLIC", "AUTHORISED"])?,
            roles: field("roles", true, &[])?,
            verification: field("verification_status", false, &["VERIFIED"])?,
            extension,
        }))
    }

    /// The number of the extension.
    pub(crate) fn number(&self) -> i32 {
        i32::try_from(self.extension.number()).unwrap_or(i32::MAX)
    }

    /// The file in which the extension is declared.
    pub(crate) fn file(&self) -> String {
        self.extension.parent_file().name().to_owned()
    }

    /// The annotation of a method; none if it has none.
    pub(crate) fn read(&self, method: &MethodDescriptor) -> Option<Annotation> {
        let options = method.options();
        if !options.has_extension(&self.extension) {
            return None;
        }
        match &*options.get_extension(&self.extension) {
            Value::Message(message) => Some(self.decode(message)),
            // The shape was checked: an extension of a message type holds a message.
            _ => None,
        }
    }

    fn decode(&self, message: &DynamicMessage) -> Annotation {
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
        let known = |number: &u32| fields.iter().any(|field| field.field.number() == *number);
        // A field that the message has but this version does not know is as unknown as one that it
        // does not have.
        let declared = message.fields().map(|(field, _)| field.number());
        let extending = message.extensions().map(|(extension, _)| extension.number());
        let beyond = message.unknown_fields().map(prost_reflect::UnknownField::number);
        let written = declared.chain(extending).chain(beyond);
        Annotation {
            operation: one(&self.operation),
            access_level: one(&self.access_level),
            roles,
            verification: one(&self.verification),
            unknown_fields: written.filter(|number| !known(number)).collect(),
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
