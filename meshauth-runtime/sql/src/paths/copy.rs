//! The copy in the service's database: how far it is, and one step to be further.

use crate::{
    error::{SchemaError, SqlError},
    store::{Arg, Path, PathsSince, Position, Session, Sql, Store},
};

/// So many rows go in with one statement.
const BATCH: usize = 5000;

/// The paths in a service's database.
pub(super) struct Copy(Store);

const KIND: Sql = Sql::new(
    "SELECT (SELECT count(*) FROM sqlite_schema WHERE name = 'meshauth_group_paths_position') \
     - (SELECT count(*) FROM sqlite_schema WHERE name = 'meshauth_groups')",
    "SELECT count(to_regclass('meshauth_group_paths_position')) \
     - count(to_regclass('meshauth_groups'))",
);
const POSITION: Sql = Sql::shared("SELECT position, mark FROM meshauth_group_paths_position");
/// Nothing, if another process was faster. Who changes the row holds it until the commit.
const STEP: Sql = Sql::shared(
    "UPDATE meshauth_group_paths_position SET position = $3, mark = $4 \
     WHERE only_row = 1 AND position = $1 AND mark = $2",
);
const REMOVE_ALL: Sql = Sql::shared("DELETE FROM meshauth_group_paths");
/// What is below the changed groups as they were.
const REMOVE_BELOW: Sql = Sql::new(
    "DELETE FROM meshauth_group_paths WHERE below IN \
     (SELECT below FROM meshauth_group_paths WHERE above IN (SELECT value FROM json_each($1)))",
    "DELETE FROM meshauth_group_paths WHERE below IN \
     (SELECT below FROM meshauth_group_paths WHERE above = ANY($1))",
);
/// What is below them now.
const REMOVE: Sql = Sql::new(
    "DELETE FROM meshauth_group_paths WHERE below IN (SELECT value FROM json_each($1))",
    "DELETE FROM meshauth_group_paths WHERE below = ANY($1)",
);
/// Each row as a text of two names, which are all of one length, and a number.
const INSERT: Sql = Sql::new(
    "INSERT INTO meshauth_group_paths (above, below, depth) \
     SELECT substr(value, 1, 33), substr(value, 35, 33), CAST(substr(value, 69) AS INTEGER) \
     FROM json_each($1)",
    "INSERT INTO meshauth_group_paths (above, below, depth) \
     SELECT substr(path, 1, 33), substr(path, 35, 33), substr(path, 69)::bigint \
     FROM unnest($1) AS path",
);

impl Copy {
    pub(super) fn of(store: Store) -> Self {
        Self(store)
    }

    /// How far it is.
    ///
    /// # Errors
    /// Tables that are not there, and the database of a directory, which has its paths itself.
    pub(super) async fn position(&self) -> Result<Position, SqlError> {
        let mut session = self.0.read().await?;
        if session.one(&KIND, &[], |row| row.number(0)).await? != Some(1) {
            return Err(SqlError::Schema(SchemaError::NoPaths));
        }
        let position = session
            .one(&POSITION, &[], |row| Ok(Position::new(row.number(0)?, row.text(1)?.to_owned())));
        let position = position.await?;
        session.commit().await?;
        position.ok_or(SqlError::Schema(SchemaError::NoPaths))
    }

    /// Takes what changed since `before`, as a whole. False if another process has.
    pub(super) async fn step(
        &self,
        before: &Position,
        since: &PathsSince,
    ) -> Result<bool, SqlError> {
        let PathsSince { position, changed, paths } = since;
        let mut session = self.0.write().await?;
        let args = [
            Arg::Number(before.number()),
            Arg::Text(before.mark().to_owned()),
            Arg::Number(position.number()),
            Arg::Text(position.mark().to_owned()),
        ];
        if session.execute(&STEP, &args).await? == 0 {
            return Ok(false);
        }
        match changed {
            None => drop(session.execute(&REMOVE_ALL, &[]).await?),
            Some(changed) if changed.is_empty() => {}
            Some(changed) => {
                session.execute(&REMOVE_BELOW, &[Arg::Names(changed.clone())]).await?;
                let mut below: Vec<_> = paths.iter().map(|path| path.below.clone()).collect();
                below.sort();
                below.dedup();
                session.execute(&REMOVE, &[Arg::Names(below)]).await?;
            }
        }
        insert(&mut session, paths).await?;
        session.commit().await?;
        Ok(true)
    }
}

async fn insert(session: &mut Session, paths: &[Path]) -> Result<(), SqlError> {
    for batch in paths.chunks(BATCH) {
        let rows =
            batch.iter().map(|Path { above, below, depth }| format!("{above} {below} {depth}"));
        session.execute(&INSERT, &[Arg::Names(rows.collect())]).await?;
    }
    Ok(())
}
