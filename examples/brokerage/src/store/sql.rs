//! The rows in a database. The scope of a call is in each statement that touches them, so nothing
//! comes between the check and the access.

use meshauth_runtime::{Denial, Kind, Read, Resource, Scope, Write};
use meshauth_sql::{OwnedTable, OwnerColumn, ScopedQuery as _};
use sqlx::{Pool, QueryBuilder};

use super::{Database, TABLE_NAMES};
use crate::{
    api::brokerage::{
        trading::limit_order::v1::{LimitOrder, LimitOrderState},
        wallet::account::v1::Account,
    },
    store::{Store, StoreError},
};

type Query = QueryBuilder<Database>;

const OWNER: OwnerColumn = OwnerColumn::new("owner");
const ACCOUNT: OwnedTable = OwnedTable::new("account", OWNER);
const LIMIT_ORDER: OwnedTable = OwnedTable::new("limit_order", OWNER);

/// The columns of an account. The path above its owner is the directory's.
const ACCOUNT_COLUMNS: &str = "account.name, account.owner, (SELECT string_agg(above, ' ' ORDER BY \
    depth DESC) FROM meshauth_group_paths WHERE below = account.owner), account.display_name";
const ORDER_COLUMNS: &str = "limit_order.name, limit_order.owner, (SELECT string_agg(above, ' ' \
    ORDER BY depth DESC) FROM meshauth_group_paths WHERE below = limit_order.owner), \
    limit_order.account, limit_order.state";

type AccountRow = (String, String, Path, String);
type OrderRow = (String, String, Path, String, i32);
/// The names of the groups from the root down; none if the directory does not know the owner.
type Path = Option<String>;

/// The accounts and orders in a database.
#[derive(Clone)]
pub(crate) struct SqlStore {
    pool: Pool<Database>,
}

impl SqlStore {
    pub(crate) fn new(pool: Pool<Database>) -> Self {
        Self { pool }
    }

    /// Makes the service's tables with these rows: all of it, or nothing.
    pub(crate) async fn fill(
        &self,
        accounts: &[Account],
        orders: &[LimitOrder],
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::raw_sql(include_str!("tables.sql")).execute(&mut *transaction).await?;
        let mut query = Query::new("INSERT INTO account (name, owner, display_name) ");
        query.push_values(accounts, |mut row, account| {
            row.push_bind(&account.name).push_bind(&account.owner).push_bind(&account.display_name);
        });
        query.build().execute(&mut *transaction).await?;
        let mut query = Query::new("INSERT INTO limit_order (name, owner, account, state) ");
        query.push_values(orders, |mut row, order| {
            row.push_bind(&order.name).push_bind(&order.owner);
            row.push_bind(&order.account).push_bind(order.state);
        });
        query.build().execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// The names of all tables beside the service's own, and of those.
    pub(crate) async fn tables(&self) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar(TABLE_NAMES).fetch_all(&self.pool).await
    }

    /// What the caller is told of a row that is not in the scope: whether it is there is shown only to
    /// a group that may read it.
    async fn denial<K: Kind>(
        &self,
        scope: &Scope<K>,
        table: &str,
        name: &str,
    ) -> Result<StoreError, sqlx::Error> {
        let mut query = Query::new("SELECT owner, (SELECT string_agg(above, ' ') ");
        query.push("FROM meshauth_group_paths WHERE below = owner) FROM ").push(table);
        query.push(" WHERE name = ").push_bind(name);
        let row: Option<(String, Path)> = query.build_query_as().fetch_optional(&self.pool).await?;
        let found = row.map(|(owner, path)| Owned { owner, owners: groups(path) });
        // One that came into the scope meanwhile was not there when it was asked for.
        let denial = scope.permit(found).err().unwrap_or(Denial::ResourceNotFound);
        Ok(denial.into())
    }
}

impl Store for SqlStore {
    async fn accounts(&self, scope: &Scope<Read>) -> Result<Vec<Account>, StoreError> {
        let mut query = select(ACCOUNT_COLUMNS);
        query.push_scoped(scope, ACCOUNT).push(" ORDER BY account.name");
        let rows: Vec<AccountRow> = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(account).collect())
    }

    async fn account(&self, scope: &Scope<Read>, name: &str) -> Result<Account, StoreError> {
        let mut query = select(ACCOUNT_COLUMNS);
        query.push_scoped(scope, ACCOUNT).push(" WHERE account.name = ").push_bind(name);
        match query.build_query_as().fetch_optional(&self.pool).await? {
            Some(row) => Ok(account(row)),
            None => Err(self.denial(scope, "account", name).await?),
        }
    }

    async fn rename_account(
        &self,
        scope: &Scope<Write>,
        name: &str,
        display_name: String,
    ) -> Result<Account, StoreError> {
        let mut query = Query::new("UPDATE account SET display_name = ");
        query.push_bind(display_name).push(" WHERE ").push_scope(scope, OWNER);
        query.push(" AND name = ").push_bind(name).push(" RETURNING ").push(ACCOUNT_COLUMNS);
        match query.build_query_as().fetch_optional(&self.pool).await? {
            Some(row) => Ok(account(row)),
            None => Err(self.denial(scope, "account", name).await?),
        }
    }

    async fn orders(&self, scope: &Scope<Read>) -> Result<Vec<LimitOrder>, StoreError> {
        let mut query = select(ORDER_COLUMNS);
        query.push_scoped(scope, LIMIT_ORDER).push(" ORDER BY limit_order.name");
        let rows: Vec<OrderRow> = query.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(order).collect())
    }

    /// The account that pays is looked for in the statement that stores the order.
    async fn create_order(
        &self,
        scope: &Scope<Write>,
        new: LimitOrder,
    ) -> Result<LimitOrder, StoreError> {
        let mut query = Query::new("INSERT INTO limit_order (name, owner, account, state) ");
        query.push("SELECT ").push_bind(new.name).push(", account.owner, account.name, ");
        query.push_bind(new.state).push(" FROM ").push_scoped(scope, ACCOUNT);
        query.push(" WHERE account.name = ").push_bind(&new.account);
        query.push(" RETURNING ").push(ORDER_COLUMNS);
        match query.build_query_as().fetch_optional(&self.pool).await? {
            Some(row) => Ok(order(row)),
            None => Err(self.denial(scope, "account", &new.account).await?),
        }
    }

    async fn cancel_order(
        &self,
        scope: &Scope<Write>,
        name: &str,
    ) -> Result<LimitOrder, StoreError> {
        let mut query = Query::new("UPDATE limit_order SET state = ");
        query.push_bind(i32::from(LimitOrderState::Cancelled));
        query.push(" WHERE ").push_scope(scope, OWNER).push(" AND name = ").push_bind(name);
        query.push(" RETURNING ").push(ORDER_COLUMNS);
        match query.build_query_as().fetch_optional(&self.pool).await? {
            Some(row) => Ok(order(row)),
            None => Err(self.denial(scope, "limit_order", name).await?),
        }
    }
}

/// Who owns a row.
struct Owned {
    owner: String,
    owners: Vec<String>,
}

impl Resource for Owned {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn owners(&self) -> &[String] {
        &self.owners
    }
}

/// A table has to follow.
fn select(columns: &str) -> Query {
    Query::new(format!("SELECT {columns} FROM "))
}

fn groups(path: Path) -> Vec<String> {
    path.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn account((name, owner, path, display_name): AccountRow) -> Account {
    Account { name, owner, owners: groups(path), display_name }
}

fn order((name, owner, path, account, state): OrderRow) -> LimitOrder {
    LimitOrder { name, owner, owners: groups(path), account, state }
}
