//! The columns by which a table says who owns a row.

use std::fmt;

use meshauth_runtime::Operation;

use super::reach::Reach;

/// The column in which a table names the group that owns a row directly: the `owner` of the resource,
/// as text (`groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA`), with an index.
///
/// A READ sees the rows whose owner is the executing group or below it: this is looked up in the table
/// `meshauth_group_paths`, so that a moved group is not a rewritten table. A WRITE sees those whose
/// owner is the executing group.
///
/// ```
/// use meshauth_sql::OwnerColumn;
///
/// const OWNER: OwnerColumn = OwnerColumn::new("owner");
/// // Of one table among several in a query.
/// const OF_ACCOUNT: OwnerColumn = OwnerColumn::new("account.owner");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerColumn(&'static str);

impl OwnerColumn {
    /// The column of this name, which may have its table before it, or the table's alias.
    ///
    /// # Panics
    /// If it is not made of identifiers with dots between them: lower-case letters, digits and `_`. Of
    /// a constant this is an error of the compiler.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(is_path(name), "a column is written like `owner` or `account.owner`");
        Self(name)
    }

    /// The same, for a table that keeps the whole path of a row's owner beside it, as an array of
    /// texts (`owners text[]`, with a GIN index): a READ then asks that array. Whoever moves a group
    /// has to write the paths of all rows below it.
    ///
    /// # Panics
    /// As [`OwnerColumn::new`].
    #[cfg(feature = "postgres")]
    #[must_use]
    pub const fn with_owners(self, owners: &'static str) -> OwnersArray {
        assert!(is_path(owners), "a column is written like `owners` or `account.owners`");
        OwnersArray { owner: self, owners }
    }
}

/// An [`OwnerColumn`] with an array of the path beside it. Only PostgreSQL has arrays.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnersArray {
    owner: OwnerColumn,
    owners: &'static str,
}

/// Columns by which a query in the database `DB` is narrowed to a scope: an [`OwnerColumn`], and for
/// PostgreSQL also an [`OwnersArray`].
pub trait ScopeColumns<DB>: fmt::Debug + Copy + sealed::Sealed {
    /// The condition that a row is in the scope, as one looks for it by its owner.
    #[doc(hidden)]
    fn condition(self, operation: Operation) -> Condition;

    /// The same for a page of a list, at the end of a statement of its own.
    #[doc(hidden)]
    fn condition_of_page(self, operation: Operation, reach: Reach) -> Condition;
}

/// A condition, around the name of the executing group.
#[doc(hidden)]
#[derive(Debug)]
pub struct Condition {
    pub(super) before: String,
    pub(super) after: &'static str,
}

impl Condition {
    fn new(before: String, after: &'static str) -> Self {
        Self { before, after }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::OwnerColumn {}
    #[cfg(feature = "postgres")]
    impl Sealed for super::OwnersArray {}
}

/// Names compare byte by byte, whatever the column's own collation is.
#[cfg(feature = "sqlite")]
impl ScopeColumns<sqlx::Sqlite> for OwnerColumn {
    fn condition(self, operation: Operation) -> Condition {
        let Self(owner) = self;
        match operation {
            Operation::Read => Condition::new(
                format!(
                    "({owner} COLLATE BINARY IN \
                     (SELECT below FROM meshauth_group_paths WHERE above = "
                ),
                "))",
            ),
            Operation::Write => Condition::new(format!("({owner} COLLATE BINARY = "), ")"),
        }
    }

    fn condition_of_page(self, operation: Operation, reach: Reach) -> Condition {
        let Self(owner) = self;
        match (operation, reach) {
            // An `EXISTS` is made a join with a filter of all paths.
            (Operation::Read, Reach::Many) => Condition::new(
                format!(
                    "((SELECT 1 FROM meshauth_group_paths \
                     WHERE below = {owner} COLLATE BINARY AND above = "
                ),
                ") IS NOT NULL)",
            ),
            _ => ScopeColumns::<sqlx::Sqlite>::condition(self, operation),
        }
    }
}

#[cfg(feature = "postgres")]
impl ScopeColumns<sqlx::Postgres> for OwnerColumn {
    fn condition(self, operation: Operation) -> Condition {
        let Self(owner) = self;
        match operation {
            Operation::Read => {
                Condition::new(format!("({owner} IN (SELECT {BELOW} WHERE above = "), "))")
            }
            Operation::Write => Condition::new(format!("({owner} = "), ")"),
        }
    }

    /// `OFFSET 0` keeps the planner from turning the inner statement into something else: it does not
    /// know how many rows a group has, and would take one way for all.
    fn condition_of_page(self, operation: Operation, reach: Reach) -> Condition {
        let Self(owner) = self;
        match (operation, reach) {
            (Operation::Read, Reach::Few) => {
                Condition::new(format!("({owner} IN (SELECT {BELOW} WHERE above = "), ")) OFFSET 0")
            }
            (Operation::Read, Reach::Many) => Condition::new(
                format!(
                    "EXISTS (SELECT FROM meshauth_group_paths WHERE below = {owner} AND above = "
                ),
                " OFFSET 0)",
            ),
            (Operation::Write, _) => ScopeColumns::<sqlx::Postgres>::condition(self, operation),
        }
    }
}

#[cfg(feature = "postgres")]
impl ScopeColumns<sqlx::Postgres> for OwnersArray {
    fn condition(self, operation: Operation) -> Condition {
        let Self { owner: OwnerColumn(owner), owners } = self;
        match operation {
            Operation::Read => Condition::new(format!("({owners} @> ARRAY["), "])"),
            Operation::Write => Condition::new(format!("({owner} = "), ")"),
        }
    }

    fn condition_of_page(self, operation: Operation, _: Reach) -> Condition {
        self.condition(operation)
    }
}

/// What is below a group, in the collation that a column has unless it states one: with the table's
/// own, an index of such a column would be of no use.
#[cfg(feature = "postgres")]
pub(super) const BELOW: &str = "below COLLATE \"default\" FROM meshauth_group_paths";

impl fmt::Display for OwnerColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether the text is identifiers with dots between them. What is none would be SQL of its own.
pub(super) const fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut nth = 0;
    let mut begins = true;
    while nth < bytes.len() {
        match bytes[nth] {
            b'.' if !begins => begins = true,
            b'a'..=b'z' | b'_' => begins = false,
            b'0'..=b'9' if !begins => {}
            _ => return false,
        }
        nth += 1;
    }
    !begins
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn a_column_is_identifiers_with_dots_between_them() {
        for name in ["owner", "account.owner", "public.account.owner", "_o1", "a.b_2"] {
            assert!(is_path(name), "{name}");
        }
        for name in [
            "", ".", "owner.", ".owner", "a..b", "1a", "a.1", "Owner", "o w", "o;--", "\"o\"", "ö",
            "o=1",
        ] {
            assert!(!is_path(name), "{name}");
        }
    }
}
