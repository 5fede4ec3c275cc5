//! Row-level security: what holds where a statement forgot its scope.

use meshauth_runtime::{Kind, SystemAccess};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};

use super::{
    database::Pool,
    postgres::on_postgres,
    scope::{ACCOUNT, accounts, all, more_accounts, reads, writes},
    *,
};
use crate::{RowSecurity, RowSecurityError, ScopedPool};

const SECURED: RowSecurity = RowSecurity::of(ACCOUNT);

on_postgres! {
    t_o10_a_transaction_sees_its_scope_whatever_its_statement_says,
    t_o10_a_read_writes_nothing_and_a_write_only_its_own,
    t_o10_without_a_group_nothing_is_seen,
    t_o10_another_policy_cannot_widen_it,
    t_o10_a_login_that_no_policy_holds_for_is_refused,
    t_o10_a_table_without_it_is_refused,
    an_index_leads_to_the_rows_of_a_policy,
}

/// A login of its own that may use the table, and owns nothing.
struct Service {
    name: String,
    pool: PgPool,
}

impl Service {
    async fn of(database: &Database) -> Self {
        let (server, schema) = database.schema();
        let name = format!("{schema}_service");
        let make = format!(
            "CREATE ROLE {name} LOGIN PASSWORD 'open';
             GRANT USAGE ON SCHEMA {schema} TO {name};
             GRANT SELECT ON meshauth_group_paths TO {name};
             GRANT SELECT, INSERT, UPDATE, DELETE ON account TO {name}"
        );
        database.by_hand(&make).await.unwrap();
        let (_, address) = server.split_once('@').unwrap();
        let url = format!("postgres://{name}:open@{address}?options[search_path]={schema}");
        // One connection, so that each transaction has the one that was used before.
        let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        Self { name, pool }
    }

    async fn checked(&self) -> ScopedPool {
        ScopedPool::checked(self.pool.clone(), &[SECURED]).await.unwrap()
    }

    async fn remove(self, database: &Database) {
        self.pool.close().await;
        let name = self.name;
        database.by_hand(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await.unwrap();
    }
}

async fn secured(database: &Database) -> Service {
    accounts(database).await;
    database.by_hand(&SECURED.migration()).await.unwrap();
    // It may be run again.
    database.by_hand(&SECURED.migration()).await.unwrap();
    Service::of(database).await
}

/// In a transaction of this scope, which is committed.
async fn number<K: Kind>(pool: &ScopedPool, access: &SystemAccess<K>, sql: &'static str) -> i64 {
    let mut transaction = pool.begin(access.scope()).await.unwrap();
    let number = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    number
}

/// The code with which a statement is refused, or how many rows it touched.
async fn executes<K: Kind>(
    pool: &ScopedPool,
    access: &SystemAccess<K>,
    sql: &str,
) -> Result<u64, String> {
    let mut transaction = pool.begin(access.scope()).await.unwrap();
    match sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *transaction).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(error.as_database_error().unwrap().code().unwrap().into_owned()),
    }
}

async fn t_o10_a_transaction_sees_its_scope_whatever_its_statement_says(database: &Database) {
    let service = secured(database).await;
    let pool = service.checked().await;
    let count = "SELECT count(*) FROM account WHERE owner <> '' OR true";
    let accounts = all(database).await;
    for executing in 1..=7 {
        let read = reads(database, executing).await;
        let contained = accounts.iter().filter(|account| read.scope().contains(*account)).count();
        let contained = i64::try_from(contained).unwrap();
        assert!(contained > 0);
        assert_eq!(number(&pool, &read, count).await, contained);
        // A WRITE sees the same, and so can tell what is not its own from what is not there.
        assert_eq!(number(&pool, &writes(database, executing).await, count).await, contained);
    }
    service.remove(database).await;
}

async fn t_o10_a_read_writes_nothing_and_a_write_only_its_own(database: &Database) {
    const READ_ONLY: &str = "25006";
    const POLICY: &str = "42501";
    let service = secured(database).await;
    let pool = service.checked().await;
    let (read, write) = (reads(database, 2).await, writes(database, 2).await);
    let own = "UPDATE account SET kind = 'x'";
    assert_eq!(executes(&pool, &read, own).await, Err(READ_ONLY.into()));
    let reopened = "SET TRANSACTION READ WRITE";
    assert_eq!(executes(&pool, &read, reopened).await, Err("25001".into()));
    // Six accounts are its own; those of the groups below are not touched.
    assert_eq!(executes(&pool, &write, own).await, Ok(6));
    assert_eq!(executes(&pool, &write, "DELETE FROM account").await, Ok(6));
    for (owner, expected) in [
        ("groups/00000000000000000000000002", Ok(1)),
        ("groups/00000000000000000000000004", Err(POLICY.to_owned())),
        ("groups/00000000000000000000000001", Err(POLICY.to_owned())),
    ] {
        let insert = format!("INSERT INTO account VALUES ('new', '{owner}', 'cash')");
        assert_eq!(executes(&pool, &write, &insert).await, expected, "{owner}");
        let gives = format!("UPDATE account SET owner = '{owner}' WHERE name = 'accounts/01'");
        assert_eq!(executes(&pool, &write, &gives).await, expected, "{owner}");
    }
    service.remove(database).await;
}

