//! A small store in memory.

use std::{collections::BTreeMap, sync::Arc};

use meshauth_runtime::{Denial, Kind, Read, Resource, Scope, Write};
use tokio::sync::RwLock;

use super::{Store, StoreError};
use crate::api::brokerage::{
    trading::limit_order::v1::{LimitOrder, LimitOrderState},
    wallet::account::v1::Account,
};

/// The accounts and orders in memory.
#[derive(Clone)]
pub(crate) struct MemoryStore {
    accounts: Rows<Account>,
    orders: Rows<LimitOrder>,
}

impl MemoryStore {
    pub(crate) fn new(accounts: Vec<Account>, orders: Vec<LimitOrder>) -> Self {
        let accounts = accounts.into_iter().map(|account| (account.name.clone(), account));
        let orders = orders.into_iter().map(|order| (order.name.clone(), order));
        Self { accounts: Rows::new(accounts), orders: Rows::new(orders) }
    }
}

impl Store for MemoryStore {
    async fn accounts(&self, scope: &Scope<Read>) -> Result<Vec<Account>, StoreError> {
        Ok(self.accounts.list(scope).await)
    }

    async fn account(&self, scope: &Scope<Read>, name: &str) -> Result<Account, StoreError> {
        Ok(self.accounts.find(scope, name).await?)
    }

    async fn rename_account(
        &self,
        scope: &Scope<Write>,
        name: &str,
        display_name: String,
    ) -> Result<Account, StoreError> {
        let rename = |account: &mut Account| account.display_name = display_name;
        Ok(self.accounts.update(scope, name, rename).await?)
    }

    async fn orders(&self, scope: &Scope<Read>) -> Result<Vec<LimitOrder>, StoreError> {
        Ok(self.orders.list(scope).await)
    }

    async fn create_order(
        &self,
        scope: &Scope<Write>,
        order: LimitOrder,
    ) -> Result<LimitOrder, StoreError> {
        self.accounts.find(scope, &order.account).await?;
        self.orders.create(scope, order.name.clone(), order.clone()).await?;
        Ok(order)
    }

    async fn cancel_order(
        &self,
        scope: &Scope<Write>,
        name: &str,
    ) -> Result<LimitOrder, StoreError> {
        let cancel = |order: &mut LimitOrder| order.set_state(LimitOrderState::Cancelled);
        Ok(self.orders.update(scope, name, cancel).await?)
    }
}

/// The resources of one kind, by name. Clones share them.
#[derive(Clone)]
struct Rows<R> {
    rows: Arc<RwLock<BTreeMap<String, R>>>,
}

impl<R: Resource + Clone> Rows<R> {
    fn new(rows: impl IntoIterator<Item = (String, R)>) -> Self {
        Self { rows: Arc::new(RwLock::new(rows.into_iter().collect())) }
    }

    /// What the scope encloses.
    async fn list(&self, scope: &Scope<Read>) -> Vec<R> {
        scope.filter(self.rows.read().await.values()).cloned().collect()
    }

    /// The resource with this name. One that is missing and one that is invisible answer the same.
    async fn find(&self, scope: &Scope<impl Kind>, name: &str) -> Result<R, Denial> {
        let found = self.rows.read().await.get(name).cloned();
        scope.permit(found)
    }

    /// Changes a resource that the scope owns. Nobody comes between the check and the change.
    async fn update(
        &self,
        scope: &Scope<Write>,
        name: &str,
        change: impl FnOnce(&mut R),
    ) -> Result<R, Denial> {
        let mut rows = self.rows.write().await;
        let resource = scope.permit(rows.get_mut(name))?;
        change(resource);
        Ok(resource.clone())
    }

    /// Stores a new resource, which the scope must own like any other.
    async fn create(&self, scope: &Scope<Write>, name: String, resource: R) -> Result<(), Denial> {
        let resource = scope.permit(Some(resource))?;
        self.rows.write().await.insert(name, resource);
        Ok(())
    }
}
