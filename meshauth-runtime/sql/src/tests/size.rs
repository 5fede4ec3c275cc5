//! Large directories. `MESHAUTH_SQL_SIZE=100000` sets how many groups and entities.

use std::{fmt::Write as _, time::Instant};

use super::*;

const DEPTH: u32 = 8;

/// Groups in trees that are eight deep, an entity in each with eight grants.
fn rows(size: u32, sqlite: bool) -> String {
    let mut sql = String::new();
    let mut insert = |table: &str, rows: &mut dyn Iterator<Item = String>| {
        let rows: Vec<String> = rows.collect();
        for rows in rows.chunks(5000) {
            writeln!(sql, "INSERT INTO meshauth_{table} VALUES {};", rows.join(",")).unwrap();
        }
    };
    let group = |number: u32| format!("'groups/{number:026}'");
    let owner = |number: u32| match number % DEPTH {
        0 => "NULL".to_owned(),
        _ => group(number - 1),
    };
    insert("groups", &mut (0..size).map(|n| format!("({},{})", group(n), owner(n))));
    let entity = |number: u32| format!("'api_users/{number:026}'");
    insert("entities", &mut (0..size).map(|n| format!("({},{},'ACTIVE')", entity(n), group(n))));
    let digest = |number: u32| {
        if sqlite { format!("x'{number:064}'") } else { format!("'\\x{number:064}'") }
    };
    insert(
        "credentials",
        &mut (0..size).map(|n| format!("({},{},'key',NULL,NULL,0)", digest(n), entity(n))),
    );
    insert(
        "grants",
        &mut (0..size).flat_map(|n| (0..8).map(move |nth| (n, nth))).map(|(n, nth)| {
            format!("({},{},{})", entity(n), group((n + nth * 7) % size), 1_000_000 + nth)
        }),
    );
    sql
}

on_each_database! {
    a_large_directory_is_read_whole,
}

async fn a_large_directory_is_read_whole(database: &Database) {
    let size = std::env::var("MESHAUTH_SQL_SIZE").map_or(2_000, |size| size.parse().unwrap());
    let started = Instant::now();
    database.by_hand(&rows(size, database.is_sqlite())).await.unwrap();
    let written = started.elapsed();
    let mut times = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        let snapshot = database.store.snapshot().await.unwrap();
        times.push(started.elapsed());
        let world = &snapshot.world;
        let size = usize::try_from(size).unwrap();
        assert_eq!((world.groups().len(), world.entities().len()), (size, size));
        assert!(world.entities().iter().all(|entity| entity.grants().iter().len() == 8));
        assert!(world.entities().iter().all(|entity| entity.credentials().len() == 1));
    }
    println!("{size} groups and entities: written in {written:?}, read in {times:?}");
    let crate::store::Snapshot { position: before, world } =
        database.store.snapshot().await.unwrap();
    let started = Instant::now();
    for entity in &world.entities()[..20] {
        let state = meshauth_runtime::EntityState::Inactive;
        change(&database.store, async |change| change.set_state(entity.name(), state).await)
            .await
            .unwrap();
    }
    let changed = started.elapsed() / 20;
    let started = Instant::now();
    assert_eq!(database.changes(&before).await.entities.len(), 20);
    println!("a change: {changed:?}, what 20 of them changed: {:?}", started.elapsed());
}
