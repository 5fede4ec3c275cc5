//! Which messages are resources, and which resources a message carries.

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use crate::policy::{Carried, Ownership, Shape};

/// The ownership fields of a resource; none if the message is not one.
pub(crate) fn ownership(message: &MessageDescriptor) -> Option<Ownership> {
    let owner = message.get_field_by_name("owner")?;
    let owners = message.get_field_by_name("owners")?;
    let is_string = |field: &FieldDescriptor| matches!(field.kind(), Kind::String);
    let in_oneof = real_oneof(&owner).is_some();
    (is_string(&owner) && !owner.is_list() && !in_oneof && is_string(&owners) && owners.is_list())
        .then(|| Ownership {
            owner_is_optional: owner.supports_presence()
                && owner.cardinality() != Cardinality::Required,
        })
}

/// Whether the message is a resource whose owner prost puts into the enum of a oneof, where the
/// guards do not find it.
pub(crate) fn hides_owner(message: &MessageDescriptor) -> bool {
    let field = |name| message.get_field_by_name(name);
    let is_string = |field: &FieldDescriptor| matches!(field.kind(), Kind::String);
    field("owner").is_some_and(|owner| is_string(&owner) && real_oneof(&owner).is_some())
        && field("owners").is_some_and(|owners| is_string(&owners) && owners.is_list())
}

/// The resources that the message carries: itself, and in its direct fields.
pub(crate) fn carried(message: &MessageDescriptor) -> Vec<Carried> {
    let itself = ownership(message).map(Carried::Itself);
    let fields = message.fields().filter(|field| real_oneof(field).is_none()).filter_map(|field| {
        let (shape, held) = held(&field)?;
        let ownership = ownership(&held)?;
        Some(Carried::Field { name: field.name().to_owned(), shape, ownership })
    });
    let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic()).filter_map(|oneof| {
        let variants: Vec<_> = oneof
            .fields()
            .filter_map(|field| {
                let (_, held) = held(&field)?;
                Some((field.name().to_owned(), ownership(&held)?))
            })
            .collect();
        (!variants.is_empty()).then(|| Carried::Oneof {
            message: message.name().to_owned(),
            name: oneof.name().to_owned(),
            type_name: oneof_type_name(message, &oneof),
            variants,
        })
    });
    itself.into_iter().chain(fields).chain(oneofs).collect()
}

/// The oneof that a field belongs to in Rust. The one behind a proto3 `optional` is none.
fn real_oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !oneof.is_synthetic())
}

/// The message that a field holds, and how often.
fn held(field: &FieldDescriptor) -> Option<(Shape, MessageDescriptor)> {
    let Kind::Message(message) = field.kind() else { return None };
    if field.is_map() {
        let Kind::Message(value) = message.map_entry_value_field().kind() else { return None };
        return Some((Shape::MapValues, value));
    }
    let shape = match field.cardinality() {
        Cardinality::Repeated => Shape::Repeated,
        Cardinality::Required => Shape::Required,
        Cardinality::Optional => Shape::Optional,
    };
    Some((shape, message))
}

/// prost's name for the enum of a oneof: it steps aside for a nested type of the same name.
fn oneof_type_name(message: &MessageDescriptor, oneof: &OneofDescriptor) -> String {
    let name = crate::names::upper_camel(oneof.name());
    let nested = message.child_messages().map(|nested| nested.name().to_owned());
    let nested_enums = message.child_enums().map(|nested| nested.name().to_owned());
    let taken = nested.chain(nested_enums).any(|nested| crate::names::upper_camel(&nested) == name);
    if taken { format!("{name}OneOf") } else { name }
}
