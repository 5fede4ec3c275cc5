//! Every test runs on SQLite, and on PostgreSQL where `MESHAUTH_POSTGRES` names a server.

mod database;
mod errors;
mod history;
mod log;
mod records;
mod replica;
mod rules;
mod size;
mod tree;

#[cfg(feature = "postgres")]
mod outages;
#[cfg(feature = "postgres")]
mod postgres;

use database::{Database, a_record, change, group, role};

/// One test on each database.
macro_rules! on_each_database {
    ($(async fn $name:ident($database:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($database: &Database) $body

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
