//! The scope of a call in the statement that touches the rows (check 6): what is not in the scope is
//! not read, not counted and not changed, and there is no moment between the check and the access.

mod columns;
#[cfg(feature = "postgres")]
mod pool;
mod query;
mod reach;
#[cfg(feature = "postgres")]
mod row_security;
mod table;

#[cfg(feature = "postgres")]
pub use self::{
    columns::OwnersArray,
    pool::{RowSecurityError, ScopedPool},
    row_security::RowSecurity,
};
pub use self::{
    columns::{OwnerColumn, ScopeColumns},
    query::ScopedQuery,
    reach::Reach,
    table::OwnedTable,
};
