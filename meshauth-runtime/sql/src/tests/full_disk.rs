//! A disk that is full, and a server that takes no changes: what is known stays known, what was
//! acknowledged is there, and it goes on by itself.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use meshauth_runtime::GroupName;
use tokio::{sync::Mutex, time};

use super::{log::a_desk, needs::needed, replica::until, *};
use crate::{
    Administration,
    error::{Outage, SqlError},
    replica::Replica,
};

/// One database at a time fills it.
static ONE: Mutex<()> = Mutex::const_new(());

fn small_disk() -> Option<PathBuf> {
    needed("MESHAUTH_SMALL_DISK", "a disk that is full is left out").map(PathBuf::from)
}

/// Takes all that is free, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn on(disk: &Path) -> Self {
        let path = disk.join("ballast");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// Makes groups until one is refused, and says which were made, and why no more.
async fn fill(database: &Database) -> (Vec<GroupName>, SqlError) {
    let mut made = Vec::new();
    for name in 100..20_000 {
        let create = async |change: &mut crate::change::Change| {
            change.create_group(group(name), Some(group(1))).await
        };
        match change(&database.store, create).await {
            Ok(_) => made.push(group(name)),
            Err(error) => return (made, error),
        }
    }
    panic!("the disk is never full");
}

async fn groups(database: &Database) -> Vec<GroupName> {
    let groups = database.texts("SELECT name FROM meshauth_groups ORDER BY name").await;
    groups.iter().map(|name| name.parse().unwrap()).collect()
}

async fn a_full_disk_loses_nothing_that_was_acknowledged(database: &Database, disk: &Path) {
    a_desk(&database.store).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view();
    let knows = |name: GroupName| {
        use futures_util::FutureExt as _;
        meshauth_runtime::Directory::group(view, name).now_or_never().unwrap().is_ok()
    };
    let ballast = Ballast::on(disk);
    let (made, error) = fill(database).await;
    let code = if database.is_sqlite() { "13" } else { "53100" };
    assert_eq!(error, SqlError::Unreachable(Outage::Code(code.to_owned())));
    // Nothing ages: what is read needs no place.
    time::sleep(Duration::from_secs(3)).await;
    assert!(view.age().unwrap() < Duration::from_secs(2), "{:?}", view.age());
    let acknowledged = [&[group(1), group(2)], &made[..]].concat();
    assert_eq!(groups(database).await, acknowledged);
    for name in &acknowledged {
        assert!(knows(*name), "{name}");
    }
    let administration = Administration::in_store(database.store.clone());
    assert_eq!(administration.check().await.unwrap(), []);
    let still = change(&database.store, async |change| change.create_group(group(7), None).await);
    assert_eq!(still.await.unwrap_err(), error);
    // With place again, the same connections go on.
    drop(ballast);
    change(&database.store, async |change| change.create_group(group(7), None).await)
        .await
        .unwrap();
    until("a change with place again", || knows(group(7))).await;
    assert_eq!(administration.check().await.unwrap(), []);
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_that_was_acknowledged_on_sqlite() {
    let (Some(disk), _one) = (small_disk(), ONE.lock().await) else { return };
    let folder = tempfile::tempdir_in(&disk).unwrap();
    let database = Database::in_folder(folder).await;
    a_full_disk_loses_nothing_that_was_acknowledged(&database, &disk).await;
    database.remove_it().await;
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    /// A server that keeps its tables on the small disk.
    fn server() -> Option<String> {
        needed("MESHAUTH_POSTGRES_SMALL_DISK", "PostgreSQL on a disk that is full is left out")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_loses_nothing_that_was_acknowledged_on_postgres() {
        let (Some(disk), Some(server)) = (small_disk(), server()) else { return };
        let _one = ONE.lock().await;
        let database = Database::at_server(server).await;
        a_full_disk_loses_nothing_that_was_acknowledged(&database, &disk).await;
        database.remove().await;
    }

    /// As managed servers do when their disk is nearly full.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_takes_no_changes_is_followed_and_goes_on_by_itself() {
        let Some(server) = server() else { return };
        let _one = ONE.lock().await;
        let database = Database::at_server(server.clone()).await;
        a_desk(&database.store).await;
        let replica = Replica::start(database.source()).await.unwrap();
        let pool = sqlx::PgPool::connect(&server).await.unwrap();
        let create = |name| {
            let store = database.store.clone();
            async move {
                change(&store, async |change| change.create_group(group(name), None).await).await
            }
        };
        let set = |sql: &'static str| sqlx::raw_sql(sql).execute(&pool);
        set("ALTER SYSTEM SET default_transaction_read_only = on").await.unwrap();
        set("SELECT pg_reload_conf()").await.unwrap();
        time::sleep(Duration::from_secs(3)).await;
        assert_eq!(create(8).await.unwrap_err(), SqlError::Standby);
        assert!(replica.view().age().unwrap() < Duration::from_secs(2));
        let another = Replica::start(database.source()).await.unwrap();
        assert_eq!(another.view().age().map(|age| age < Duration::from_secs(2)), Some(true));
        set("ALTER SYSTEM RESET default_transaction_read_only").await.unwrap();
        set("SELECT pg_reload_conf()").await.unwrap();
        time::sleep(Duration::from_millis(300)).await;
        create(9).await.unwrap();
        drop((replica, another));
        database.remove().await;
    }
}
