//! A small store in memory. It does nothing without a scope, and only an allowed call has one.

use std::{collections::BTreeMap, sync::Arc};

use meshauth_runtime::{Denial, Kind, Read, Resource, Scope, Write};
use tokio::sync::RwLock;

use crate::{
    api::brokerage::{
        trading::limit_order::v1::{LimitOrder, LimitOrderState},
        wallet::account::v1::Account,
    },
    world::Group,
};

/// A resource that is stored under its name.
pub(crate) trait Stored: Resource + Clone {
    fn name(&self) -> &str;
}

/// The resources of one kind, by name. Clones share them.
#[derive(Clone)]
pub(crate) struct Store<R> {
    rows: Arc<RwLock<BTreeMap<String, R>>>,
}

impl<R: Stored> Store<R> {
    fn new(resources: impl IntoIterator<Item = R>) -> Self {
        let named = |resource: R| (resource.name().to_owned(), resource);
        Self { rows: Arc::new(RwLock::new(resources.into_iter().map(named).collect())) }
    }

    /// What the scope encloses. In SQL: `WHERE $1 = ANY(owners)`.
    pub(crate) async fn list(&self, scope: &Scope<Read>) -> Vec<R> {
        scope.filter(self.rows.read().await.values()).cloned().collect()
    }

    /// The resource with this name. One that is missing and one that is invisible answer the same.
    pub(crate) async fn find(&self, scope: &Scope<impl Kind>, name: &str) -> Result<R, Denial> {
        let found = self.rows.read().await.get(name).cloned();
        scope.permit(found)
    }

    /// Changes a resource that the scope owns. Nobody comes between the check and the change.
    pub(crate) async fn update(
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
    pub(crate) async fn create(&self, scope: &Scope<Write>, resource: R) -> Result<(), Denial> {
        let resource = scope.permit(Some(resource))?;
        self.rows.write().await.insert(resource.name().to_owned(), resource);
        Ok(())
    }
}

impl Stored for Account {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Stored for LimitOrder {
    fn name(&self) -> &str {
        &self.name
    }
}

/// One account for each group.
pub(crate) fn accounts(groups: &[Group]) -> Store<Account> {
    Store::new(groups.iter().map(|group| Account {
        name: group.account(),
        owner: group.name(),
        owners: group.owners(),
        display_name: group.to_string(),
    }))
}

/// One open order for each group, paid from its account.
pub(crate) fn orders(groups: &[Group]) -> Store<LimitOrder> {
    Store::new(groups.iter().map(|group| LimitOrder {
        name: group.order(),
        owner: group.name(),
        owners: group.owners(),
        account: group.account(),
        state: LimitOrderState::Open.into(),
    }))
}
