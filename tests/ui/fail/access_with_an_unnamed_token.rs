//! An access from a decision, with the runtime's token out of nothing: it need not be named.

use meshauth_runtime::{Access, Authorised, Decision};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(decision: Decision<'_>) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_admission(decision, Default::default())
}

fn main() {}
