//! What only PostgreSQL has: writers at the same time, roles, notifications, standbys.

use std::time::Duration;

use meshauth_runtime::EntityState;

use super::{
    database::{bot, execute_in},
    log::a_desk,
    *,
};
use crate::{
    POSTGRES_ROLES,
    error::{Refusal, SqlError},
    store::{ChangesSince, Store},
};

macro_rules! on_postgres {
    ($($name:ident,)*) => {$(
        mod $name {
            use super::{Database, $name as run};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(database) = Database::postgres().await else { return };
                run(&database).await;
                database.remove().await;
            }
        }
    )*};
}

/// The same schema, with this after the address.
async fn open_with(database: &Database, parameters: &str) -> Store {
    let (server, schema) = database.schema();
    let url = format!("{server}?options[search_path]={schema}{parameters}");
    Store::connect_postgres(&url).await.unwrap()
}

/// As a login that has one of the roles.
async fn as_role(database: &Database, role: &str, sql: &str) -> Result<(), SqlError> {
    let mut session = database.store.write().await?;
    execute_in(&mut session, &format!("SET LOCAL ROLE {role}")).await?;
    execute_in(&mut session, sql).await?;
    session.commit().await
}

on_postgres! {
    t_o01_a_sequence_would_lose_the_slower_change,
    t_o02_a_standby_is_no_proof,
    two_moves_at_once_make_no_cycle,
    a_move_as_of_an_earlier_moment_is_refused,
    a_change_is_announced_when_it_is_committed,
    t_o12_a_service_cannot_change_the_directory,
    the_roles_are_enough_for_what_they_are_for,
    several_processes_migrate_at_once,
    a_migration_that_was_edited_is_refused,
    a_service_may_keep_its_own_migrations_beside_it,
}

async fn t_o01_a_sequence_would_lose_the_slower_change(database: &Database) {
    // The fault that the counter avoids: the position is taken with the row.
    database.by_hand(
        "DROP TRIGGER meshauth_changes_take_position ON meshauth_changes;
         DROP TRIGGER meshauth_records_take_position ON meshauth_records;
         CREATE SEQUENCE positions;
         CREATE FUNCTION hasty() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.position = nextval('positions'); NEW.mark = 'x'; RETURN NEW; END $$;
         CREATE TRIGGER hasty BEFORE INSERT ON meshauth_changes FOR EACH ROW EXECUTE FUNCTION hasty();
         CREATE VIEW last AS SELECT max(position) AS position FROM meshauth_changes",
    ).await.unwrap();
    database
        .by_hand(
            "INSERT INTO meshauth_groups VALUES ('groups/00000000000000000000000001', NULL);
         INSERT INTO meshauth_entities SELECT 'users/0000000000000000000000000' || n,
             'groups/00000000000000000000000001', 'ACTIVE' FROM generate_series(1, 2) AS n",
        )
        .await
        .unwrap();
    let deactivate =
        |n: u8| format!("UPDATE meshauth_entities SET state = 'INACTIVE' WHERE name LIKE '%{n}'");
    let mut slow = database.store.write().await.unwrap();
    execute_in(&mut slow, &deactivate(1)).await.unwrap();
    database.by_hand(&deactivate(2)).await.unwrap();
    let seen = database.number("SELECT position FROM last").await;
    slow.commit().await.unwrap();
    let late =
        database.number("SELECT max(position) FROM meshauth_changes WHERE name LIKE '%1'").await;
    assert!(late < seen, "who remembers {seen} never asks for {late}");
}

