//! One transaction on either database, and the few kinds of values that go in and out.

use futures_util::TryStreamExt;
use meshauth_runtime::{Grant, GroupName};
use sqlx::Row as _;

use super::statement::{Arg, Statement};
use crate::error::{Refusal, SqlError};

/// One transaction. Dropped, it is rolled back.
pub(crate) enum Session {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// One row, while it is read.
pub(crate) enum Row<'r> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'r sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(&'r sqlx::postgres::PgRow),
}

impl Session {
    /// How many rows the statement changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        args: &[Arg],
    ) -> Result<u64, SqlError> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => {
                statement.for_sqlite(args).execute(&mut **transaction).await?.rows_affected()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => {
                statement.for_postgres(args).execute(&mut **transaction).await?.rows_affected()
            }
        })
    }

    /// Hands out each row as it comes, so that a large answer is never held twice.
    pub(crate) async fn each(
        &mut self,
        statement: &Statement,
        args: &[Arg],
        mut take: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => {
                let mut rows = statement.for_sqlite(args).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    take(Row::Sqlite(&row))?;
                }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => {
                let mut rows = statement.for_postgres(args).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    take(Row::Postgres(&row))?;
                }
            }
        }
        Ok(())
    }

    /// The last row of the answer, if it has any.
    pub(crate) async fn one<T>(
        &mut self,
        statement: &Statement,
        args: &[Arg],
        read: impl Fn(Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Option<T>, SqlError> {
        let mut found = None;
        self.each(statement, args, |row| {
            found = Some(read(row)?);
            Ok(())
        })
        .await?;
        Ok(found)
    }

    pub(crate) async fn commit(self) -> Result<(), SqlError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.commit().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// The columns of the schema have the types that are read here: they are not checked again for each
/// row.
macro_rules! column {
    ($row:expr, $column:expr) => {
        match $row {
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => Ok(row.try_get_unchecked($column)?),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => Ok(row.try_get_unchecked($column)?),
        }
    };
}

impl<'r> Row<'r> {
    pub(crate) fn text(&self, column: usize) -> Result<&'r str, SqlError> {
        column!(self, column)
    }

    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<&'r str>, SqlError> {
        column!(self, column)
    }

    /// The name of a group, in its one spelling.
    pub(crate) fn group(&self, column: usize) -> Result<GroupName, SqlError> {
        self.text(column)?.parse().map_err(|_| not_canonical())
    }

    pub(crate) fn optional_group(&self, column: usize) -> Result<Option<GroupName>, SqlError> {
        let text = self.optional_text(column)?;
        text.map(|text| text.parse().map_err(|_| not_canonical())).transpose()
    }

    pub(crate) fn grant(&self, column: usize) -> Result<Grant, SqlError> {
        self.text(column)?.parse().map_err(|_| not_canonical())
    }

    pub(crate) fn number(&self, column: usize) -> Result<i64, SqlError> {
        column!(self, column)
    }

    pub(crate) fn optional_number(&self, column: usize) -> Result<Option<i64>, SqlError> {
        column!(self, column)
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&'r [u8], SqlError> {
        column!(self, column)
    }
}

/// The constraints of the tables prevent it, so somebody has taken them away.
fn not_canonical() -> SqlError {
    SqlError::Refused(Refusal::NotCanonical)
}
