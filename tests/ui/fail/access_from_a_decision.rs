//! An access from a decision, which anybody can make for any method: it needs the runtime's token.

use meshauth_runtime::{Access, Allowed, Authorised};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(allowed: Allowed) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_allowed(allowed)
}

fn main() {}
