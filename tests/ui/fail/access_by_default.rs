//! An access out of nothing.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge() -> Authorised<UpdateAccount> {
    Authorised::default()
}

fn main() {}
