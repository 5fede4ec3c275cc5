//! What crosses crates. One program: the API of the tests is linked once.

#![allow(clippy::pedantic, reason = "tests say what they check, not how the words are spelt")]

mod answers;
mod log;
mod mounting;
mod oracle;
mod readme;
mod service;
mod tables;
