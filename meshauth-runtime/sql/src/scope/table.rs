//! A table whose rows are owned by groups.

use super::columns::{OwnerColumn, is_path};

/// A table whose rows are owned by groups, with the columns that say so.
///
/// ```
/// use meshauth_sql::{OwnedTable, OwnerColumn};
///
/// const ACCOUNT: OwnedTable = OwnedTable::new("account", OwnerColumn::new("owner"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedTable<C = OwnerColumn> {
    name: &'static str,
    columns: C,
}

impl<C: Copy> OwnedTable<C> {
    /// The table of this name, which may have its schema before it. Its columns are named without it.
    ///
    /// # Panics
    /// If it is not made of identifiers with dots between them: lower-case letters, digits and `_`. Of
    /// a constant this is an error of the compiler.
    #[must_use]
    pub const fn new(name: &'static str, columns: C) -> Self {
        assert!(is_path(name), "a table is written like `account` or `public.account`");
        Self { name, columns }
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn columns(self) -> C {
        self.columns
    }

    /// What its rows go by in a query: its name without its schema.
    pub(super) fn alias(self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}
