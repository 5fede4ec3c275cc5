//! A directory that may not have been loaded.

use meshauth_runtime::{Authorizer, MemoryDirectory};

fn authorizer() -> Authorizer {
    Authorizer::new(MemoryDirectory::load("directory.json"))
}

fn main() {}
