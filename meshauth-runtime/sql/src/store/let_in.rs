//! Who is let in at present because the glass was broken.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, GroupName};

use super::{
    Store,
    statement::{Arg, Statement},
    text::{Reader, Rounding, micros},
};
use crate::error::SqlError;

const LET_IN: Statement =
    Statement::shared("SELECT entity, root FROM meshauth_break_glass WHERE until > $1");

impl Store {
    /// Each user that is let in, and the root whose glass was broken.
    pub(crate) async fn let_in(&self) -> Result<Vec<(EntityName, GroupName)>, SqlError> {
        let reader = Reader { table: "meshauth_break_glass", collections: self.collections };
        let now = Arg::Number(micros(SystemTime::now(), Rounding::Earlier));
        let (mut session, mut let_in) = (self.read().await?, Vec::new());
        session
            .each(&LET_IN, &[now], |row| {
                let_in.push((reader.entity(row.text(0)?)?, reader.group(row.text(1)?)?));
                Ok(())
            })
            .await?;
        session.commit().await?;
        Ok(let_in)
    }
}
