//! The account service. The guard has made its checks before a handler runs: the scope does the
//! rest.

use meshauth_runtime::Authorised;
use tonic::{Request, Response, Status};

use crate::{
    api::brokerage::wallet::account::v1::{
        Account, GetAccountRequest, ListAccountsRequest, ListAccountsResponse,
        UpdateAccountRequest,
        account_service_guard::{AccountService, method},
    },
    store::Store,
};

/// The service: tonic's, with the access of each call as an argument.
pub(crate) struct Accounts<S> {
    store: S,
}

impl<S: Store> Accounts<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store }
    }
}

impl<S: Store> AccountService for Accounts<S> {
    async fn list_accounts(
        &self,
        access: Authorised<method::ListAccounts>,
        _request: Request<ListAccountsRequest>,
    ) -> Result<Response<ListAccountsResponse>, Status> {
        let accounts = self.store.accounts(access.scope()).await?;
        Ok(Response::new(ListAccountsResponse { accounts }))
    }

    async fn get_account(
        &self,
        access: Authorised<method::GetAccount>,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let account = self.store.account(access.scope(), &request.get_ref().name).await?;
        Ok(Response::new(account))
    }

    async fn update_account(
        &self,
        access: Authorised<method::UpdateAccount>,
        request: Request<UpdateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let sent = request.into_inner().account;
        let sent = sent.ok_or_else(|| Status::invalid_argument("the account is missing"))?;
        // Only what may change is taken from the request: never the owner.
        let renamed = self.store.rename_account(access.scope(), &sent.name, sent.display_name);
        Ok(Response::new(renamed.await?))
    }
}
