//! The tables, and whether they are those that this version works with.

use sqlx::{
    SqlSafeStr as _,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::{Pool, Store, session::Session, statement::Statement};
use crate::error::{SchemaError, SqlError};

/// The migrations, from the first to the newest. One that was released is never edited: a new one
/// follows it, and says in `meshauth_schema` which versions can still use the tables.
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
                migrator(|step| step.sqlite).run(&mut *transaction).await.map_err(of_migration)?;
                transaction.commit().await?;
            }
            // Its lock is one of the connection, which is not given back to the pool with it.
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?.detach();
                migrator(|step| step.postgres).run(&mut connection).await.map_err(of_migration)?;
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
        if needed > VERSION {
            return Err(SqlError::Schema(SchemaError::Newer { needed, known: VERSION }));
        }
        Ok(())
    }
}

fn migrator(sql: impl Fn(&Step) -> &'static str) -> Migrator {
    let migration = |step: &Step| {
        let sql = sql(step).into_sql_str();
        Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
    };
    let mut migrator = Migrator::with_migrations(STEPS.iter().map(migration).collect());
    migrator.dangerous_set_table_name(TABLE);
    // Whether newer tables can be used is for `meshauth_schema` to say.
    migrator.set_ignore_missing(true);
    migrator
}

fn of_migration(error: MigrateError) -> SqlError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMismatch(version) => SqlError::Schema(SchemaError::Changed(version)),
        _ => SqlError::fault("migration"),
    }
}
