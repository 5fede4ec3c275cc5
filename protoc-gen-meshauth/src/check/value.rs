//! What E08 says of a value: what is wrong, and the help.

use crate::annotation::EnumField;

/// Of a number without a value.
pub(super) fn undefined_number(field: &EnumField, number: i32) -> (String, String) {
    (
        format!(
            "uses a number {number} of `{}`, which the enum does not define",
            field.enum_name()
        ),
        String::from(
            "use a value that is defined, and compile the file with the protos that define it",
        ),
    )
}

/// Of a value that the enum defines and this version gives no meaning.
pub(super) fn unsupported_value(
    field: &EnumField,
    name: &str,
    number: i32,
    words: &[&str],
) -> (String, String) {
    let supported = words.iter().filter_map(|word| field.name_meaning(word));
    let supported: Vec<_> = supported.map(|name| format!("`{name}`")).collect();
    (
        format!(
            "uses `{name}` (number {number}) of `{}`, which this version of meshauth does not support",
            field.enum_name()
        ),
        format!(
            "use {}, or a version of protoc-gen-meshauth that supports `{name}`",
            supported.join(" or ")
        ),
    )
}

/// Of a role with a negative number: grants have positive ones.
pub(super) fn negative_role(name: &str, of: &str, number: i32) -> (String, String) {
    (
        format!("lists `{name}` of `{of}`, whose number {number} is negative: nobody can hold it"),
        format!("give the role a positive number in `{of}`, or remove it from `roles`"),
    )
}
