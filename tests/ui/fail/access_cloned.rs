//! A second access out of one.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn twice(access: Authorised<UpdateAccount>) -> [Authorised<UpdateAccount>; 2] {
    [access.clone(), access]
}

fn main() {}
