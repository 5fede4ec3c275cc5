//! What E12 is about: names without a name in Rust, and two with the same.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Place};

/// The modules in a package, and what each is made for.
pub(super) type Modules<'a> = BTreeMap<(&'a str, String), String>;

/// Whether there is a name in Rust for it: not for underscores alone, and not for what no compiler
/// lets through, which would also be part of a path on disk.
pub(super) fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) && name.bytes().any(|b| b != b'_')
}

pub(super) fn collision(place: Place, name: &str, other: &str, rust: &str) -> Diagnostic {
    let message = format!("`{name}` and `{other}` would both be `{rust}` in Rust");
    Diagnostic::new(place, Code::E12, message, "rename one of the two")
}

pub(super) fn nameless(place: Place, name: &str) -> Diagnostic {
    let message = format!("`{name}` has no name in Rust");
    Diagnostic::new(place, Code::E12, message, "rename it, with letters in every part of the name")
}
