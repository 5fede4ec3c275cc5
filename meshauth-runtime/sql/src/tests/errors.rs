//! Errors say what to do, and show nothing.

use meshauth_runtime::Validity;

use super::{
    database::{bot, digest},
    log::a_desk,
    *,
};
use crate::{
    change::NewCredential,
    error::{SchemaError, SqlError},
};

on_each_database! {
    an_error_shows_no_value_of_a_row,
    a_record_that_is_not_canonical_is_named_and_not_passed_over,
    a_closed_store_is_out_of_reach,
    tables_of_another_version_are_refused,
}

async fn an_error_shows_no_value_of_a_row(database: &Database) {
    a_desk(&database.store).await;
    let add = async |entity: u128| {
        change(&database.store, async |change| {
            let (digest, created) = (&digest(0x5a), std::time::UNIX_EPOCH);
            let label = "the label";
            let new = NewCredential { digest, label, validity: Validity::ALWAYS, created };
            change.add_credential(bot(entity), &new).await
        })
        .await
    };
    add(1).await.unwrap();
    let by_hand = "INSERT INTO meshauth_groups VALUES ('5a5a5a5a the label', NULL)";
    let errors = [
        add(2).await.unwrap_err(),
        database.by_hand(by_hand).await.unwrap_err(),
        database.by_hand("SELECT 5a5a the label").await.unwrap_err(),
        database
            .by_hand("UPDATE meshauth_entities SET state = '5a5a the label'")
            .await
            .unwrap_err(),
    ];
    for error in errors {
        let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        for secret in ["5a5a", "90, 90", "ZZ", "label'", "the label", "api_users"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

async fn a_record_that_is_not_canonical_is_named_and_not_passed_over(database: &Database) {
    a_desk(&database.store).await;
    // Nobody can write one past the constraints, so one of them goes.
    if database.is_sqlite() {
        database
            .by_hand(
                "PRAGMA writable_schema = ON; 
            UPDATE sqlite_schema SET sql = replace(sql, '''INACTIVE''', '''INACTIVE'', ''DORMANT''')
            WHERE name = 'meshauth_entities';
            PRAGMA writable_schema = RESET",
            )
            .await
            .unwrap();
    } else {
        database
            .by_hand("ALTER TABLE meshauth_entities DROP CONSTRAINT meshauth_word")
            .await
            .unwrap();
    }
    let store = database.open_again().await;
    let mut session = store.write().await.unwrap();
    super::database::execute_in(
        &mut session,
        "UPDATE meshauth_entities SET state = 'DORMANT' WHERE name LIKE '%2'",
    )
    .await
    .unwrap();
    session.commit().await.unwrap();
    let error = store.snapshot().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a record of meshauth_entities (api_users/00000000000000000000000002) cannot be used: \
         its state is unknown"
    );
}

async fn a_closed_store_is_out_of_reach(database: &Database) {
    let store = database.open_again().await;
    store.close().await;
    let closed = SqlError::Unreachable(crate::error::Outage::Closed);
    assert_eq!(store.snapshot().await.unwrap_err(), closed);
    assert_eq!(store.begin_change().await.map(drop), Err(closed));
}

async fn tables_of_another_version_are_refused(database: &Database) {
    let check = async |sql: &str| {
        database.by_hand(sql).await.unwrap();
        database.store.check_schema().await
    };
    assert_eq!(database.store.check_schema().await, Ok(()));
    let newer = check("UPDATE meshauth_schema SET version = 9, usable_from = 8").await;
    assert_eq!(newer, Err(SqlError::Schema(SchemaError::Newer { needed: 8, known: 1 })));
    assert_eq!(database.store.migrate().await, newer, "an older program leaves newer tables alone");
    assert_eq!(database.store.snapshot().await.unwrap_err(), newer.unwrap_err());
    // Newer tables that this version can still use: a fleet rolls.
    assert_eq!(check("UPDATE meshauth_schema SET usable_from = 1").await, Ok(()));
    let older = check("UPDATE meshauth_schema SET version = 0").await;
    assert_eq!(older, Err(SqlError::Schema(SchemaError::Older { found: 0, needed: 1 })));
    let missing = check("DROP TABLE meshauth_schema").await;
    assert_eq!(missing, Err(SqlError::Schema(SchemaError::Missing)));
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_make_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.db");
    let tasks = [(); 6].map(|()| {
        let path = path.clone();
        tokio::spawn(async move {
            let store = crate::store::Store::open_sqlite(&path).await?;
            store.migrate().await
        })
    });
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_file_that_is_no_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.db");
    std::fs::write(&path, vec![b'x'; 4096]).unwrap();
    let opened = crate::store::Store::open_sqlite(&path).await.map(drop);
    assert_eq!(opened, Err(SqlError::Fault("26".into())));
    let nowhere = folder.path().join("none").join("mesh.db");
    let opened = crate::store::Store::open_sqlite(&nowhere).await.map(drop);
    assert!(matches!(opened, Err(SqlError::Unreachable(_))), "{opened:?}");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn an_address_is_never_shown() {
    // Nothing listens on this port.
    for url in ["postgres://me:hunter2@127.0.0.1:1/db", "postgres://me:hunter2@127.0.0.1:99999/db"]
    {
        let error = crate::store::Store::connect_postgres(url).await.map(drop).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(matches!(error, SqlError::Unreachable(_)), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("127.0.0.1"), "{shown}");
    }
}
