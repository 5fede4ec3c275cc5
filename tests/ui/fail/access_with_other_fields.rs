//! An access whose scope is exchanged.

use meshauth_runtime::{Authorised, Scope, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn act_in(access: Authorised<UpdateAccount>, scope: Scope<Write>) -> Authorised<UpdateAccount> {
    Authorised { scope, ..access }
}

fn main() {}