async fn t_o10_without_a_group_nothing_is_seen(database: &Database) {
    let service = secured(database).await;
    let pool = service.checked().await;
    let count = "SELECT count(*) FROM account";
    let unscoped =
        async || -> i64 { sqlx::query_scalar(count).fetch_one(&service.pool).await.unwrap() };
    // Never set: NULL.
    assert_eq!(unscoped().await, 0);
    assert!(number(&pool, &reads(database, 1).await, count).await > 0);
    // Set for a transaction that has ended: the same connection has an empty text.
    assert_eq!(unscoped().await, 0);
    let given_up = pool.begin(reads(database, 1).await.scope()).await.unwrap();
    drop(given_up);
    assert_eq!(unscoped().await, 0);
    let refused = sqlx::query("INSERT INTO account VALUES ('new', '', 'cash')");
    assert!(refused.execute(&service.pool).await.is_err());
    let touched = sqlx::query("UPDATE account SET kind = 'x'").execute(&service.pool).await;
    assert_eq!(touched.unwrap().rows_affected(), 0);
    service.remove(database).await;
}

async fn t_o10_another_policy_cannot_widen_it(database: &Database) {
    let service = secured(database).await;
    let pool = service.checked().await;
    let access = reads(database, 6).await;
    let count = "SELECT count(*) FROM account";
    let before = number(&pool, &access, count).await;
    let open = "CREATE POLICY open ON account USING (true) WITH CHECK (true)";
    database.by_hand(open).await.unwrap();
    assert_eq!(number(&pool, &access, count).await, before);
    service.remove(database).await;
}

async fn t_o10_a_login_that_no_policy_holds_for_is_refused(database: &Database) {
    let service = secured(database).await;
    let name = service.name.clone();
    let refusal =
        async || ScopedPool::checked(service.pool.clone(), &[SECURED]).await.map(drop).unwrap_err();
    service.checked().await;
    // The superuser of the tests, also once it has become somebody else.
    let Pool::Postgres(superuser) = database.pool() else { unreachable!() };
    let refused = ScopedPool::checked(superuser.clone(), &[SECURED]).await.map(drop);
    assert_eq!(refused, Err(RowSecurityError::Superuser));
    let become_service = format!("&options[role]={name}");
    let store = super::postgres::open_with(database, &become_service).await;
    let Pool::Postgres(pool) = store.pool() else { unreachable!() };
    let refused = ScopedPool::checked(pool.clone(), &[SECURED]).await.map(drop);
    assert_eq!(refused, Err(RowSecurityError::Superuser));
    store.close().await;

    for (change, undo, expected) in [
        (
            format!("ALTER ROLE {name} BYPASSRLS"),
            format!("ALTER ROLE {name} NOBYPASSRLS"),
            RowSecurityError::Exempt,
        ),
        (
            format!("CREATE ROLE {name}_x BYPASSRLS; GRANT {name}_x TO {name}"),
            format!("DROP ROLE {name}_x"),
            RowSecurityError::Exempt,
        ),
        (
            format!(
                "GRANT CREATE ON SCHEMA {} TO {name}; ALTER TABLE account OWNER TO {name}",
                database.schema().1
            ),
            "ALTER TABLE account OWNER TO postgres".to_owned(),
            RowSecurityError::Owner("account"),
        ),
        (
            format!(
                "CREATE ROLE {name}_o; GRANT CREATE ON SCHEMA {} TO {name}_o; ALTER TABLE account OWNER TO {name}_o; GRANT {name}_o TO {name}",
                database.schema().1
            ),
            format!(
                "ALTER TABLE account OWNER TO postgres; DROP OWNED BY {name}_o; DROP ROLE {name}_o"
            ),
            RowSecurityError::Owner("account"),
        ),
        (
            format!("REVOKE SELECT ON meshauth_group_paths FROM {name}"),
            format!(
                "GRANT SELECT ON meshauth_group_paths TO {name}; GRANT SELECT, INSERT, UPDATE, DELETE ON account TO {name}"
            ),
            RowSecurityError::NoPaths,
        ),
    ] {
        database.by_hand(&change).await.unwrap();
        assert_eq!(refusal().await, expected, "{change}");
        database.by_hand(&undo).await.unwrap();
        service.checked().await;
    }
    service.remove(database).await;
}

async fn t_o10_a_table_without_it_is_refused(database: &Database) {
    let service = secured(database).await;
    let refusal =
        async || ScopedPool::checked(service.pool.clone(), &[SECURED]).await.map(drop).unwrap_err();
    for change in [
        "ALTER TABLE account DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE account NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY meshauth_sees ON account",
        "DROP POLICY meshauth_changes ON account",
        "ALTER POLICY meshauth_removes ON account TO pg_monitor",
        "DROP POLICY meshauth_adds ON account;
         CREATE POLICY meshauth_adds ON account FOR INSERT WITH CHECK (true)",
    ] {
        database.by_hand(change).await.unwrap();
        assert_eq!(refusal().await, RowSecurityError::NotInForce("account"), "{change}");
        database.by_hand(&SECURED.migration()).await.unwrap();
        service.checked().await;
    }
    database.by_hand("DROP TABLE account").await.unwrap();
    assert_eq!(refusal().await, RowSecurityError::Missing("account"));
    service.remove(database).await;
}

async fn an_index_leads_to_the_rows_of_a_policy(database: &Database) {
    let service = secured(database).await;
    let pool = service.checked().await;
    more_accounts(database).await;
    let access = reads(database, 6).await;
    let mut transaction = pool.begin(access.scope()).await.unwrap();
    let plan = sqlx::query_scalar("EXPLAIN SELECT name FROM account");
    let plan: Vec<String> = plan.fetch_all(&mut *transaction).await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("account_owner") && !plan.contains("Seq Scan on account"), "{plan}");
    transaction.rollback().await.unwrap();
    service.remove(database).await;
}
