//! What the tests share: the generated API, the oracle, and worlds to compare it on.

#![allow(missing_docs, reason = "prost copies the comments that there are")]
#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "code for tests: a fault in it is a failing test"
)]

pub mod differential;
pub mod oracle;
pub mod worlds;

/// The API of the tests, as the build script generates it.
#[allow(clippy::all, unreachable_pub)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}
