//! axum: the same decisions over HTTP as over gRPC, on one port.

mod corpus;
mod everything;
mod merging;
mod orders;
mod problem;
mod public_write;
mod router;
mod streams;
pub(crate) mod wire;
