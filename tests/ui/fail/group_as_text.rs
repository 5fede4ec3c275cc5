//! A group as a text: it could be spelt in two ways (D04).

use meshauth_runtime::{Grant, Group, RoleNumber};

fn grant(role: RoleNumber) -> Grant {
    Grant::new("groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA", role)
}

fn is_the_group(group: &Group, name: &str) -> bool {
    group.name() == name
}

fn main() {}
