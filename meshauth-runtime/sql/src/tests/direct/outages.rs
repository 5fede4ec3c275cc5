//! PostgreSQL out of reach, and back.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use meshauth_runtime::Collections;
use tokio::time;

use super::*;
use crate::{
    PostgresDirectory,
    error::SqlError,
    store::Source,
    tests::{
        database::{Pool, execute_in},
        outages::Network,
    },
};

/// Waits until a call is let in again.
async fn is_back(authoriser: &Authoriser) -> Duration {
    let began = Instant::now();
    while told(authoriser, &VERIFIED, 1, 2).await.is_some() {
        assert!(began.elapsed() < Duration::from_secs(10), "it does not come back");
        time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

async fn assert_unavailable(authoriser: &Authoriser) {
    for policy in [&READ, &VERIFIED, &PUBLIC] {
        for key in [1, 2, 200] {
            let denial = told(authoriser, policy, key, 2).await;
            assert_eq!(denial, Some(Denial::DirectoryUnavailable));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_k01_a_server_that_is_stopped_is_no_allow_and_is_found_again() {
    let Some(database) = Database::postgres().await else { return };
    with_desks(&database).await;
    let (network, url) = Network::before(&database).await;
    let directory = PostgresDirectory::direct(&url).max_connections(3).connect().await.unwrap();
    let directory = Arc::new(directory);
    let patient = Authoriser::builder(Arc::clone(&directory)).deadline(Duration::from_secs(30));
    let patient = patient.build();
    let hurried = Authoriser::builder(directory).deadline(Duration::from_millis(300)).build();
    assert_eq!(told(&patient, &VERIFIED, 1, 2).await, None);
    network.refuses.store(true, Ordering::SeqCst);
    network.cut.send_replace(());
    assert_unavailable(&hurried).await;
    network.refuses.store(false, Ordering::SeqCst);
    is_back(&patient).await;
    // One that was started anew between two calls: all connections are broken, and nobody feels it.
    for _ in 0..5 {
        let calls = (0..12).map(|_| told(&patient, &VERIFIED, 1, 2));
        let told = futures_util::future::join_all(calls).await;
        assert!(told.iter().all(Option::is_none), "{told:?}");
        network.cut.send_replace(());
        time::sleep(Duration::from_millis(50)).await;
    }
    // One whose packets are lost.
    network.loses.store(true, Ordering::SeqCst);
    assert_unavailable(&hurried).await;
    network.loses.store(false, Ordering::SeqCst);
    network.cut.send_replace(());
    is_back(&patient).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_k01_a_pool_in_which_all_connections_are_in_use_is_no_allow() {
    let Some(database) = Database::postgres().await else { return };
    with_desks(&database).await;
    let directory = database.direct().max_connections(2).connect().await.unwrap();
    let authoriser = Authoriser::builder(directory).deadline(Duration::from_millis(200)).build();
    assert_eq!(told(&authoriser, &VERIFIED, 1, 2).await, None);
    let store = database.open_again().await;
    let mut lock = store.write().await.unwrap();
    execute_in(&mut lock, "LOCK TABLE meshauth_schema IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let authoriser = authoriser.clone();
            tokio::spawn(async move { told(&authoriser, &VERIFIED, 1, 2).await })
        })
        .collect();
    for told in waiting {
        assert_eq!(told.await.unwrap(), Some(Denial::DirectoryUnavailable));
    }
    lock.commit().await.unwrap();
    is_back(&authoriser).await;
    store.close().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_o02_a_standby_decides_nothing() {
    let (Some(database), Ok(standby)) =
        (Database::postgres().await, std::env::var("MESHAUTH_POSTGRES_STANDBY"))
    else {
        return;
    };
    with_desks(&database).await;
    let url = format!("{standby}?options[search_path]={}", database.schema().1);
    let refused = PostgresDirectory::direct(&url).connect().await.map(drop).unwrap_err();
    assert!(matches!(refused, SqlError::Standby | SqlError::Schema(_)), "{refused}");
    // The server at the address of a directory becomes a standby: its statements are the same.
    let directory = database.direct().connect().await.unwrap();
    let store = Source::server(url, Collections::new()).open().await.unwrap();
    let began = Instant::now();
    while store.read().await.map(drop) != Err(SqlError::Standby) {
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    // What is there is replayed there.
    let count = "SELECT count(*) FROM meshauth_credentials";
    let Pool::Postgres(pool) = store.pool() else { panic!("a server is not a file") };
    while !sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.is_ok_and(|keys| keys == 5) {
        assert!(began.elapsed() < Duration::from_secs(10), "the standby does not follow");
        time::sleep(Duration::from_millis(5)).await;
    }
    let authoriser = Authoriser::new(directory.with_store(store));
    assert_unavailable(&authoriser).await;
    database.remove().await;
}
