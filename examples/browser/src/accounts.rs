//! The handlers, over gRPC and over HTTP. There is one account.

use axum::{Json, extract::Path};
use meshauth_runtime::{Authorised, Denial, axum::AuthorisedCall};
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

use crate::api::browser::v1::{
    Account, GetAccountRequest,
    account_service_guard::{AccountService, method},
};

const COMPANY: &str = "groups/00000000000000000000000001";

fn find(name: &str) -> Option<Account> {
    let account = Account {
        name: "accounts/main".to_owned(),
        owner: COMPANY.to_owned(),
        owners: vec![COMPANY.to_owned()],
        display_name: "main account".to_owned(),
    };
    (account.name == name).then_some(account)
}

pub(crate) struct Accounts;

impl AccountService for Accounts {
    async fn get_account(
        &self,
        access: Authorised<method::GetAccount>,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(Response::new(access.scope().permit(find(&request.get_ref().name))?))
    }
}

pub(crate) async fn get_account(
    call: AuthorisedCall<method::GetAccount>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Denial> {
    let account = call.scope().permit(find(&format!("accounts/{id}")))?;
    let account = call.release(account)?;
    Ok(Json(json!({ "name": account.name, "display_name": account.display_name })))
}
