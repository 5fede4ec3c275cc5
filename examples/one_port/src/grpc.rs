//! The methods over gRPC: tonic's service, with the access of each call as an argument.

use meshauth_runtime::Authorised;
use tonic::{Request, Response, Status};

use crate::{
    api::one_port::v1::{
        Account, GetAccountRequest, RenameAccountRequest,
        account_service_guard::{AccountService, method},
    },
    store::Store,
};

pub(crate) struct Accounts {
    pub(crate) store: Store,
}

impl AccountService for Accounts {
    async fn get_account(
        &self,
        access: Authorised<method::GetAccount>,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(Response::new(self.store.find(access.scope(), &request.get_ref().name)?))
    }

    async fn rename_account(
        &self,
        access: Authorised<method::RenameAccount>,
        request: Request<RenameAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let RenameAccountRequest { name, display_name } = request.into_inner();
        Ok(Response::new(self.store.rename(access.scope(), &name, display_name)?))
    }
}
