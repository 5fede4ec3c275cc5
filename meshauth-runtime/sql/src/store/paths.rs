//! The paths of groups, for a copy of them elsewhere.

use super::{
    Store,
    position::Position,
    session::Session,
    statement::{Arg, Statement},
    text::Reader,
};
use crate::error::SqlError;

/// What to do for a copy of the paths to be at this position.
#[derive(Debug)]
pub(crate) struct PathsSince {
    pub(crate) position: Position,
    /// None: nothing of what was there stays.
    pub(crate) changed: Option<Vec<String>>,
    /// The present paths of all groups at or below those that changed, or of all groups.
    pub(crate) paths: Vec<Path>,
}

/// A group with one that it is at or below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) above: String,
    pub(crate) below: String,
    pub(crate) depth: i64,
}

const ALL: Statement = Statement::shared("SELECT above, below, depth FROM meshauth_group_paths");
const BELOW_CHANGED: Statement = Statement::new(
    "SELECT above, below, depth FROM meshauth_group_paths WHERE below IN \
     (SELECT below FROM meshauth_group_paths WHERE above IN (SELECT value FROM json_each($1)))",
    "SELECT above, below, depth FROM meshauth_group_paths WHERE below IN \
     (SELECT below FROM meshauth_group_paths WHERE above = ANY($1))",
);

impl Store {
    /// What changed of the paths since this position, in one transaction. A standby is refused.
    pub(crate) async fn paths_since(&self, known: &Position) -> Result<PathsSince, SqlError> {
        let mut session = self.read().await?;
        session.check_schema().await?;
        let position = session.position().await?;
        let changed = if position == *known {
            Some(Vec::new())
        } else if session.has_position(known).await? {
            let names = self.changed_names(&mut session, known).await?;
            names.map(|names| names.groups.iter().map(ToString::to_string).collect())
        } else {
            None
        };
        let paths = match &changed {
            None => session.paths(&ALL, &[]).await?,
            Some(changed) if changed.is_empty() => Vec::new(),
            Some(changed) => session.paths(&BELOW_CHANGED, &[Arg::Names(changed.clone())]).await?,
        };
        session.commit().await?;
        Ok(PathsSince { position, changed, paths })
    }
}

impl Session {
    async fn paths(&mut self, query: &Statement, args: &[Arg]) -> Result<Vec<Path>, SqlError> {
        let reader = Reader { table: "meshauth_group_paths", collections: <_>::default() };
        let mut paths = Vec::new();
        self.each(query, args, |row| {
            // In their one spelling, or not at all.
            let name = |column| reader.group(row.text(column)?).map(|name| name.to_string());
            paths.push(Path { above: name(0)?, below: name(1)?, depth: row.number(2)? });
            Ok(())
        })
        .await?;
        Ok(paths)
    }
}
