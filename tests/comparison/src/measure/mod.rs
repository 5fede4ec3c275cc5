//! What is measured, each in a file of its own.

mod allocations;
mod builds;
pub(crate) mod instructions;
mod threads;
mod times;
mod unary;

pub(crate) use self::{
    allocations::allocations,
    builds::{Build, builds},
    threads::{Throughput, throughput},
    times::{Rounds, hashed, whole},
    unary::{Unary, unary},
};

/// As many calls are made ready at once.
pub(crate) const BATCH: usize = 64;
