//! Every breach of the rules, as a team writes it: where it is reported, under which code, and with
//! which help.
//!
//! `breach` and `breaches` run the files through the build script and through the plugin, and
//! compare the two.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

#[path = "../common/mod.rs"]
mod common;

mod clients;
mod combinations;
mod descriptors;
mod editions;
mod many;
mod names;
mod places;
mod report;
mod roles;
mod shape;
mod stated;
mod types;
