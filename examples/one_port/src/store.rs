//! A small store in memory. It does nothing without a scope, and only an allowed call has one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meshauth_runtime::{Denial, Read, Scope, Write};

use crate::api::one_port::v1::Account;

const BROKER: &str = "groups/01JD8Q5V9W0000000000BR0KER";
const CORPORATE: &str = "groups/01JD8Q5V9W0000000C0RP0RATE";
const INDIVIDUAL: &str = "groups/01JD8Q5V9W0000000001ND1V1D";

/// The accounts. Clones share them.
#[derive(Clone)]
pub(crate) struct Store(Arc<Mutex<Vec<Account>>>);

impl Store {
    /// The account with this name. One that is missing and one that is invisible answer the same.
    pub(crate) fn find(&self, scope: &Scope<Read>, name: &str) -> Result<Account, Denial> {
        let accounts = self.accounts();
        scope.permit(accounts.iter().find(|account| account.name == name).cloned())
    }

    /// Renames an account that the scope owns. Nobody comes between the check and the change.
    pub(crate) fn rename(
        &self,
        scope: &Scope<Write>,
        name: &str,
        display_name: String,
    ) -> Result<Account, Denial> {
        let mut accounts = self.accounts();
        let account = scope.permit(accounts.iter_mut().find(|account| account.name == name))?;
        account.display_name = display_name;
        Ok(account.clone())
    }

    fn accounts(&self) -> MutexGuard<'_, Vec<Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Store {
    /// One account for each group of the directory.
    fn default() -> Self {
        let account = |id: &str, owners: &[&str]| Account {
            name: format!("accounts/{id}"),
            owner: owners.last().copied().unwrap_or_default().to_owned(),
            owners: owners.iter().map(ToString::to_string).collect(),
            display_name: id.to_owned(),
        };
        Self(Arc::new(Mutex::new(vec![
            account("broker", &[BROKER]),
            account("corporate", &[BROKER, CORPORATE]),
            account("individual", &[BROKER, INDIVIDUAL]),
        ])))
    }
}
