//! A method by hand, which neither reads nor writes.

use meshauth_runtime::{Authorised, Method, MethodPolicy, ServicePolicy};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

enum Everything {}

enum Lax {}

impl Method for Lax {
    const POLICY: &'static MethodPolicy = UpdateAccount::POLICY;
    const SERVICE: &'static ServicePolicy = UpdateAccount::SERVICE;
    type Kind = Everything;
    type Access = Authorised<Self>;
}

fn main() {}
