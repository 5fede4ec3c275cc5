//! Roles by their names, so that a test reads as the proto does.

use crate::{
    policy::{RoleMethods, ServicePolicy},
    role::Role,
};

/// The role with this name in the table of the service.
///
/// # Panics
/// If the table has none.
#[must_use]
#[track_caller]
pub fn role(service: &ServicePolicy, name: &str) -> Role {
    let methods = service.methods().iter().flat_map(|method| method.roles());
    let roles = service.roles().iter().map(RoleMethods::role).chain(methods.copied());
    let mut known: Vec<Role> = roles.collect();
    if let Some(role) = known.iter().find(|role| role.name() == name) {
        return *role;
    }
    known.sort_unstable_by_key(|role| role.number());
    known.dedup();
    let known: Vec<_> = known.iter().map(|role| role.name()).collect();
    panic!("`{}` has no role `{name}`, but {}", service.name(), known.join(", "));
}
