//! The same methods over HTTP: each route is bound to one, and its handler is given the access.

use axum::{
    Json,
    extract::{Path, State},
    routing::get,
};
use meshauth_runtime::{
    Denial,
    axum::{AuthorisedCall, GuardedRouter},
};
use serde_json::{Value, json};

use crate::{
    api::one_port::v1::{Account, account_service_guard::method},
    store::Store,
};

pub(crate) fn routes(router: GuardedRouter<Store>) -> GuardedRouter<Store> {
    router
        .route::<method::GetAccount>("/v1/accounts/{id}", get(get_account))
        .route::<method::RenameAccount>(
            "/v1/accounts/{id}/display_name",
            axum::routing::put(rename_account),
        )
        .open("/healthz", get(|| async { "ok" }), "probes carry no key")
}

async fn get_account(
    call: AuthorisedCall<method::GetAccount>,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Denial> {
    let account = store.find(call.scope(), &format!("accounts/{id}"))?;
    // What leaves is held against the scope, as the guard does over gRPC.
    Ok(shown(&call.release(account)?))
}

async fn rename_account(
    call: AuthorisedCall<method::RenameAccount>,
    State(store): State<Store>,
    Path(id): Path<String>,
    Json(display_name): Json<String>,
) -> Result<Json<Value>, Denial> {
    let account = store.rename(call.scope(), &format!("accounts/{id}"), display_name)?;
    Ok(shown(&call.release(account)?))
}

fn shown(account: &Account) -> Json<Value> {
    Json(json!({ "name": account.name, "display_name": account.display_name }))
}
