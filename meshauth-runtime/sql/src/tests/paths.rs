//! The paths of groups in a service's own database.

use std::time::{Duration, Instant};

use meshauth_runtime::Denial;

use super::{database::execute_in, *};
use crate::{
    GroupPaths, ServiceDatabase,
    error::{SchemaError, SqlError},
    store::{Sql, Store},
};

const SOON: Duration = Duration::from_secs(5);

on_each_database! {
    the_paths_of_a_service_follow_the_directory,
    several_processes_keep_one_copy,
    a_copy_that_is_kept_again_goes_on_where_it_was,
    a_copy_of_another_history_is_made_anew,
    t_o04_a_copy_that_is_not_kept_is_refused_by_its_age,
    only_tables_for_a_copy_are_written,
}

/// The database of a service, which is not that of the directory.
struct Service {
    store: Store,
    #[cfg(feature = "sqlite")]
    _folder: Option<tempfile::TempDir>,
}

impl Service {
    async fn beside(database: &Database) -> Self {
        let service = Self::without_tables(database).await;
        let tables = if database.is_sqlite() {
            #[cfg(feature = "sqlite")]
            {
                crate::SQLITE_GROUP_PATHS
            }
            #[cfg(not(feature = "sqlite"))]
            ""
        } else {
            #[cfg(feature = "postgres")]
            {
                crate::POSTGRES_GROUP_PATHS
            }
            #[cfg(not(feature = "postgres"))]
            ""
        };
        // They may be made again.
        for _ in 0..2 {
            service.execute(tables).await;
        }
        service
    }

    async fn without_tables(database: &Database) -> Self {
        #[cfg(feature = "postgres")]
        if !database.is_sqlite() {
            let (server, schema) = database.schema();
            // Within the schema's name, so that it is known whose it is.
            let name = format!("{schema}_service");
            database.by_hand(&format!("CREATE SCHEMA {name}")).await.unwrap();
            let url = format!("{server}?options[search_path]={name}");
            let store = Store::connect_postgres(&url).await.unwrap();
            return Self {
                store,
                #[cfg(feature = "sqlite")]
                _folder: None,
            };
        }
        #[cfg(feature = "sqlite")]
        {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open_sqlite(&folder.path().join("service.db")).await.unwrap();
            Self { store, _folder: Some(folder) }
        }
        #[cfg(not(feature = "sqlite"))]
        unreachable!("there is no other database")
    }

    async fn execute(&self, sql: &str) {
        let mut session = self.store.write().await.unwrap();
        execute_in(&mut session, sql).await.unwrap();
        session.commit().await.unwrap();
    }

    fn database(&self) -> ServiceDatabase {
        match self.store.pool() {
            #[cfg(feature = "sqlite")]
            database::Pool::Sqlite(pool) => pool.clone().into(),
            #[cfg(feature = "postgres")]
            database::Pool::Postgres(pool) => pool.clone().into(),
        }
    }

    async fn keep(&self, directory: &Database) -> Result<GroupPaths, SqlError> {
        GroupPaths::keep(directory.source(), self.database()).await
    }

    async fn remove(self, directory: &Database) {
        self.store.close().await;
        if !directory.is_sqlite() {
            #[cfg(feature = "postgres")]
            {
                let name = directory.schema().1;
                let drop = format!("DROP SCHEMA {name}_service CASCADE");
                directory.by_hand(&drop).await.unwrap();
            }
        }
    }
}

async fn paths(store: &Store) -> Vec<String> {
    let all =
        "SELECT above || ' ' || below || ' ' || CAST(depth AS text) FROM meshauth_group_paths";
    let mut paths = Vec::new();
    let mut session = store.read().await.unwrap();
    let push = |row: crate::store::Row<'_>| {
        paths.push(row.text(0)?.to_owned());
        Ok(())
    };
    session.each(&Sql::shared(all), &[], push).await.unwrap();
    paths.sort();
    paths
}

