//! Every test runs on SQLite, and on PostgreSQL where `MESHAUTH_POSTGRES` names a server. What some
//! need besides, `.ci/postgres` tells, and `MESHAUTH_FAKETIME` is the library of faketime.

mod administration;
mod clock;
mod contract;
mod database;
mod direct;
mod edits;
mod errors;
mod follow;
mod four_eyes;
mod full_disk;
mod history;
mod killed;
mod log;
mod logged;
mod needs;
mod paths;
mod records;
mod replica;
mod rules;
mod scope;
mod size;
mod tree;
mod uses;

#[cfg(feature = "postgres")]
mod failover;
#[cfg(feature = "postgres")]
mod outages;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod roles;
#[cfg(feature = "postgres")]
mod row_security;

use database::{Database, a_record, change, done, group, issued, role};

/// These functions as tests, on each database.
macro_rules! on_each_database {
    ($($name:ident,)*) => {$(
        mod $name {
            use super::{Database, $name as run};

            #[cfg(feature = "sqlite")]
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(&Database::sqlite().await).await;
            }

            #[cfg(feature = "postgres")]
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(database) = Database::postgres().await else { return };
                run(&database).await;
                database.remove().await;
            }
        }
    )*};
}
use on_each_database;
