//! A database of its own for each test.

use std::time::{Duration, UNIX_EPOCH};

use meshauth_runtime::{Collections, EntityName, Grant, GroupName, KeyDigest, RoleNumber};
use sqlx::AssertSqlSafe;

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
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("mesh.db")).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, place: Place::File(folder) }
    }

    /// A schema of its own. None if no server is named, which is said past the capture of output.
    #[cfg(feature = "postgres")]
    pub(super) async fn postgres() -> Option<Self> {
        static SAID: std::sync::Once = std::sync::Once::new();
        let Ok(server) = std::env::var("MESHAUTH_POSTGRES") else {
            SAID.call_once(|| {
                use std::io::Write as _;
                let said = b"PostgreSQL is left out: MESHAUTH_POSTGRES names no server\n";
                std::io::stderr().write_all(said).unwrap();
            });
            return None;
        };
        let name = format!("test_{:016x}", rand_number());
        let maker = Store::connect_postgres(&server).await.unwrap();
        execute(&maker, &format!("CREATE SCHEMA {name}")).await.unwrap();
        maker.close().await;
        let place = Place::Schema { server, name };
        let store = place.open().await;
        store.migrate().await.unwrap();
        Some(Self { store, place })
    }

    /// Another database of the same kind.
    pub(super) async fn another(&self) -> Self {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => Self::sqlite().await,
            #[cfg(feature = "postgres")]
            Place::Schema { .. } => Self::postgres().await.unwrap(),
        }
    }

    /// Where it is, for another process.
    pub(super) fn address(&self) -> String {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(folder) => folder.path().join("mesh.db").to_str().unwrap().to_owned(),
            #[cfg(feature = "postgres")]
            Place::Schema { server, name } => format!("{server}?options[search_path]={name}"),
        }
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
        self.place.open().await
    }

    /// Where it is, for a copy that follows it.
    pub(super) fn source(&self) -> Source {
        let collections = Collections::new();
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(folder) => Source::file(folder.path().join("mesh.db"), collections),
            #[cfg(feature = "postgres")]
            Place::Schema { server, name } => {
                Source::server(format!("{server}?options[search_path]={name}"), collections)
            }
        }
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
    async fn open(&self) -> Store {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(folder) => Store::open_sqlite(&folder.path().join("mesh.db")).await.unwrap(),
            #[cfg(feature = "postgres")]
            Self::Schema { server, name } => {
                let url = format!("{server}?options[search_path]={name}");
                Store::connect_postgres(&url).await.unwrap()
            }
        }
    }
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
