//! An access beside `Authorised` and `Public`. Two errors, because it fails
//! twice: what it would have to implement cannot be named, and the trait is sealed.

use meshauth_runtime::{Access, GroupName};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

struct Anybody(GroupName);

impl Access<UpdateAccount> for Anybody {
    const AUTHORISED: bool = true;

    fn executing_group(&self) -> Option<GroupName> {
        Some(self.0)
    }
}

fn main() {}
