//! The annotation as it was written: numbers kept, nothing interpreted away, nothing unknown
//! dropped.
//!
//! This is the only module that reads extensions.

mod declaration;
mod field;
mod unread;

#[cfg(feature = "build-script")]
use std::collections::BTreeSet;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

use prost::bytes::Bytes;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, Kind, MessageDescriptor, Value,
};

pub(crate) use self::{field::EnumField, unread::unread_options};
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
    /// None where nobody can ask for a verification: the annotation has no such field.
    pub(crate) verification: Option<EnumField>,
    /// What was read, by the encoded options: many methods of an API say the same.
    known: RefCell<HashMap<Bytes, Option<Rc<Annotation>>>>,
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

    /// The numbers of all extensions of methods that say who may call: the annotation of this name,
    /// those of its shape, and meshauth's own.
    #[cfg(feature = "build-script")]
    pub(crate) fn numbers(pool: &DescriptorPool, name: &str) -> BTreeSet<u32> {
        let says_who = |extension: &ExtensionDescriptor| {
            extension.full_name() == name
                || extension.full_name().starts_with("meshauth.")
                || Self::of(extension.clone()).is_ok()
        };
        let extensions = pool.all_extensions().filter(|extension| {
            extension.containing_message().full_name() == METHOD_OPTIONS && says_who(extension)
        });
        extensions.map(|extension| extension.number()).collect()
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
            verification: message
                .get_field_by_name("verification_status")
                .map(|_| field("verification_status", false, &["VERIFIED"]))
                .transpose()?,
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
        let fields = [Some(&self.operation), Some(&self.access_level), Some(&self.roles)];
        let fields = fields.into_iter().chain([self.verification.as_ref()]).flatten();
        let fields: Vec<_> = fields.map(EnumField::tag).collect();
        let known = |number: u32| fields.contains(&number);
        // A field that the message has but this version does not know is as unknown as one that it
        // does not have.
        let declared = message.fields().filter(|(field, _)| !known(field.number()));
        let declared = declared.map(|(field, _)| (field.number(), Some(field.name().to_owned())));
        let extending = message.extensions();
        let extending =
            extending.map(|(field, _)| (field.number(), Some(field.full_name().to_owned())));
        let beyond = message.unknown_fields().map(|field| (field.number(), None));
        Annotation {
            operation: self.operation.read_one(message),
            access_level: self.access_level.read_one(message),
            roles: self.roles.read_all(message),
            verification: self.verification.as_ref().map_or(0, |field| field.read_one(message)),
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
    /// The declaration that would do, in the names that there are.
    pub(crate) help: String,
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
        help: format!("declare it so:\n{}", declaration::of(extension)),
    }
}
