//! An access from an admission, with the runtime's token by its name.

use meshauth_runtime::{
    Access, Authorised,
    authoriser::{Admission, DecisionToken},
};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(admission: Admission, decided: DecisionToken) -> Option<Authorised<UpdateAccount>> {
    Authorised::from_admission(admission, decided)
}

fn main() {}
