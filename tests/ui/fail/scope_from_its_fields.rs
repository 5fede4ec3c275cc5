//! A scope from its fields.

use std::marker::PhantomData;

use meshauth_runtime::{GroupName, Scope, Write};

fn scope_of(group: GroupName) -> Scope<Write> {
    Scope { group, kind: PhantomData }
}

fn main() {}
