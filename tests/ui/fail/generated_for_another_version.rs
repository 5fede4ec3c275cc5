//! Generated code that was checked in belongs to one version of the runtime.

const _: () = ::meshauth_runtime::codegen::assert_made_for(0);

fn main() {}
