//! What the services ask of their store. It does nothing without a scope, and only an allowed call
//! has one.

pub(crate) mod memory;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use meshauth_runtime::{Denial, Read, Scope, Write};
use tonic::Status;

use crate::api::brokerage::{trading::limit_order::v1::LimitOrder, wallet::account::v1::Account};

/// The accounts and orders. Clones share them.
///
/// A service of your own has one store, and needs no trait for it.
pub(crate) trait Store: Clone + Send + Sync + 'static {
    /// The accounts in scope, by name.
    fn accounts(&self, scope: &Scope<Read>) -> impl Answer<Vec<Account>>;

    /// The account with this name. One that is missing and one that is invisible answer the same.
    fn account(&self, scope: &Scope<Read>, name: &str) -> impl Answer<Account>;

    /// Changes what an account is called.
    fn rename_account(
        &self,
        scope: &Scope<Write>,
        name: &str,
        display_name: String,
    ) -> impl Answer<Account>;

    /// The orders in scope, by name.
    fn orders(&self, scope: &Scope<Read>) -> impl Answer<Vec<LimitOrder>>;

    /// Stores a new order of the executing group, which has to own the account that pays.
    fn create_order(&self, scope: &Scope<Write>, order: LimitOrder) -> impl Answer<LimitOrder>;

    /// Takes an order out of the book.
    fn cancel_order(&self, scope: &Scope<Write>, name: &str) -> impl Answer<LimitOrder>;
}

/// A future that a handler can wait for.
pub(crate) trait Answer<T>: Future<Output = Result<T, StoreError>> + Send {}

impl<T, F: Future<Output = Result<T, StoreError>> + Send> Answer<T> for F {}

/// Why a store gives no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Denied(denial) => denial.into(),
            StoreError::Database(error) => {
                // What a database says is for operators: it may repeat names and values.
                tracing::error!(%error, "the database failed");
                Self::unavailable("the service's database failed, try again later")
            }
        }
    }
}
