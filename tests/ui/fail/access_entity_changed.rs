//! A handler that makes its caller another one.

use meshauth_runtime::{Authorised, EntityName};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn update_account(mut access: Authorised<UpdateAccount>, other: EntityName) {
    access.caller.entity = other;
}

fn main() {}
