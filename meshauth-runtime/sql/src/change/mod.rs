//! Changes of a directory: each is one transaction, with its record, or nothing.

mod clients;
mod entities;
mod groups;
mod record;

use std::mem;

pub(crate) use self::{entities::NewCredential, record::Record};
use crate::{
    error::{Refusal, SqlError},
    store::{Arg, Position, Row, Session, Sql, Store},
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
        self.session.commit().await.map_err(SqlError::of_commit)?;
        Ok(position)
    }

    pub(crate) async fn execute(&mut self, statement: &Sql, args: &[Arg]) -> Result<u64, SqlError> {
        self.whole(async |session| session.execute(statement, args).await).await
    }

    /// The last row of an answer, if it has any.
    pub(crate) async fn one<T>(
        &mut self,
        statement: &Sql,
        args: &[Arg],
        read: impl Fn(Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Option<T>, SqlError> {
        self.whole(async |session| session.one(statement, args, read).await).await
    }

    /// Each row of an answer.
    pub(crate) async fn each(
        &mut self,
        statement: &Sql,
        args: &[Arg],
        take: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.whole(async |session| session.each(statement, args, take).await).await
    }

    /// An operation that ends and does not fail, or the change is broken.
    pub(crate) async fn whole<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut Session) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        // Set until it is known to be well: the future may be dropped halfway.
        if mem::replace(&mut self.broken, true) {
            return Err(SqlError::Abandoned);
        }
        let done = operation(&mut self.session).await?;
        self.broken = false;
        Ok(done)
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
