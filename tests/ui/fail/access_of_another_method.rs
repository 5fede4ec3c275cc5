//! An access that is used for another method.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::{
    CreateAccount, UpdateAccount,
};

fn create_account(_: Authorised<CreateAccount>) {}

fn update_account(access: Authorised<UpdateAccount>) {
    create_account(access);
}

fn main() {}
