//! The declaration of an annotation that would do: the help of E11, in the names that there are.

use std::{collections::BTreeSet, fmt::Write as _};

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use prost_reflect::{EnumDescriptor, ExtensionDescriptor, Kind, MessageDescriptor};

use super::field::value_meaning;
use crate::descriptor::METHOD_OPTIONS;

/// A field of the annotation, and its enum where there is none: the name and the words for values.
struct Part {
    field: &'static str,
    enum_name: &'static str,
    words: &'static [&'static str],
}

const PARTS: [Part; 4] = [
    Part { field: "type", enum_name: "MethodType", words: &["READ", "WRITE"] },
    Part {
        field: "access_level",
        enum_name: "MethodAccessLevel",
        words: &["PUBLIC", "AUTHORISED"],
    },
    Part { field: ROLES, enum_name: "Role", words: &[] },
    Part { field: VERIFICATION, enum_name: "VerificationStatus", words: &["VERIFIED"] },
];
const ROLES: &str = "roles";
const VERIFICATION: &str = "verification_status";

/// The whole declaration: with what is there already kept, names and numbers alike.
pub(super) fn of(extension: &ExtensionDescriptor) -> String {
    let message = match extension.kind() {
        Kind::Message(message) => Some(message),
        _ => None,
    };
    let name = message.as_ref().map_or_else(
        || extension.name().to_upper_camel_case(),
        |message| message.name().to_owned(),
    );
    // Without a message it is all to be written; with one, a verification is asked for or is not.
    let is_wanted = |part: &&Part| {
        let has = |message: &MessageDescriptor| message.get_field_by_name(part.field).is_some();
        part.field != VERIFICATION || message.as_ref().is_none_or(has)
    };
    let parts: Vec<_> = PARTS.iter().filter(is_wanted).collect();

    let mut text = format!("message {name} {{\n");
    let mut taken = numbers_of_fields(message.as_ref());
    for part in &parts {
        let label = if part.field == ROLES { "repeated " } else { "" };
        let known = message.as_ref().and_then(|message| message.get_field_by_name(part.field));
        let number = known.map_or_else(|| free(&mut taken), |field| field.number());
        let of = enum_of(message.as_ref(), part);
        let of = of.as_ref().map_or(part.enum_name, EnumDescriptor::name);
        let _ = writeln!(text, "  {label}{of} {} = {number};", part.field);
    }
    text.push_str("}\n");
    for part in parts.iter().filter(|part| part.field != ROLES) {
        text.push_str(&values(part, enum_of(message.as_ref(), part).as_ref()));
    }
    let (field, number) = (extension.name(), extension.number());
    let _ = write!(text, "extend {METHOD_OPTIONS} {{ {name} {field} = {number}; }}");
    text
}

/// The enum of a field that has one.
fn enum_of(message: Option<&MessageDescriptor>, part: &Part) -> Option<EnumDescriptor> {
    match message?.get_field_by_name(part.field)?.kind() {
        Kind::Enum(values) => Some(values),
        _ => None,
    }
}

/// The enum of a field, with the values that mean something.
fn values(part: &Part, declared: Option<&EnumDescriptor>) -> String {
    let name = declared.map_or(part.enum_name, EnumDescriptor::name);
    let prefix = name.to_shouty_snake_case();
    let unset = declared.and_then(|values| Some(values.get_value(0)?.name().to_owned()));
    let is_meant =
        |unset: &String| part.words.iter().all(|word| format!("{prefix}_{word}") != *unset);
    let unset = unset.filter(is_meant).unwrap_or_else(|| format!("{prefix}_UNSPECIFIED"));
    let mut text = format!("enum {name} {{ {unset} = 0;");
    let declared_numbers = declared.into_iter().flat_map(EnumDescriptor::values);
    let mut taken: BTreeSet<u32> =
        declared_numbers.filter_map(|value| u32::try_from(value.number()).ok()).collect();
    let mut given = BTreeSet::from([0]);
    for word in part.words {
        let known = declared.and_then(|values| value_meaning(values, word));
        let known = known.filter(|value| given.insert(value.number()));
        let (name, number) = match known {
            Some(value) => (value.name().to_owned(), value.number().to_string()),
            None => (format!("{prefix}_{word}"), free(&mut taken).to_string()),
        };
        let _ = write!(text, " {name} = {number};");
    }
    text.push_str(" }\n");
    text
}

fn numbers_of_fields(message: Option<&MessageDescriptor>) -> BTreeSet<u32> {
    let fields = message.into_iter().flat_map(MessageDescriptor::fields);
    fields.map(|field| field.number()).collect()
}

/// The first positive number that is not taken, which it then is.
fn free(taken: &mut BTreeSet<u32>) -> u32 {
    let number = (1..=u32::MAX).find(|number| !taken.contains(number)).unwrap_or(u32::MAX);
    taken.insert(number);
    number
}
