//! An access from a decision, with the runtime's token by its name.

use meshauth_runtime::{Access, Allowed, Authorised, method::sealed::Decided};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(allowed: Allowed, decided: Decided) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_allowed(allowed, decided)
}

fn main() {}
