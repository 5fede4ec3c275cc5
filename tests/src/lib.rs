//! What the tests share: the generated API, the oracle, and worlds to compare it on.

#![allow(missing_docs, reason = "prost copies the comments that there are")]

pub mod oracle;
pub mod worlds;

/// The API of the tests, as the build script generates it.
#[allow(clippy::all, clippy::pedantic, unreachable_pub)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}
