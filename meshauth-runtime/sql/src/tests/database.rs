//! A database of its own for each test.

use std::time::{Duration, UNIX_EPOCH};

use meshauth_runtime::{Collections, EntityName, Grant, GroupName, KeyDigest, RoleNumber};
use sqlx::AssertSqlSafe;

use super::needs::needed;
pub(super) use crate::store::Pool;
use crate::{
    AdministrationError, DirectDirectoryBuilder, IssuedKey, Outcome,
    change::{Change, Record},
    error::SqlError,
    store::{Changes, ChangesSince, Position, Session, Source, Sql, Store},
};

pub(super) struct Database {
    pub(super) store: Store,
    place: Place,
}

enum Place {
    #[cfg(feature = "sqlite")]
    File(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Schema { server: String, name: String },
}

impl Database {
    #[cfg(feature = "sqlite")]
    pub(super) async fn sqlite() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap()).await
    }

    /// A schema of its own. None if no server is named.
    #[cfg(feature = "postgres")]
    pub(super) async fn postgres() -> Option<Self> {
        let server = needed("MESHAUTH_POSTGRES", "PostgreSQL is left out")?;
        Some(Self::at_server(server).await)
    }

    /// In a schema of its own at this address.
    #[cfg(feature = "postgres")]
    pub(super) async fn at_server(server: String) -> Self {
        Self::empty_schema(server).await.migrated().await
    }

    /// In this file.
    #[cfg(feature = "sqlite")]
    pub(super) async fn in_folder(folder: tempfile::TempDir) -> Self {
        Self::at(Place::File(folder)).await.migrated().await
    }

    /// Without the tables.
    #[cfg(feature = "postgres")]
    async fn empty_schema(server: String) -> Self {
        let name = format!("test_{:016x}", rand_number());
        let maker = Store::connect_postgres(&server).await.unwrap();
        execute(&maker, &format!("CREATE SCHEMA {name}")).await.unwrap();
        maker.close().await;
        Self::at(Place::Schema { server, name }).await
    }

    async fn at(place: Place) -> Self {
        Self { store: source_of(&place.address()).open().await.unwrap(), place }
    }

    async fn migrated(self) -> Self {
        self.store.migrate().await.unwrap();
        self
    }

    /// Another database of the same kind.
    pub(super) async fn another(&self) -> Self {
        self.another_empty().await.migrated().await
    }

    /// The same without the tables.
    pub(super) async fn another_empty(&self) -> Self {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => Self::at(Place::File(tempfile::tempdir().unwrap())).await,
            #[cfg(feature = "postgres")]
            Place::Schema { server, .. } => Self::empty_schema(server.clone()).await,
        }
    }

    /// Where it is, for another process.
    pub(super) fn address(&self) -> String {
        self.place.address()
    }

    /// Nothing is left of it.
    pub(super) async fn remove_it(self) {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => self.store.close().await,
            #[cfg(feature = "postgres")]
            Place::Schema { .. } => self.remove().await,
        }
    }

    /// The same database, as another process has it.
    pub(super) async fn open_again(&self) -> Store {
        self.source().open().await.unwrap()
    }

    /// Where it is, for a copy that follows it.
    pub(super) fn source(&self) -> Source {
        source_of(&self.address())
    }

    /// A directory that asks it for each decision.
    pub(super) fn direct(&self) -> DirectDirectoryBuilder {
        DirectDirectoryBuilder::new(self.source())
    }

    /// As a service has it that keeps its own tables there.
    pub(super) fn pool(&self) -> &Pool {
        self.store.pool()
    }

    /// What a person does with a client of the database's own.
    pub(super) async fn by_hand(&self, sql: &str) -> Result<(), SqlError> {
        execute(&self.store, sql).await
    }

    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        let mut session = self.store.read().await.unwrap();
        session.one(&Sql::shared(sql), &[], |row| row.number(0)).await.unwrap().unwrap()
    }

    pub(super) async fn texts(&self, sql: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        let mut session = self.store.read().await.unwrap();
        let push = |row: crate::store::Row<'_>| {
            texts.push(row.text(0)?.to_owned());
            Ok(())
        };
        session.each(&Sql::shared(sql), &[], push).await.unwrap();
        texts
    }

    pub(super) fn is_sqlite(&self) -> bool {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => true,
            #[cfg(feature = "postgres")]
            Place::Schema { .. } => false,
        }
    }

    /// The address of the server, and the schema.
    #[cfg(feature = "postgres")]
    pub(super) fn schema(&self) -> (&str, &str) {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => panic!("a file has no schema"),
            Place::Schema { server, name } => (server, name),
        }
    }

    /// As a view that follows does.
    pub(super) async fn changes(&self, since: &Position) -> Changes {
        match self.store.changes_since(since).await.unwrap() {
            ChangesSince::Changes(changes) => changes,
            ChangesSince::Reload => panic!("the log does not hold {since:?}"),
        }
    }

    pub(super) async fn reloads(&self, since: &Position) -> bool {
        matches!(self.store.changes_since(since).await.unwrap(), ChangesSince::Reload)
    }

    #[cfg(feature = "postgres")]
    pub(super) async fn remove(self) {
        let name = self.schema().1.to_owned();
        self.by_hand(&format!("DROP SCHEMA {name} CASCADE")).await.unwrap();
        self.store.close().await;
    }
}

