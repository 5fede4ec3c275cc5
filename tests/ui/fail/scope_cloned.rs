//! A scope that outlives its access, as a copy.

use meshauth_runtime::{Authorised, Scope, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn keep(access: &Authorised<UpdateAccount>) -> Scope<Write> {
    access.scope().clone()
}

fn main() {}
