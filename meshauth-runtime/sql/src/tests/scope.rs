//! The scope of a call in the statement that touches the rows.

use meshauth_runtime::{
    Authoriser, GroupName, Kind, MemoryDirectory, Read, Resource, Scope, SystemAccess, SystemTask,
    Write,
};
use sqlx::{QueryBuilder, Row as _};

use super::{database::Pool, *};
use crate::{OwnedTable, OwnerColumn, Reach, ScopedQuery as _};

static READS: SystemTask<Read> = SystemTask::new("reads", "these tests");
static WRITES: SystemTask<Write> = SystemTask::new("writes", "these tests");

pub(super) const OWNER: OwnerColumn = OwnerColumn::new("owner");
pub(super) const ACCOUNT: OwnedTable = OwnedTable::new("account", OWNER);

/// Runs a query on either database, and gives a column of the answer, which has another place in each.
/// It is built once for each, as its type is another one.
macro_rules! column {
    ($database:expr, $sqlite:literal, |$query:ident| $build:expr) => {
        match $database.pool() {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let mut $query = QueryBuilder::<sqlx::Sqlite>::new("");
                $build;
                let rows = $query.build().fetch_all(pool).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>($sqlite)).collect::<Vec<_>>()
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let mut $query = QueryBuilder::<sqlx::Postgres>::new("");
                $build;
                let rows = $query.build().fetch_all(pool).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>()
            }
        }
    };
}

macro_rules! query {
    ($database:expr, |$query:ident| $build:expr) => {
        column!($database, 0, |$query| $build)
    };
}

macro_rules! plan {
    ($database:expr, |$query:ident| $build:expr) => {
        column!($database, 3, |$query| $build).join("\n")
    };
}

on_each_database! {
    the_rows_of_a_scope_are_those_that_it_contains,
    t_g06_a_row_that_is_moved_between_check_and_statement_is_not_written,
    t_g06_a_group_that_is_moved_between_check_and_statement_shows_no_more,
    an_index_leads_to_the_rows_of_a_scope,
    a_scope_with_more_rows_than_are_sorted_at_once_reaches_many,
}

/// A row as the service keeps it, and the path that its owner has.
pub(super) struct Account {
    pub(super) name: String,
    owner: String,
    owners: Vec<String>,
}

impl Resource for Account {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn owners(&self) -> &[String] {
        &self.owners
    }
}

/// Groups 1 to 7: 1 above 2 and 3; 2 above 4 and 5; 5 above 6; 7 is another root.
const TREE: [(u128, Option<u128>); 7] =
    [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(2)), (5, Some(2)), (6, Some(5)), (7, None)];

