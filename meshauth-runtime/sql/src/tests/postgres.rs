//! What only PostgreSQL has: writers at the same time, roles, notifications, standbys.

use std::time::Duration;

use sqlx::{Postgres, QueryBuilder};

use super::{
    database::{Pool, execute_in},
    log::a_desk,
    needs::needed,
    *,
};
use crate::{
    OwnedTable, OwnerColumn, OwnersArray, Reach, ScopedQuery as _,
    error::{Refusal, SqlError},
    store::Store,
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

pub(super) use on_postgres;

/// The same schema, with this after the address.
pub(super) async fn open_with(database: &Database, parameters: &str) -> Store {
    let (server, schema) = database.schema();
    let url = format!("{server}?options[search_path]={schema}{parameters}");
    Store::connect_postgres(&url).await.unwrap()
}

on_postgres! {
    t_o01_a_sequence_would_lose_the_slower_change,
    t_o02_a_standby_is_no_proof,
    two_moves_at_once_make_no_cycle,
    a_move_as_of_an_earlier_moment_is_refused,
    a_change_is_announced_when_it_is_committed,
    several_processes_migrate_at_once,
    a_migration_that_was_edited_is_refused,
    a_service_may_keep_its_own_migrations_beside_it,
    rows_that_keep_their_path_as_an_array_are_narrowed_by_it,
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
    if let Some(server) = needed("MESHAUTH_POSTGRES_STANDBY", "a real standby is left out") {
        let standby = Store::connect_postgres(&server).await.unwrap();
        assert_eq!(standby.snapshot().await.unwrap_err(), SqlError::Standby);
        assert_eq!(standby.changes_since(&start).await.unwrap_err(), SqlError::Standby);
        assert_eq!(standby.migrate().await.unwrap_err(), SqlError::Standby);
    }
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

async fn rows_that_keep_their_path_as_an_array_are_narrowed_by_it(database: &Database) {
    const COLUMNS: OwnersArray = OwnerColumn::new("owner").with_owners("owners");
    const ORDERS: OwnedTable<OwnersArray> = OwnedTable::new("orders", COLUMNS);
    scope::accounts(database).await;
    // As a service writes it that keeps the path with each row.
    let table = "CREATE TABLE orders AS SELECT name, owner, ARRAY(
            SELECT above::text FROM meshauth_group_paths WHERE below = owner ORDER BY depth DESC
        ) AS owners FROM account;
        CREATE INDEX orders_owners ON orders USING gin (owners);
        CREATE INDEX orders_owner ON orders (owner);
        INSERT INTO orders SELECT 'more/' || n, 'none', ARRAY['none'] FROM generate_series(1, 20000) AS n;
        ANALYZE orders";
    database.by_hand(table).await.unwrap();
    let accounts = scope::all(database).await;
    let Pool::Postgres(pool) = database.pool() else { panic!("it runs on PostgreSQL") };
    for executing in 1..=7 {
        let (read, write) =
            (scope::reads(database, executing).await, scope::writes(database, executing).await);
        let mut seen = QueryBuilder::<Postgres>::new("SELECT name FROM ");
        seen.push_scoped(read.scope(), ORDERS).push(" ORDER BY name");
        let seen: Vec<String> = seen.build_query_scalar().fetch_all(pool).await.unwrap();
        let expected = accounts.iter().filter(|account| read.scope().contains(*account));
        assert_eq!(seen, expected.map(|account| account.name.as_str()).collect::<Vec<_>>());
        for reach in [Reach::Few, Reach::Many] {
            let mut page = QueryBuilder::<Postgres>::new("SELECT name FROM ");
            page.push_page(read.scope(), ORDERS, reach).push(" ORDER BY name LIMIT 100");
            let page: Vec<String> = page.build_query_scalar().fetch_all(pool).await.unwrap();
            assert_eq!(page, seen);
        }
        let mut touched = QueryBuilder::<Postgres>::new("UPDATE orders SET name = name WHERE ");
        touched.push_scope(write.scope(), COLUMNS).push(" RETURNING name");
        let mut touched: Vec<String> = touched.build_query_scalar().fetch_all(pool).await.unwrap();
        touched.sort();
        let expected = accounts.iter().filter(|account| write.scope().contains(*account));
        assert_eq!(touched, expected.map(|account| account.name.as_str()).collect::<Vec<_>>());
    }
    let read = scope::reads(database, 6).await;
    let mut plan = QueryBuilder::<Postgres>::new("EXPLAIN SELECT name FROM ");
    plan.push_scoped(read.scope(), ORDERS);
    let plan: Vec<String> = plan.build_query_scalar().fetch_all(pool).await.unwrap();
    assert!(plan.concat().contains("orders_owners"), "{plan:#?}");
}
