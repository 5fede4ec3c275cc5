//! A directory that may not have been loaded.

use meshauth_runtime::{Authoriser, MemoryDirectory};

fn authoriser() -> Authoriser {
    Authoriser::new(MemoryDirectory::load("directory.json"))
}

fn main() {}