impl Place {
    fn address(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(folder) => folder.path().join("mesh.db").to_str().unwrap().to_owned(),
            #[cfg(feature = "postgres")]
            Self::Schema { server, name } => in_schema(server, name),
        }
    }
}

/// Where the database of this [address](Database::address) is.
pub(super) fn source_of(address: &str) -> Source {
    #[cfg(feature = "postgres")]
    if address.starts_with("postgres") {
        return Source::server(address.to_owned(), Collections::new());
    }
    #[cfg(feature = "sqlite")]
    return Source::file(address.into(), Collections::new());
    #[cfg(not(feature = "sqlite"))]
    unreachable!("{address} is no database")
}

/// The address of a schema of this server.
#[cfg(feature = "postgres")]
pub(super) fn in_schema(server: &str, schema: &str) -> String {
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options[search_path]={schema}")
}

/// One transaction, of as many statements as are given.
async fn execute(store: &Store, sql: &str) -> Result<(), SqlError> {
    let mut session = store.write().await?;
    execute_in(&mut session, sql).await?;
    session.commit().await
}

pub(super) async fn execute_in(session: &mut Session, sql: &str) -> Result<(), SqlError> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    let _rows = match session {
        #[cfg(feature = "sqlite")]
        Session::Sqlite(transaction) => sql.execute(&mut **transaction).await?.rows_affected(),
        #[cfg(feature = "postgres")]
        Session::Postgres(transaction) => sql.execute(&mut **transaction).await?.rows_affected(),
    };
    Ok(())
}

/// From the hasher of the standard library, which is seeded at random.
#[cfg(feature = "postgres")]
fn rand_number() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}

/// One change, as administration makes it.
pub(super) async fn change(
    store: &Store,
    make: impl AsyncFnOnce(&mut Change) -> Result<(), SqlError>,
) -> Result<Position, SqlError> {
    let mut change = store.begin_change().await?;
    make(&mut change).await?;
    change.commit(&a_record()).await
}

pub(super) fn a_record() -> Record {
    Record {
        actor: "users/00000000000000000000000001".into(),
        action: "test".into(),
        before: None,
        after: Some("after".into()),
        at: UNIX_EPOCH + Duration::from_secs(1),
        request_id: None,
    }
}

pub(super) fn group(ulid: u128) -> GroupName {
    GroupName::from_ulid(ulid)
}

pub(super) fn bot(ulid: u128) -> EntityName {
    EntityName::api_user(ulid)
}

pub(super) fn digest(of: u8) -> KeyDigest {
    KeyDigest::from_bytes([of; 32])
}

pub(super) fn role(number: u32, within: u128) -> Grant {
    Grant::new(group(within), RoleNumber::new(number).unwrap())
}

/// A change that did not have to wait.
#[track_caller]
pub(super) fn done(made: Result<Outcome, AdministrationError>) {
    assert_eq!(made.unwrap(), Outcome::Done);
}

/// A key that counts already.
#[track_caller]
pub(super) fn issued(made: Result<(IssuedKey, Outcome), AdministrationError>) -> IssuedKey {
    let (key, outcome) = made.unwrap();
    assert_eq!(outcome, Outcome::Done);
    key
}
