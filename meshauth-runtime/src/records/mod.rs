//! What a directory holds: entities with their grants, groups in their tree, and clients.

mod client;
mod entity;
mod grant;
mod group;
mod miss;

pub use self::{
    client::{Client, ClientType, VerificationStatus},
    entity::{Entity, EntityState},
    grant::{Grant, Grants},
    group::{Group, HierarchyError, MAX_OWNERS},
    miss::Miss,
};
