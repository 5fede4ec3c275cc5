//! A method that reads, and a handler that takes in what a caller sent.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::wallet::account::v1::{
    Account, account_service_guard::method::GetAccount,
};

fn get_account(access: Authorised<GetAccount>, sent: &Account) {
    let _ = access.scope().accept(sent);
}

fn main() {}