/// Until both have the same paths.
async fn agree(service: &Service, directory: &Database) {
    let since = Instant::now();
    loop {
        let (copy, truth) = (paths(&service.store).await, paths(&directory.store).await);
        if copy == truth {
            return;
        }
        assert!(since.elapsed() < SOON, "the copy has {copy:#?}, the directory {truth:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A root with a chain of three below it, and another root.
async fn a_tree(database: &Database) {
    change(&database.store, async |change| {
        change.create_group(group(1), None).await?;
        change.create_group(group(2), Some(group(1))).await?;
        change.create_group(group(3), Some(group(2))).await?;
        change.create_group(group(4), Some(group(3))).await?;
        change.create_group(group(9), None).await
    })
    .await
    .unwrap();
}

async fn the_paths_of_a_service_follow_the_directory(database: &Database) {
    a_tree(database).await;
    let service = Service::beside(database).await;
    let kept = service.keep(database).await.unwrap();
    assert_eq!(paths(&service.store).await, paths(&database.store).await);
    assert_eq!(kept.check(), Ok(()));
    follow(&service, database).await;
    service.remove(database).await;
}

/// Groups that are made, moved with what is below them, moved together and removed.
async fn follow(service: &Service, database: &Database) {
    change(&database.store, async |change| change.create_group(group(5), Some(group(4))).await)
        .await
        .unwrap();
    agree(service, database).await;
    change(&database.store, async |change| change.move_group(group(3), Some(group(9))).await)
        .await
        .unwrap();
    agree(service, database).await;
    // Of one change, two groups of which one goes below the other.
    change(&database.store, async |change| {
        change.move_group(group(4), Some(group(2))).await?;
        change.move_group(group(3), Some(group(5))).await?;
        change.create_group(group(6), Some(group(3))).await
    })
    .await
    .unwrap();
    agree(service, database).await;
    change(&database.store, async |change| {
        change.remove_group(group(6)).await?;
        change.move_group(group(3), None).await
    })
    .await
    .unwrap();
    agree(service, database).await;
}

async fn several_processes_keep_one_copy(database: &Database) {
    a_tree(database).await;
    let service = Service::beside(database).await;
    let first = service.keep(database).await.unwrap();
    let others = [service.keep(database).await.unwrap(), service.keep(database).await.unwrap()];
    follow(&service, database).await;
    drop(first);
    for number in 20..40 {
        change(&database.store, async |change| {
            change.create_group(group(number), Some(group(1))).await
        })
        .await
        .unwrap();
    }
    agree(&service, database).await;
    drop(others);
    service.remove(database).await;
}

async fn a_copy_that_is_kept_again_goes_on_where_it_was(database: &Database) {
    a_tree(database).await;
    let service = Service::beside(database).await;
    drop(service.keep(database).await.unwrap());
    change(&database.store, async |change| change.move_group(group(3), Some(group(9))).await)
        .await
        .unwrap();
    // A row that nobody would write again: it shows that the whole was not.
    let root = group(9);
    let trace = format!("INSERT INTO meshauth_group_paths VALUES ('{root}', 'trace', 0)");
    service.execute(&trace).await;
    let _kept = service.keep(database).await.unwrap();
    let copy = paths(&service.store).await;
    assert!(copy.contains(&format!("{root} trace 0")));
    assert!(copy.contains(&format!("{root} {} 2", group(4))));
    service.remove(database).await;
}

async fn a_copy_of_another_history_is_made_anew(database: &Database) {
    a_tree(database).await;
    let service = Service::beside(database).await;
    drop(service.keep(database).await.unwrap());
    // As if the directory had been restored from a copy, and gone on from there.
    service.execute("UPDATE meshauth_group_paths_position SET mark = 'another'").await;
    let stale = format!("INSERT INTO meshauth_group_paths VALUES ('{}', 'stale', 0)", group(9));
    service.execute(&stale).await;
    let _kept = service.keep(database).await.unwrap();
    assert_eq!(paths(&service.store).await, paths(&database.store).await);
    service.remove(database).await;
}

async fn t_o04_a_copy_that_is_not_kept_is_refused_by_its_age(database: &Database) {
    a_tree(database).await;
    let service = Service::beside(database).await;
    let kept = service.keep(database).await.unwrap();
    let bound = Duration::from_millis(1500);
    tokio::time::sleep(bound * 2).await;
    // Nothing changed, and that is known.
    assert_eq!(kept.check_within(bound), Ok(()));
    database.by_hand("ALTER TABLE meshauth_position RENAME TO away").await.unwrap();
    tokio::time::sleep(bound * 2).await;
    assert_eq!(kept.check_within(bound), Err(Denial::DirectoryUnavailable));
    database.by_hand("ALTER TABLE away RENAME TO meshauth_position").await.unwrap();
    let since = Instant::now();
    while kept.check_within(bound).is_err() {
        assert!(since.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service.remove(database).await;
}

async fn only_tables_for_a_copy_are_written(database: &Database) {
    a_tree(database).await;
    let refused = Err(SqlError::Schema(SchemaError::NoPaths));
    let service = Service::without_tables(database).await;
    assert_eq!(service.keep(database).await.map(drop), refused);
    // Its paths are kept by its own triggers.
    let itself = match database.pool() {
        #[cfg(feature = "sqlite")]
        database::Pool::Sqlite(pool) => pool.clone().into(),
        #[cfg(feature = "postgres")]
        database::Pool::Postgres(pool) => pool.clone().into(),
    };
    assert_eq!(GroupPaths::keep(database.source(), itself).await.map(drop), refused);
    service.remove(database).await;
}
