//! The tables, and whether they are those that this version works with.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migrate, MigrateError, Migration, MigrationType},
};

use super::{Pool, Store, session::Session, statement::Statement};
use crate::error::{SchemaError, SqlError};

/// The migrations, from the first to the newest. One that was released is never edited: a new one
/// follows it, and says in `meshauth_schema` which versions can still use the tables. One that they
/// cannot use also gives `meshauth_position` another mark: then processes that run read the whole
/// again, and find out.
struct Step {
    version: i64,
    name: &'static str,
    #[cfg(feature = "sqlite")]
    sqlite: &'static str,
    #[cfg(feature = "postgres")]
    postgres: &'static str,
}

const STEPS: &[Step] = &[Step {
    version: 1,
    name: "directory",
    #[cfg(feature = "sqlite")]
    sqlite: include_str!("../../migrations/sqlite/0001_directory.sql"),
    #[cfg(feature = "postgres")]
    postgres: include_str!("../../migrations/postgres/0001_directory.sql"),
}];

/// The version of the tables that this one works with.
const VERSION: i64 = STEPS[STEPS.len() - 1].version;

/// A service may keep its own migrations in the same database, where sqlx's name is taken.
const TABLE: &str = "meshauth_migrations";

const HAS_SCHEMA: Statement = Statement::new(
    "SELECT count(*) FROM sqlite_schema WHERE name = 'meshauth_schema'",
    "SELECT count(to_regclass('meshauth_schema'))",
);
const SCHEMA: Statement = Statement::shared("SELECT version, usable_from FROM meshauth_schema");

impl Store {
    /// Brings the tables to the version that this one works with. Several processes may do so at
    /// once. Tables that are newer are left alone.
    pub(crate) async fn migrate(&self) -> Result<(), SqlError> {
        match &self.pool {
            // In one transaction: of two processes, the second one finds all done.
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                apply_missing(&mut *transaction, |step| step.sqlite).await?;
                transaction.commit().await?;
            }
            // Its lock is one of the connection, which is closed with it whatever happens.
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?.detach();
                apply_missing(&mut connection, |step| step.postgres).await?;
                sqlx::Connection::close(connection).await?;
            }
        }
        self.check_schema().await
    }

    /// Whether this version can use the tables.
    pub(crate) async fn check_schema(&self) -> Result<(), SqlError> {
        let mut session = self.read().await?;
        session.check_schema().await?;
        session.commit().await
    }
}

impl Session {
    pub(super) async fn check_schema(&mut self) -> Result<(), SqlError> {
        let missing = || SqlError::Schema(SchemaError::Missing);
        if self.one(&HAS_SCHEMA, &[], |row| row.number(0)).await? != Some(1) {
            return Err(missing());
        }
        let schema = self.one(&SCHEMA, &[], |row| Ok((row.number(0)?, row.number(1)?))).await?;
        let (found, needed) = schema.ok_or_else(missing)?;
        if found < VERSION {
            return Err(SqlError::Schema(SchemaError::Older { found, needed: VERSION }));
        }
        check_usable_from(Some(needed))
    }
}

/// Whether tables that need a program of this version can be used by this one.
pub(super) fn check_usable_from(needed: Option<i64>) -> Result<(), SqlError> {
    match needed {
        None => Err(SqlError::Schema(SchemaError::Missing)),
        Some(needed) if needed > VERSION => {
            Err(SqlError::Schema(SchemaError::Newer { needed, known: VERSION }))
        }
        Some(_) => Ok(()),
    }
}

/// Each migration is a transaction. One that is applied and not known here is of a newer version:
/// whether its tables can be used is for `meshauth_schema` to say.
async fn apply_missing<C: Migrate + Send>(
    connection: &mut C,
    sql: fn(&Step) -> &'static str,
) -> Result<(), SqlError> {
    connection.lock().await.map_err(of_migration)?;
    connection.ensure_migrations_table(TABLE).await.map_err(of_migration)?;
    let applied = connection.list_applied_migrations(TABLE).await.map_err(of_migration)?;
    for step in STEPS {
        let (name, sql) = (step.name.into(), sql(step).into_sql_str());
        let migration = Migration::new(step.version, name, MigrationType::Simple, sql, false);
        match applied.iter().find(|applied| applied.version == step.version) {
            None => drop(connection.apply(TABLE, &migration).await.map_err(of_migration)?),
            Some(applied) if applied.checksum == migration.checksum => {}
            Some(_) => return Err(SqlError::Schema(SchemaError::Changed(step.version))),
        }
    }
    connection.unlock().await.map_err(of_migration)
}

fn of_migration(error: MigrateError) -> SqlError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        _ => SqlError::fault("migration"),
    }
}
