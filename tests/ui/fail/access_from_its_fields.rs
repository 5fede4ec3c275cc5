//! An access from its fields, all of which anybody can make or get.

use std::sync::Arc;

use meshauth_runtime::{ApiUser, Authorised, Group, Scope, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn forge(
    entity: Arc<ApiUser>,
    group: Arc<Group>,
    scope: Scope<Write>,
) -> Authorised<UpdateAccount> {
    Authorised { entity, group, scope }
}

fn main() {}