/// Some accounts in each group of the tree.
pub(super) async fn accounts(database: &Database) {
    change(&database.store, async |change| {
        for (name, owner) in TREE {
            change.create_group(group(name), owner.map(group)).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let table =
        "CREATE TABLE account (name text PRIMARY KEY, owner text NOT NULL, kind text NOT NULL);
        CREATE INDEX account_owner ON account (owner);";
    let rows = (0..40).map(|nth| {
        let owner = group(u128::from(nth % 7 + 1u8));
        format!("('accounts/{nth:02}', '{owner}', '{}')", ["cash", "margin"][usize::from(nth % 2)])
    });
    let rows: Vec<_> = rows.collect();
    database
        .by_hand(&format!("{table} INSERT INTO account VALUES {}", rows.join(",")))
        .await
        .unwrap();
}

/// So many that an index is worth it: of 300 other groups, with 70 rows each.
pub(super) async fn more_accounts(database: &Database) {
    let (numbers, name, analyze) = if database.is_sqlite() {
        (
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 21000)",
            "printf('groups/%026d', n % 300 + 100)",
            "ANALYZE",
        )
    } else {
        (
            "WITH n AS (SELECT * FROM generate_series(1, 21000) AS n)",
            "'groups/' || lpad((n % 300 + 100)::text, 26, '0')",
            "ANALYZE account; ANALYZE meshauth_group_paths",
        )
    };
    let rows = format!(
        "INSERT INTO meshauth_groups {numbers} SELECT {name}, NULL FROM n WHERE n <= 300;
         INSERT INTO account {numbers} SELECT 'more/' || n, {name}, 'cash' FROM n; {analyze}"
    );
    database.by_hand(&rows).await.unwrap();
}

/// The access that is decided by the directory as it is now.
pub(super) async fn access<K: Kind>(
    database: &Database,
    task: &'static SystemTask<K>,
    executing: u128,
) -> SystemAccess<K> {
    let world = database.store.snapshot().await.unwrap().world;
    let authoriser = Authoriser::new(MemoryDirectory::new(world).unwrap());
    authoriser.system(task, group(executing)).await.unwrap()
}

pub(super) async fn reads(database: &Database, executing: u128) -> SystemAccess<Read> {
    access(database, &READS, executing).await
}

pub(super) async fn writes(database: &Database, executing: u128) -> SystemAccess<Write> {
    access(database, &WRITES, executing).await
}

/// All accounts, with the paths that the groups have now.
pub(super) async fn all(database: &Database) -> Vec<Account> {
    let rows = database.texts("SELECT name || ' ' || owner FROM account ORDER BY name").await;
    let mut accounts = Vec::new();
    for row in rows {
        let (name, owner) = row.split_once(' ').unwrap();
        let access = reads(database, owner.parse::<GroupName>().unwrap().ulid()).await;
        let owners = access.hierarchy().iter().map(ToString::to_string).collect();
        accounts.push(Account { name: name.to_owned(), owner: owner.to_owned(), owners });
    }
    accounts
}

async fn the_rows_of_a_scope_are_those_that_it_contains(database: &Database) {
    accounts(database).await;
    compare(database).await;
    change(&database.store, async |change| change.move_group(group(5), Some(group(3))).await)
        .await
        .unwrap();
    compare(database).await;
}

async fn compare(database: &Database) {
    let accounts = all(database).await;
    for (executing, _) in TREE {
        narrows(database, &accounts, &reads(database, executing).await).await;
        narrows(database, &accounts, &writes(database, executing).await).await;
    }
}

/// In all the shapes that a query has.
async fn narrows<K: Kind>(database: &Database, accounts: &[Account], access: &SystemAccess<K>) {
    let scope = access.scope();
    let contained: Vec<&str> = accounts
        .iter()
        .filter(|account| scope.contains(*account))
        .map(|account| account.name.as_str())
        .collect();
    let said = format!("{scope:?}");
    let condition = query!(database, |query| {
        query.push("SELECT name FROM account WHERE ").push_scope(scope, OWNER);
        query.push(" ORDER BY name")
    });
    assert_eq!(condition, contained, "{said}");
    // Whatever stands after the table.
    let or = query!(database, |query| {
        query.push("SELECT name FROM ").push_scoped(scope, ACCOUNT);
        query.push(" WHERE kind = 'cash' OR kind = 'margin' ORDER BY account.name")
    });
    assert_eq!(or, contained, "{said}");
    let count = query!(database, |query| {
        query.push("SELECT CAST(count(*) AS text) FROM ").push_scoped(scope, ACCOUNT)
    });
    assert_eq!(count, [contained.len().to_string()], "{said}");
    // Both sides of a join, each by itself.
    let join = query!(database, |query| {
        query.push("SELECT a.name FROM ").push_scoped(scope, ACCOUNT);
        query.push(" JOIN account AS a ON a.kind = account.kind AND ");
        query.push_scope(scope, OwnerColumn::new("a.owner"));
        query.push(" GROUP BY a.name ORDER BY a.name")
    });
    assert_eq!(join, contained, "{said}");
    for reach in [Reach::Few, Reach::Many] {
        assert_eq!(pages(database, scope, reach).await, contained, "{said}, {reach:?}");
    }
}

/// All of the list, page by page.
async fn pages<K: Kind>(database: &Database, scope: &Scope<K>, reach: Reach) -> Vec<String> {
    let mut pages = Vec::new();
    loop {
        let after = pages.last().cloned().unwrap_or_default();
        let page: Vec<String> = query!(database, |query| {
            query.push("SELECT name FROM ").push_page(scope, ACCOUNT, reach);
            query.push(" WHERE name > ").push_bind(after).push(" ORDER BY name LIMIT 3")
        });
        if page.is_empty() {
            return pages;
        }
        pages.extend(page);
    }
}

async fn a_scope_with_more_rows_than_are_sorted_at_once_reaches_many(database: &Database) {
    accounts(database).await;
    more_accounts(database).await;
    // All are put below one root, which is above them by one level.
    let all = "UPDATE meshauth_groups SET owner = 'groups/00000000000000000000000003'
        WHERE name >= 'groups/00000000000000000000000100'";
    database.by_hand(all).await.unwrap();
    // The one whose name ends in `100`, which is no decimal number.
    let leaf = 0x20 * 0x20;
    for (executing, expected) in [(1, Reach::Many), (3, Reach::Many), (leaf, Reach::Few)] {
        let access = reads(database, executing).await;
        let reach = match database.pool() {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Reach::in_sqlite(pool, access.scope(), ACCOUNT).await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => Reach::in_postgres(pool, access.scope(), ACCOUNT).await,
        };
        assert_eq!(reach, Ok(expected), "{executing}");
    }
}

async fn t_g06_a_row_that_is_moved_between_check_and_statement_is_not_written(database: &Database) {
    accounts(database).await;
    let access = writes(database, 2).await;
    let close = async |name: &'static str| {
        query!(database, |query| {
            query
                .push("UPDATE account SET kind = 'closed' WHERE ")
                .push_scope(access.scope(), OWNER);
            query.push(" AND name = ").push_bind(name).push(" RETURNING name")
        })
    };
    // It is the group's own, as the check would find: the row is looked up, then given away.
    assert!(access.scope().permit(all(database).await.into_iter().nth(1)).is_ok());
    let gives = format!("UPDATE account SET owner = '{}' WHERE name = 'accounts/01'", group(4));
    database.by_hand(&gives).await.unwrap();
    assert_eq!(close("accounts/01").await, <[&str; 0]>::default());
    assert_eq!(close("accounts/08").await, ["accounts/08"]);
    assert_eq!(
        database.texts("SELECT name FROM account WHERE kind = 'closed'").await,
        ["accounts/08"]
    );
}

async fn t_g06_a_group_that_is_moved_between_check_and_statement_shows_no_more(
    database: &Database,
) {
    accounts(database).await;
    let access = reads(database, 2).await;
    let list = async || {
        query!(database, |query| {
            query.push("SELECT name FROM ").push_scoped(access.scope(), ACCOUNT);
            query.push(" WHERE owner = ").push_bind(group(6).to_string())
        })
    };
    assert!(!list().await.is_empty());
    change(&database.store, async |change| change.move_group(group(5), Some(group(7))).await)
        .await
        .unwrap();
    assert!(list().await.is_empty());
}

async fn an_index_leads_to_the_rows_of_a_scope(database: &Database) {
    accounts(database).await;
    more_accounts(database).await;
    let explain = if database.is_sqlite() { "EXPLAIN QUERY PLAN " } else { "EXPLAIN " };
    let (read, write) = (reads(database, 6).await, writes(database, 6).await);
    let read = plan!(database, |query| {
        query.push(explain).push("SELECT name FROM ").push_scoped(read.scope(), ACCOUNT)
    });
    let write = plan!(database, |query| {
        query.push(explain).push("UPDATE account SET kind = 'x' WHERE ");
        query.push_scope(write.scope(), OWNER)
    });
    for plan in [&read, &write] {
        let found = if database.is_sqlite() {
            plan.contains("SEARCH account USING INDEX account_owner (owner=?)")
        } else {
            plan.contains("account_owner") && !plan.contains("Seq Scan on account")
        };
        assert!(found, "{plan}");
    }
    // The groups below are looked up as well, and not read from end to end.
    assert!(!read.contains("SCAN meshauth_group_paths"), "{read}");
}
