//! What annotations say, as tables hold it: generated as statics, or read from data.

mod error;
mod method;
mod role;
mod service;
mod table_entry;

pub(crate) use self::table_entry::TableEntry;
pub use self::{
    error::PolicyError,
    method::{AccessLevel, MethodPolicy, Operation},
    role::{Role, RoleNumber},
    service::{RoleMethods, ServicePolicy},
};
