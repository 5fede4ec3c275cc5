//! A standby takes the place of its primary, and lacks the last changes.

use std::time::{Duration, Instant};

use meshauth_runtime::{Collections, Miss};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::time;

use super::{
    database::in_schema,
    log::a_desk,
    needs::needed,
    outages::Network,
    replica::{add_key, found, until},
    *,
};
use crate::{
    replica::Replica,
    store::{Source, Store},
};

/// The standby that is promoted.
struct Spare {
    url: String,
    pool: PgPool,
}

impl Spare {
    async fn find() -> Option<Self> {
        let url = needed("MESHAUTH_POSTGRES_SPARE", "a failover is left out")?;
        let pool = PgPool::connect(&url).await.unwrap();
        assert!(Self::is(&pool, "pg_is_in_recovery()").await, "it was promoted before");
        Some(Self { url, pool })
    }

    async fn is(pool: &PgPool, what: &str) -> bool {
        let asked = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {what}")));
        asked.fetch_one(pool).await.unwrap()
    }

    async fn until(&self, what: &str) {
        let began = Instant::now();
        while !Self::is(&self.pool, what).await {
            assert!(began.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
            time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn execute(&self, sql: &'static str) {
        let _done = sqlx::raw_sql(sql).execute(&self.pool).await.unwrap();
    }

    /// It has all that its primary has now.
    async fn catches_up_with(&self, schema: &str) {
        let keys = format!(
            "EXISTS (SELECT FROM pg_tables WHERE schemaname = '{schema}' \
             AND tablename = 'meshauth_credentials')"
        );
        self.until(&keys).await;
        self.until(&format!("EXISTS (SELECT FROM {schema}.meshauth_credentials)")).await;
    }

    /// From now on it learns nothing.
    async fn is_cut_off(&self) {
        self.execute("ALTER SYSTEM SET primary_conninfo = ''").await;
        self.execute("SELECT pg_reload_conf()").await;
        self.until("NOT EXISTS (SELECT FROM pg_stat_wal_receiver)").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_o03_a_failover_that_loses_the_last_changes_is_another_history() {
    let Some(database) = Database::postgres().await else { return };
    let Some(spare) = Spare::find().await else { return };
    a_desk(&database.store).await;
    add_key(&database, 9).await;
    let (network, url) = Network::before(&database).await;
    let replica = Replica::start(Source::server(url, Collections::new())).await.unwrap();
    let view = replica.view();
    spare.catches_up_with(database.schema().1).await;
    spare.is_cut_off().await;
    // The change that is lost, and was seen before.
    add_key(&database, 8).await;
    until("the key that is lost", || found(view, 8).is_ok()).await;

    spare.execute("SELECT pg_promote()").await;
    spare.until("NOT pg_is_in_recovery()").await;
    let promoted = in_schema(&spare.url, database.schema().1);
    let promoted = Store::connect_postgres(&promoted).await.unwrap();
    // As many changes as were lost, so that the numbers are the same ones.
    replica::add_key_in(&promoted, 7).await;
    network.lead_to(&spare.url);
    until("what happened since", || found(view, 7).is_ok()).await;
    assert_eq!(found(view, 8).unwrap_err(), Miss::Unknown, "nobody acknowledges it any more");
    assert!(found(view, 9).is_ok());
    assert!(view.age().unwrap() < Duration::from_secs(2));
    // It follows the one that was promoted.
    replica::add_key_in(&promoted, 6).await;
    until("what comes then", || found(view, 6).is_ok()).await;
    drop(replica);
    promoted.close().await;
    database.remove().await;
}
