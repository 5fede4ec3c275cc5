//! A method that reads, and a store that writes.

use meshauth_runtime::{Authorised, Scope, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::GetAccount;

fn delete(_: &Scope<Write>, _name: &str) {}

fn get_account(access: Authorised<GetAccount>) {
    delete(access.scope(), "accounts/1");
}

fn main() {}
