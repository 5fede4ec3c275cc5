//! Changes of a directory: each is one transaction, with its record, or nothing.
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the administration that stands on it comes next")
)]

mod clients;
mod entities;
mod groups;
mod record;

use std::mem;

#[cfg(test)]
pub(crate) use self::entities::NewCredential;
pub(crate) use self::record::Record;
use crate::{
    error::{Refusal, SqlError},
    store::{Arg, Position, Session, Sql, Store},
};

/// A change under way. Dropped, nothing of it was done.
///
/// After an operation that failed or was cancelled the change cannot be committed: the rest of it
/// would be half a change.
pub(crate) struct Change {
    session: Session,
    broken: bool,
}

/// Takes the position now, as the last thing that can wait for others. (SQLite has one writer, who
/// takes a position with each row.)
const TAKE_POSITION: Sql = Sql::new("SELECT 1", "SET CONSTRAINTS ALL IMMEDIATE");

impl Store {
    /// Begins a change. In SQLite it waits until no other one is under way.
    pub(crate) async fn begin_change(&self) -> Result<Change, SqlError> {
        Ok(Change { session: self.write().await?, broken: false })
    }
}

impl Change {
    /// Makes the change, with the record of who made it.
    pub(crate) async fn commit(mut self, record: &Record) -> Result<Position, SqlError> {
        self.write_record(record).await?;
        self.execute(&TAKE_POSITION, &[]).await?;
        let position = self.session.position().await?;
        self.session.commit().await.map_err(|error| match error {
            SqlError::Unreachable(_) => SqlError::Unconfirmed,
            error => error,
        })?;
        Ok(position)
    }

    async fn execute(&mut self, statement: &Sql, args: &[Arg]) -> Result<u64, SqlError> {
        // Set until it is known to be well: the future may be dropped halfway.
        if mem::replace(&mut self.broken, true) {
            return Err(SqlError::Abandoned);
        }
        let rows = self.session.execute(statement, args).await?;
        self.broken = false;
        Ok(rows)
    }

    /// A statement that is about one record, which has to be there.
    async fn execute_on_one(&mut self, statement: &Sql, args: &[Arg]) -> Result<(), SqlError> {
        if self.execute(statement, args).await? == 0 {
            self.broken = true;
            return Err(SqlError::Refused(Refusal::NotFound));
        }
        Ok(())
    }
}

/// What a reference that does not hold means is known to who writes the record.
fn reference_means(meaning: Refusal) -> impl FnOnce(SqlError) -> SqlError {
    move |error| match error {
        SqlError::Refused(Refusal::Reference) => SqlError::Refused(meaning),
        error => error,
    }
}
