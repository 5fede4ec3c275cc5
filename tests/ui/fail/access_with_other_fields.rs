//! An access whose executing group is exchanged.

use std::sync::Arc;

use meshauth_runtime::{Authorised, Group};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn act_in(access: Authorised<UpdateAccount>, group: Arc<Group>) -> Authorised<UpdateAccount> {
    Authorised { group, ..access }
}

fn main() {}
