//! Who breaks the glass is heard in every process.

use std::time::Duration;

use tokio::time;

use super::*;
use crate::{replica::Replica, tests::logged::Logged};

/// What the processes of a fleet have written of a broken glass.
async fn lines(logged: &Logged, expected: usize) -> Vec<String> {
    for _ in 0..500 {
        if logged.with("glass").len() >= expected {
            break;
        }
        time::sleep(Duration::from_millis(10)).await;
    }
    // Nobody says it twice.
    time::sleep(Duration::from_millis(1500)).await;
    logged.with("glass")
}

async fn a_broken_glass_is_in_the_log_of_every_process(database: &Database) {
    let logged = Logged::begin();
    let office = Office::open(database, of_people(2)).await;
    let copy = Replica::start(database.source()).await.unwrap();
    let direct = database.direct().connect().await.unwrap();
    office.administration.deactivate(by(person(1), 1), person(2)).await.unwrap();
    assert_eq!(lines(&logged, 1).await, [""; 0]);
    // By the process that does it, by one with a copy, and by one without.
    let broken = office.administration.break_glass(group(1)).await.unwrap();
    let line = format!(
        "ERROR message=the glass is broken: this user is let in for an hour entity={} root={}",
        broken.entity(),
        group(1),
    );
    assert_eq!(lines(&logged, 3).await, vec![line.clone(); 3]);
    drop((copy, direct));
    // One that is started within the hour says so too, and no other change makes it say so again.
    let _copy = Replica::start(database.source()).await.unwrap();
    assert_eq!(lines(&logged, 4).await, vec![line.clone(); 4]);
    office.administration.deactivate(by(person(1), 1), person(3)).await.unwrap();
    assert_eq!(lines(&logged, 5).await, vec![line.clone(); 4]);
    // After the hour, nobody does.
    database.by_hand("UPDATE meshauth_break_glass SET until = 1").await.unwrap();
    let _another = Replica::start(database.source()).await.unwrap();
    assert_eq!(lines(&logged, 5).await, vec![line; 4]);
}

/// On one thread, as the lines are those of a thread.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_broken_glass_is_in_the_log_of_every_process_on_sqlite() {
    a_broken_glass_is_in_the_log_of_every_process(&Database::sqlite().await).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_broken_glass_is_in_the_log_of_every_process_on_postgres() {
    let Some(database) = Database::postgres().await else { return };
    a_broken_glass_is_in_the_log_of_every_process(&database).await;
    database.remove().await;
}
