//! A method by hand, whose handler is given something that no check was made for.

use meshauth_runtime::{Method, MethodPolicy, ServicePolicy, Write};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

struct Anybody;

enum Lax {}

impl Method for Lax {
    const POLICY: &'static MethodPolicy = UpdateAccount::POLICY;
    const SERVICE: &'static ServicePolicy = UpdateAccount::SERVICE;
    type Kind = Write;
    type Access = Anybody;
}

fn main() {}
