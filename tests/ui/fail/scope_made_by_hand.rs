//! A scope from a group that nobody checked.

use meshauth_runtime::{GroupName, Scope, Write};

fn scope_of(group: GroupName) -> Scope<Write> {
    Scope::new(group)
}

fn main() {}
