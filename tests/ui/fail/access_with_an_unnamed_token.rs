//! An access from a decision, with the runtime's token out of nothing: it need not be named.

use meshauth_runtime::{Access, Allowed, Authorised};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(allowed: Allowed) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_allowed(allowed, Default::default())
}

fn main() {}
