//! The record of administration.

use std::time::SystemTime;

use super::Change;
use crate::{
    error::SqlError,
    store::{Arg, Rounding, Sql, micros},
};

/// Who changes what: it is written in the transaction of the change.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The name of the entity that makes the change, or who else it is.
    pub(crate) actor: String,
    /// What is done, as a word: `groups.move`.
    pub(crate) action: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) at: SystemTime,
    pub(crate) request_id: Option<String>,
}

// In PostgreSQL the position is set with that of the change.
const RECORD: Sql = Sql::new(
    "INSERT INTO meshauth_records (actor, action, before, after, at, request_id, position) \
     SELECT $1, $2, $3, $4, $5, $6, position FROM meshauth_position",
    "INSERT INTO meshauth_records (actor, action, before, after, at, request_id) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

impl Change {
    pub(super) async fn write_record(&mut self, record: &Record) -> Result<(), SqlError> {
        let args = [
            Arg::Text(record.actor.clone()),
            Arg::Text(record.action.clone()),
            Arg::OptionalText(record.before.clone()),
            Arg::OptionalText(record.after.clone()),
            Arg::Number(micros(record.at, Rounding::Earlier)),
            Arg::OptionalText(record.request_id.clone()),
        ];
        self.execute(&RECORD, &args).await?;
        Ok(())
    }
}
