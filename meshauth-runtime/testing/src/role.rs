//! Roles by their names, so that a test reads as the proto does.

use meshauth_runtime::{MethodPolicy, Role, ServicePolicy};

/// The role with this name in the table of the service.
///
/// # Panics
/// If the table has none.
#[must_use]
#[track_caller]
pub fn role<'s>(service: &'s ServicePolicy, name: &str) -> Role<'s> {
    let methods = service.methods().flat_map(MethodPolicy::roles);
    let roles = service.roles().map(|row| row.role()).chain(methods);
    let mut known: Vec<Role<'s>> = roles.collect();
    if let Some(role) = known.iter().find(|role| role.name() == name) {
        return *role;
    }
    known.sort_unstable_by_key(|role| role.number());
    known.dedup();
    let known: Vec<_> = known.iter().map(|role| role.name()).collect();
    panic!("`{}` has no role `{name}`, but {}", service.name(), known.join(", "));
}
