//! An access from a decision, which anybody can make for any method: it needs the runtime's token.

use meshauth_runtime::{Access, Authorised, Decision};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(decision: Decision<'_>) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_admission(decision)
}

fn main() {}