async fn t_o02_a_standby_is_no_proof(database: &Database) {
    let start = a_desk(&database.store).await;
    // A server that says so: the function of this schema is found before its own.
    database
        .by_hand(
            "CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        )
        .await
        .unwrap();
    let standby = open_with(database, ",pg_catalog").await;
    assert_eq!(standby.snapshot().await.unwrap_err(), SqlError::Standby);
    assert_eq!(standby.changes_since(&start).await.unwrap_err(), SqlError::Standby);
    let read_only = open_with(database, "&options[default_transaction_read_only]=on").await;
    let changed =
        change(&read_only, async |change| change.create_group(group(5), None).await).await;
    assert_eq!(changed, Err(SqlError::Standby));
}

async fn two_moves_at_once_make_no_cycle(database: &Database) {
    change(&database.store, async |change| {
        change.create_group(group(1), None).await?;
        change.create_group(group(2), None).await
    })
    .await
    .unwrap();
    let mut first = database.store.begin_change().await.unwrap();
    first.move_group(group(1), Some(group(2))).await.unwrap();
    let store = database.store.clone();
    let second = tokio::spawn(async move {
        change(&store, async |change| change.move_group(group(2), Some(group(1))).await).await
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!second.is_finished(), "it waits for the first one");
    first.commit(&a_record()).await.unwrap();
    assert_eq!(second.await.unwrap(), Err(SqlError::Refused(Refusal::Cycle)));
}

async fn a_move_as_of_an_earlier_moment_is_refused(database: &Database) {
    change(&database.store, async |change| {
        change.create_group(group(1), None).await?;
        change.create_group(group(2), None).await
    })
    .await
    .unwrap();
    let mut by_hand = database.store.write().await.unwrap();
    execute_in(
        &mut by_hand,
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM meshauth_groups",
    )
    .await
    .unwrap();
    change(&database.store, async |change| change.move_group(group(1), Some(group(2))).await)
        .await
        .unwrap();
    let moved = "UPDATE meshauth_groups SET owner = 'groups/00000000000000000000000001' \
                 WHERE name = 'groups/00000000000000000000000002'";
    execute_in(&mut by_hand, moved).await.unwrap();
    assert_eq!(by_hand.commit().await, Err(SqlError::Conflict));
}

async fn a_change_is_announced_when_it_is_committed(database: &Database) {
    let (server, _) = database.schema();
    let mut listener = sqlx::postgres::PgListener::connect(server).await.unwrap();
    let schema = database.schema().1;
    listener.listen("meshauth_changes").await.unwrap();
    let by = async |listener: &mut sqlx::postgres::PgListener| {
        // Other tests announce on the same channel, so the backend is not looked at.
        tokio::time::timeout(Duration::from_secs(5), listener.recv()).await.unwrap().unwrap()
    };
    a_desk(&database.store).await;
    assert_eq!(by(&mut listener).await.channel(), "meshauth_changes");
    database.by_hand(&format!("DELETE FROM {schema}.meshauth_entities")).await.unwrap();
    assert_eq!(by(&mut listener).await.channel(), "meshauth_changes");
}

async fn t_o12_a_service_cannot_change_the_directory(database: &Database) {
    a_desk(&database.store).await;
    let key = "'\\x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'";
    let (root, entity) =
        ("groups/00000000000000000000000001", "api_users/00000000000000000000000001");
    database
        .by_hand(&format!(
            "INSERT INTO meshauth_credentials VALUES ({key}, '{entity}', 'x', NULL, NULL, 0)"
        ))
        .await
        .unwrap();
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let used = format!(
        "INSERT INTO meshauth_last_used VALUES ({key}, 0)
        ON CONFLICT (digest) DO UPDATE SET hour = excluded.hour"
    );
    as_role(database, "meshauth_service", &used).await.unwrap();
    as_role(database, "meshauth_service", &used).await.unwrap();
    let changes = [
        format!("INSERT INTO meshauth_grants VALUES ('{entity}', '{root}', 7)"),
        "INSERT INTO meshauth_groups VALUES ('groups/00000000000000000000000009', NULL)".to_owned(),
        "UPDATE meshauth_entities SET state = 'INACTIVE'".to_owned(),
        "DELETE FROM meshauth_credentials".to_owned(),
    ];
    let past_the_triggers = [
        "DELETE FROM meshauth_changes",
        "INSERT INTO meshauth_changes (kind, name) VALUES ('GROUP', 'x')",
        "UPDATE meshauth_position SET position = 0",
        "DELETE FROM meshauth_group_paths",
        "UPDATE meshauth_records SET actor = 'x'",
        "DELETE FROM meshauth_records",
        "INSERT INTO meshauth_records (position, actor, action, at) VALUES (1, 'x', 'x', 0)",
        "UPDATE meshauth_schema SET version = 2",
        "SELECT meshauth_log('GROUP', 'x')",
    ];
    for role in ["meshauth_reader", "meshauth_service"] {
        for sql in changes.iter().map(String::as_str).chain(past_the_triggers) {
            assert_eq!(
                as_role(database, role, sql).await,
                Err(SqlError::Forbidden),
                "{role}: {sql}"
            );
        }
        as_role(database, role, "SELECT digest FROM meshauth_credentials").await.unwrap();
    }
    assert_eq!(as_role(database, "meshauth_reader", &used).await, Err(SqlError::Forbidden));
    let before = database.store.snapshot().await.unwrap().position;
    for sql in &changes {
        as_role(database, "meshauth_administrator", sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert!(before.number() + 4 == database.store.snapshot().await.unwrap().position.number());
    for sql in past_the_triggers {
        let refused = as_role(database, "meshauth_administrator", sql).await;
        assert_eq!(refused, Err(SqlError::Forbidden), "{sql}");
    }
    // A table that is put before ours is not the one that the triggers write.
    let shadow = "CREATE TEMPORARY TABLE meshauth_changes (LIKE meshauth_changes INCLUDING ALL);
        UPDATE meshauth_entities SET state = 'ACTIVE'; DROP TABLE pg_temp.meshauth_changes";
    let before = database.store.snapshot().await.unwrap().position;
    as_role(database, "meshauth_administrator", shadow).await.unwrap();
    assert_eq!(database.changes(&before).await.entities.len(), 2);
}

async fn the_roles_are_enough_for_what_they_are_for(database: &Database) {
    a_desk(&database.store).await;
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let as_login = async |role: &str| open_with(database, &format!("&options[role]={role}")).await;
    let administrator = as_login("meshauth_administrator").await;
    let position = change(&administrator, async |change| {
        change.create_group(group(3), Some(group(2))).await?;
        change.move_group(group(3), Some(group(1))).await?;
        change.create_entity(bot(3), group(3), EntityState::Active).await?;
        change.grant(bot(3), role(1, 3)).await
    })
    .await
    .unwrap();
    for reader in ["meshauth_reader", "meshauth_service"] {
        let store = as_login(reader).await;
        assert_eq!(store.snapshot().await.unwrap().position, position);
        let since = store.changes_since(&position).await.unwrap();
        assert!(matches!(since, ChangesSince::Changes(_)));
        let changed =
            change(&store, async |change| change.create_group(group(4), None).await).await;
        assert_eq!(changed, Err(SqlError::Forbidden));
    }
}

async fn several_processes_migrate_at_once(database: &Database) {
    let stores =
        [database.open_again().await, database.open_again().await, database.open_again().await];
    let (_, schema) = database.schema();
    database
        .by_hand(&format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    let tasks = stores.map(|store| tokio::spawn(async move { store.migrate().await }));
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    a_desk(&database.store).await;
}

async fn a_migration_that_was_edited_is_refused(database: &Database) {
    database.by_hand("UPDATE meshauth_migrations SET checksum = '\\x00'").await.unwrap();
    let changed = SqlError::Schema(crate::error::SchemaError::Changed(1));
    assert_eq!(database.store.migrate().await, Err(changed));
}

async fn a_service_may_keep_its_own_migrations_beside_it(database: &Database) {
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema::regnamespace \
                  AND relkind IN ('r', 'v', 'S', 'm') AND relname NOT LIKE 'meshauth\\_%'";
    assert_eq!(database.texts(tables).await.join(" "), "");
}
