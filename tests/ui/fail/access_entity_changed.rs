//! A handler that grants its caller what it likes.

use meshauth_runtime::{Authorised, Grants};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn update_account(access: Authorised<UpdateAccount>, more: Grants) {
    access.entity().grants = more;
}

fn main() {}
