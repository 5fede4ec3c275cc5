//! An access from its fields, with a scope from elsewhere.

use meshauth_runtime::{Authorised, Scope, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(scope: Scope<Write>) -> Authorised<UpdateAccount> {
    Authorised { scope }
}

fn main() {}
