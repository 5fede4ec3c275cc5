//! What a page of a list costs whose rows are narrowed in the database: 100 of 1,000,000 rows, with one
//! in a thousand in the scope, and with half of them.
//!
//! ```sh
//! cargo bench -p meshauth-sql --bench lists
//! .ci/postgres cargo bench -p meshauth-sql --bench lists
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints a table")]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt as _;
use meshauth_runtime::{Authoriser, GroupName, Read, Scope, SystemAccess, SystemTask};
use meshauth_sql::{
    OwnedTable, OwnerColumn, PostgresDirectory, Reach, ScopedQuery as _, SqliteDirectory,
};
use sqlx::{AssertSqlSafe, PgPool, QueryBuilder, Row as _, SqlitePool};

const ACCOUNT: OwnedTable = OwnedTable::new("account", OwnerColumn::new("owner"));
static LISTS: SystemTask<Read> = SystemTask::new("lists", "a bench");

const ROWS: u32 = 1_000_000;
const GROUPS: u32 = 1000;
const PAGE: usize = 100;
const ROUNDS: usize = 31;

/// The root is above two groups, each above half of the leaves, which own all rows.
const ROOT: u128 = 1;
const HALF: u128 = 2;
const OTHER_HALF: u128 = 3;
const FIRST_LEAF: u128 = 10;

fn group(ulid: u128) -> GroupName {
    GroupName::from_ulid(ulid)
}

/// Groups and rows. Rows are in no order of their owners.
fn rows(numbers: &str) -> String {
    let mut groups = format!("('{}', NULL)", group(ROOT));
    for half in [HALF, OTHER_HALF] {
        let _ = write!(groups, ", ('{}', '{}')", group(half), group(ROOT));
    }
    for leaf in 0..u128::from(GROUPS) {
        let half = if leaf % 2 == 0 { HALF } else { OTHER_HALF };
        let _ = write!(groups, ", ('{}', '{}')", group(FIRST_LEAF + leaf), group(half));
    }
    let leaf = format!("leaf.name = (CAST(n AS bigint) * 7919) % {GROUPS}");
    format!(
        "INSERT INTO meshauth_groups VALUES {groups};
         CREATE TABLE leaf (name bigint PRIMARY KEY, owner text NOT NULL);
         CREATE TABLE account (name bigint PRIMARY KEY, owner text NOT NULL, title text NOT NULL);
         INSERT INTO leaf VALUES {};
         INSERT INTO account SELECT n, leaf.owner, 'an account' FROM {numbers} JOIN leaf ON {leaf};
         CREATE INDEX account_owner ON account (owner, name);
         ANALYZE",
        (0..u128::from(GROUPS))
            .map(|leaf| format!("({leaf}, '{}')", group(FIRST_LEAF + leaf)))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// The median of some turns.
async fn timed(mut turn: impl AsyncFnMut() -> usize, rows: usize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        assert_eq!(turn().await, rows);
        times.push(started.elapsed());
    }
    times.sort();
    times[ROUNDS / 2]
}

macro_rules! compare {
    ($database:ty, $reach:ident, $name:literal, $pool:expr, $access:expr) => {{
        let pool = $pool;
        let unscoped = timed(
            async || {
                let page = "SELECT name, owner, title FROM account WHERE name > $1 ORDER BY name LIMIT 100";
                sqlx::query(page).bind(500_i64).fetch_all(pool).await.unwrap().len()
            },
            PAGE,
        )
        .await;
        for (what, executing) in [("one in a thousand", FIRST_LEAF), ("half", HALF), ("all", ROOT)] {
            let access: SystemAccess<Read> = $access(executing).await;
            let scope: &Scope<Read> = access.scope();
            let asked = timed(
                async || {
                    Reach::$reach(pool, scope, ACCOUNT).await.unwrap();
                    PAGE
                },
                PAGE,
            )
            .await;
            let reach = Reach::$reach(pool, scope, ACCOUNT).await.unwrap();
            let scoped = timed(
                async || {
                    let mut query = QueryBuilder::<$database>::new("SELECT name, owner, title FROM ");
                    query.push_page(scope, ACCOUNT, reach).push(" WHERE name > ").push_bind(500_i64);
                    query.push(" ORDER BY name LIMIT 100");
                    query.build().fetch_all(pool).await.unwrap().len()
                },
                PAGE,
            )
            .await;
            // By hand: each row is read with the path of its owner, until the page is full.
            let below = "SELECT below FROM meshauth_group_paths WHERE above = $1";
            let filtered = timed(
                async || {
                    let below = sqlx::query_scalar::<_, String>(below);
                    let below = below.bind(scope.group().to_string()).fetch_all(pool).await.unwrap();
                    let below: std::collections::HashSet<String> = below.into_iter().collect();
                    let all = "SELECT name, owner, title FROM account WHERE name > $1 ORDER BY name";
                    let mut rows = sqlx::query(all).bind(500_i64).fetch(pool);
                    let mut page = Vec::new();
                    while page.len() < PAGE
                        && let Some(row) = rows.try_next().await.unwrap()
                    {
                        if below.contains(row.get::<&str, _>(1)) {
                            page.push(row);
                        }
                    }
                    page.len()
                },
                PAGE,
            )
            .await;
            println!(
                "| {} | {what} | {unscoped:.0?} | {asked:.0?} | {scoped:.0?} | {:.2} | {filtered:.0?} | {:.0} |",
                $name,
                scoped.as_secs_f64() / unscoped.as_secs_f64(),
                filtered.as_secs_f64() / scoped.as_secs_f64(),
            );
        }
    }};
}

#[tokio::main]
async fn main() {
    println!(
        "| database | in the scope | unscoped | its reach asked | scoped | to unscoped | filtered in Rust | to scoped |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mesh.db");
    let directory = SqliteDirectory::open(&file).await.unwrap();
    let pool = SqlitePool::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let numbers = format!(
        "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS}) SELECT n FROM n)"
    );
    sqlx::raw_sql(AssertSqlSafe(rows(&numbers))).execute(&pool).await.unwrap();
    // As it is once the rows have been there for a while.
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&pool).await.unwrap();
    let authoriser = Authoriser::new(directory);
    compare!(sqlx::Sqlite, in_sqlite, "SQLite", &pool, async |ulid| access(&authoriser, ulid)
        .await);

    let Ok(server) = std::env::var("MESHAUTH_POSTGRES") else {
        println!("PostgreSQL is left out: MESHAUTH_POSTGRES names no server");
        return;
    };
    PostgresDirectory::migrate(&server).await.unwrap();
    let authoriser = Authoriser::new(PostgresDirectory::connect(&server).await.unwrap());
    let pool = PgPool::connect(&server).await.unwrap();
    let numbers = format!("generate_series(1, {ROWS}) AS n");
    sqlx::raw_sql(AssertSqlSafe(rows(&numbers))).execute(&pool).await.unwrap();
    // As it does by itself after a while.
    sqlx::raw_sql("VACUUM ANALYZE").execute(&pool).await.unwrap();
    compare!(sqlx::Postgres, in_postgres, "PostgreSQL", &pool, async |ulid| access(
        &authoriser,
        ulid
    )
    .await);
}

/// Once the copy knows of the group.
async fn access(authoriser: &Authoriser, executing: u128) -> SystemAccess<Read> {
    loop {
        match authoriser.system(&LISTS, group(executing)).await {
            Ok(access) => return access,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
