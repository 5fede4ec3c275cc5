//! What crosses crates. One program: the API of the tests is linked once.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a fault in a test fails it"
)]

mod answers;
mod client;
mod log;
mod mounting;
mod oracle;
mod readme;
mod service;
mod tables;
