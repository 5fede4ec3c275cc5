//! Options of methods that seem to say who may call, in a form that is not read.

use prost::bytes::Bytes;
use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind};

use super::Shape;
use crate::descriptor::METHOD_OPTIONS;

/// What such options have in their names, or in those of their fields and enums.
const WORDS: [&str; 5] = ["role", "access", "permission", "auth", "method_type"];

/// The extensions in the encoded options of a method that hold an enum by such a name: an option for
/// each field, as annotations were once written, or a message of another shape. An annotation that
/// has the shape is none of them.
pub(crate) fn unread_options(pool: &DescriptorPool, options: &Bytes) -> Vec<String> {
    let extendee = pool.get_message_by_name(METHOD_OPTIONS).filter(|_| !options.is_empty());
    let decoded = extendee.and_then(|of| DynamicMessage::decode(of, options.clone()).ok());
    let Some(decoded) = decoded else { return Vec::new() };
    let extensions = decoded.extensions().map(|(extension, _)| extension);
    let unread = extensions.filter(says_who).filter(|it| Shape::of(it.clone()).is_err());
    let mut names: Vec<_> = unread.map(|it| it.full_name().to_owned()).collect();
    names.sort_unstable();
    names
}

fn says_who(extension: &ExtensionDescriptor) -> bool {
    match extension.kind() {
        Kind::Enum(values) => is_about_it(extension.name()) || is_about_it(values.name()),
        Kind::Message(message) => {
            let is_it = |field: &FieldDescriptor| match field.kind() {
                Kind::Enum(values) => is_about_it(field.name()) || is_about_it(values.name()),
                _ => false,
            };
            message.fields().any(|field| is_it(&field))
        }
        _ => false,
    }
}

fn is_about_it(name: &str) -> bool {
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}
