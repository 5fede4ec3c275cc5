//! A call decided for the name of a message, instead of that of its method.

use meshauth_runtime::Authorizer;
use meshauth_tests::api::meshtrade::wallet::account::v1::GetAccountRequest;

fn call(authorizer: &Authorizer, headers: &mut http::HeaderMap) {
    let _ = authorizer.authorise::<GetAccountRequest>(headers);
}

fn main() {}
