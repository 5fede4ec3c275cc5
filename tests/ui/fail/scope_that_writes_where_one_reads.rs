//! A method that writes, and a store that lists what may be read: more than may be written.

use meshauth_runtime::{Authorised, Read, Scope};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn list(_: &Scope<Read>) {}

fn update_account(access: Authorised<UpdateAccount>) {
    list(access.scope());
}

fn main() {}
