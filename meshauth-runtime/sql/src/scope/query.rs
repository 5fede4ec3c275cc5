//! A query that is narrowed to a scope while it is put together.

use meshauth_runtime::{Kind, Scope};
use sqlx::{Database, Encode, QueryBuilder, Type};

use super::{
    columns::{Condition, ScopeColumns},
    reach::Reach,
    table::OwnedTable,
};

/// Narrows a `sqlx` query to the rows that a scope admits, in the statement itself.
///
/// ```
/// use meshauth_runtime::{Read, Scope, Write};
/// use meshauth_sql::{OwnedTable, OwnerColumn, ScopedQuery as _};
/// # #[cfg(feature = "sqlite")]
/// use sqlx::{QueryBuilder, Sqlite};
///
/// const OWNER: OwnerColumn = OwnerColumn::new("owner");
/// const ACCOUNT: OwnedTable = OwnedTable::new("account", OWNER);
///
/// // The table is narrowed where it is named: whatever is joined, filtered or counted after it is of
/// // rows in the scope.
/// # #[cfg(feature = "sqlite")]
/// fn list(scope: &Scope<Read>, after: &str) -> QueryBuilder<Sqlite> {
///     let mut query = QueryBuilder::new("SELECT name, title FROM ");
///     query.push_scoped(scope, ACCOUNT);
///     query.push(" WHERE name > ").push_bind(after.to_owned());
///     query.push(" ORDER BY name LIMIT 100");
///     query
/// }
///
/// // An update or a deletion has it as its first condition.
/// # #[cfg(feature = "sqlite")]
/// fn rename(scope: &Scope<Write>, name: &str, title: &str) -> QueryBuilder<Sqlite> {
///     let mut query = QueryBuilder::new("UPDATE account SET title = ");
///     query.push_bind(title.to_owned()).push(" WHERE ").push_scope(scope, OWNER);
///     query.push(" AND name = ").push_bind(name.to_owned());
///     query
/// }
/// ```
///
/// The paths of groups are in the table `meshauth_group_paths`, which the directory's database has, and
/// for which the login needs the right to read it.
pub trait ScopedQuery: sealed::Sealed {
    /// The database of the query.
    type Database;

    /// Adds the condition that a row is in the scope, in brackets. It needs an `AND` to what else is
    /// asked; and what else is asked needs brackets of its own if it holds an `OR`, which would let
    /// other rows in. In a `SELECT`, [`push_scoped`](Self::push_scoped) cannot be written wrongly.
    fn push_scope<K: Kind>(
        &mut self,
        scope: &Scope<K>,
        columns: impl ScopeColumns<Self::Database>,
    ) -> &mut Self;

    /// Adds the rows of a table that are in the scope, where a `SELECT` names the table: after `FROM`
    /// or `JOIN`. It goes by the table's own name.
    fn push_scoped<K: Kind, C: ScopeColumns<Self::Database>>(
        &mut self,
        scope: &Scope<K>,
        table: OwnedTable<C>,
    ) -> &mut Self;

    /// The same for a page of a long list, where the page is in the order of an index and ends with a
    /// `LIMIT`. What [`Reach`] says of the scope decides by which way the page is found; no planner
    /// knows that. To count or to sum up, use [`push_scoped`](Self::push_scoped).
    fn push_page<K: Kind, C: ScopeColumns<Self::Database>>(
        &mut self,
        scope: &Scope<K>,
        table: OwnedTable<C>,
        reach: Reach,
    ) -> &mut Self;
}

mod sealed {
    pub trait Sealed {}
    impl<DB: sqlx::Database> Sealed for sqlx::QueryBuilder<DB> {}
}

fn push<'q, DB: Database, K: Kind>(
    query: &'q mut QueryBuilder<DB>,
    scope: &Scope<K>,
    condition: Condition,
) -> &'q mut QueryBuilder<DB>
where
    String: for<'e> Encode<'e, DB> + Type<DB>,
{
    let Condition { before, after } = condition;
    query.push(before).push_bind(scope.group().to_string()).push(after)
}

fn push_table<'q, DB: Database, K: Kind, C: Copy>(
    query: &'q mut QueryBuilder<DB>,
    scope: &Scope<K>,
    table: OwnedTable<C>,
    condition: Condition,
) -> &'q mut QueryBuilder<DB>
where
    String: for<'e> Encode<'e, DB> + Type<DB>,
{
    query.push("(SELECT * FROM ").push(table.name()).push(" WHERE ");
    push(query, scope, condition).push(") AS ").push(table.alias())
}

macro_rules! scoped_query {
    ($feature:literal, $database:ty) => {
        #[cfg(feature = $feature)]
        impl ScopedQuery for QueryBuilder<$database> {
            type Database = $database;

            fn push_scope<K: Kind>(
                &mut self,
                scope: &Scope<K>,
                columns: impl ScopeColumns<$database>,
            ) -> &mut Self {
                push(self, scope, columns.condition(K::OPERATION))
            }

            fn push_scoped<K: Kind, C: ScopeColumns<$database>>(
                &mut self,
                scope: &Scope<K>,
                table: OwnedTable<C>,
            ) -> &mut Self {
                push_table(self, scope, table, table.columns().condition(K::OPERATION))
            }

            fn push_page<K: Kind, C: ScopeColumns<$database>>(
                &mut self,
                scope: &Scope<K>,
                table: OwnedTable<C>,
                reach: Reach,
            ) -> &mut Self {
                let condition = table.columns().condition_of_page(K::OPERATION, reach);
                push_table(self, scope, table, condition)
            }
        }
    };
}

scoped_query!("sqlite", sqlx::Sqlite);
scoped_query!("postgres", sqlx::Postgres);
