//! How much of a table a scope reaches.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use meshauth_runtime::{Read, Scope};

use super::{OwnedTable, ScopedQuery as _, columns::ScopeColumns};
use crate::error::SqlError;

/// With so many rows in the scope, or fewer, they are fetched by their owners and sorted: it costs less
/// than to look for them among the others.
const FEW: i64 = 1000;

/// How much of a table a scope reaches: by which way a page of a list is found.
///
/// It decides how long a query takes and never what it shows, so a service may keep it for some minutes
/// for each group and table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Up to a thousand rows: they are looked up by their owners.
    Few,
    /// More: the list is read in its order, and each row's owner is looked at until the page is full.
    Many,
}

macro_rules! ask {
    ($feature:literal, $name:ident, $database:ty, $called:literal) => {
        #[cfg(feature = $feature)]
        impl Reach {
            #[doc = concat!("Asks ", $called, ": some tenths of a millisecond, as it stops counting soon.")]
            ///
            /// # Errors
            /// A database that cannot be asked.
            pub async fn $name<C: ScopeColumns<$database>>(
                executor: impl sqlx::Executor<'_, Database = $database>,
                scope: &Scope<Read>,
                table: OwnedTable<C>,
            ) -> Result<Self, SqlError> {
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "SELECT count(*) FROM (SELECT 1 FROM ",
                );
                query.push(table.name()).push(" WHERE ").push_scope(scope, table.columns());
                query.push(" LIMIT ").push_bind(FEW + 1).push(") AS reached");
                let reached: i64 = query.build_query_scalar().fetch_one(executor).await?;
                Ok(if reached > FEW { Self::Many } else { Self::Few })
            }
        }
    };
}

ask!("sqlite", in_sqlite, sqlx::Sqlite, "SQLite");
ask!("postgres", in_postgres, sqlx::Postgres, "PostgreSQL");
