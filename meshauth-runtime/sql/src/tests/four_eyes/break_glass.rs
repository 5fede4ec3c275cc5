//! When nobody can get in any more.

use super::*;

on_each_database! {
    a_broken_glass_lets_one_user_in_for_an_hour,
}

async fn a_broken_glass_lets_one_user_in_for_an_hour(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    // Nobody can get in.
    database.by_hand("UPDATE meshauth_entities SET state = 'INACTIVE'").await.unwrap();
    let broken = administration.break_glass(group(1)).await.unwrap();
    assert_eq!(broken.roles(), [number(ADMIN), number(TRADER)]);
    let again = administration.break_glass(group(1)).await.map(drop);
    assert_eq!(again, Err(AdministrationError::GlassIsBroken(broken.entity())));
    assert_eq!(
        administration.break_glass(group(2)).await.map(drop),
        Err(AdministrationError::NoRoot)
    );
    let nowhere = administration.break_glass(group(99)).await.map(drop);
    assert_eq!(nowhere, Err(AdministrationError::NotFound));
    let records = database
        .texts("SELECT actor || ' ' || action FROM meshauth_records ORDER BY id DESC LIMIT 1")
        .await;
    assert_eq!(records, ["the holder of the database directory.break_glass"]);
    // What it changes does not wait, and the record says so.
    done(administration.activate(by(broken.entity(), 1), person(1)).await);
    let records =
        database.texts("SELECT after FROM meshauth_records ORDER BY id DESC LIMIT 1").await;
    assert!(records[0].contains(r#""glass_is_broken":true"#), "{records:?}");
    // After the hour its key is over and what it proposes waits; the next one takes its place.
    let entity = |world: &meshauth_runtime::World| {
        world.entities().iter().find(|entity| entity.name() == broken.entity()).unwrap().clone()
    };
    let held = entity(&database.store.snapshot().await.unwrap().world);
    let (_, validity) = held.credentials().next().unwrap();
    assert!(validity.contains(broken.until() - Duration::from_secs(1)));
    assert!(!validity.contains(broken.until()));
    database.by_hand("UPDATE meshauth_break_glass SET until = 1").await.unwrap();
    proposed(administration.activate(by(broken.entity(), 1), person(2)).await);
    let next = administration.break_glass(group(1)).await.unwrap();
    assert_ne!(next.entity(), broken.entity());
    let before = entity(&database.store.snapshot().await.unwrap().world);
    assert_eq!(before.state(), EntityState::Inactive);
    assert_eq!(format!("{:?}", broken.key()), "IssuedKey(redacted)");
}
