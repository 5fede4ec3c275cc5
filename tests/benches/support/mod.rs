//! The world of the benchmark, and what it is compared with.

pub(crate) mod call;
pub(crate) mod hand_written;
pub(crate) mod world;
