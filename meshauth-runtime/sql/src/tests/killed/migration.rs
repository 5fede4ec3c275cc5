//! `kill -9` within a migration: all of it is there, or nothing, and the next one makes it whole.

use super::*;
use crate::{SchemaError, SqlError};

/// What the process that is killed is told: an empty database.
const EMPTY: &str = "MESHAUTH_KILLED_EMPTY";

/// The process that is killed. Without what it is told it is a test that does nothing.
#[tokio::test]
async fn child() {
    let Ok(place) = env::var(EMPTY) else { return };
    let store = source_of(&place).open().await.unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "it begins").unwrap();
    out.flush().unwrap();
    store.migrate().await.unwrap();
}

on_each_database! {
    t_o06_a_migration_is_there_as_a_whole_or_not_at_all,
}

async fn t_o06_a_migration_is_there_as_a_whole_or_not_at_all(database: &Database) {
    let (kills, mut random) = (setting("MESHAUTH_KILLS", 4) * 3, Random(7));
    let (mut missing, mut whole) = (0, 0);
    for _ in 0..kills {
        let killed = database.another_empty().await;
        kill_after(&killed.address(), Duration::from_micros(random.below(30_000)));
        let store = killed.open_again().await;
        match store.check_schema().await {
            Ok(()) => whole += 1,
            Err(SqlError::Schema(SchemaError::Missing)) => missing += 1,
            Err(error) => panic!("{error}"),
        }
        // Whatever it left, the next one finds its way.
        store.migrate().await.unwrap();
        let administration = Administration::in_store(store.clone());
        Kind::UnderFourEyes.found(&administration).await;
        assert_eq!(administration.check().await.unwrap(), []);
        store.close().await;
        killed.remove_it().await;
    }
    println!("{kills} kills within a migration: {missing} left nothing, {whole} all of it");
}

fn kill_after(address: &str, time: Duration) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "tests::killed::migration::child", "--nocapture"])
        .env(EMPTY, address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let begins = lines.map_while(Result::ok).any(|line| line.contains("it begins"));
    assert!(begins, "it opens the database");
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}
