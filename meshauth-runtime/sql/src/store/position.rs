//! Places in the log of changes.

use super::{session::Session, statement::Statement, text::Reader};
use crate::error::SqlError;

/// The place of a change in the order of commits.
///
/// The number says how far a database is; the mark, which is random, that it is this history. Two
/// databases that parted ways at some change, such as one and its restored copy, or a primary and a
/// standby that was promoted without the last changes, have other marks from there on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(super) number: i64,
    pub(super) mark: String,
}

impl Position {
    pub(crate) fn new(number: i64, mark: String) -> Self {
        Self { number, mark }
    }

    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// How many changes there were before, for metrics: it is no proof of anything.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }
}

const POSITION: Statement = Statement::shared("SELECT position, mark FROM meshauth_position");

impl Session {
    /// The position of the last change that this transaction sees.
    pub(crate) async fn position(&mut self) -> Result<Position, SqlError> {
        let read = self.one(&POSITION, &[], |row| {
            Ok(Position { number: row.number(0)?, mark: row.text(1)?.to_owned() })
        });
        let reader = Reader { table: "meshauth_position", collections: <_>::default() };
        read.await?.ok_or_else(|| reader.unusable(None, "the one row is not there"))
    }
}
