//! The twin of `fail/group_*`: a text is parsed once, and compared as what it names.

use meshauth_runtime::{Grant, Group, ParseNameError, RoleNumber};

fn grant(role: RoleNumber) -> Result<Grant, ParseNameError> {
    Ok(Grant::new("groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse()?, role))
}

fn is_the_group(group: &Group, name: &str) -> bool {
    name.parse() == Ok(group.name())
}

fn main() {
    let granted = grant(RoleNumber::new(7).unwrap()).unwrap();
    let group = Group::new(granted.group(), None, &[]).unwrap();
    assert!(is_the_group(&group, "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"));
}
