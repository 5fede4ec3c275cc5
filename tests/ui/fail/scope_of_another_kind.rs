//! A kind of scope beside `Read` and `Write`. Two errors, because it fails
//! twice: what it would have to implement cannot be named, and the trait is sealed.

use meshauth_runtime::{Kind, Operation};

enum Everything {}

impl Kind for Everything {
    const OPERATION: Operation = Operation::Write;
}

fn main() {}
