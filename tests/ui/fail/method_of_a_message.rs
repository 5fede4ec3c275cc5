//! A call decided for the name of a message, instead of that of its method.

use meshauth_runtime::Authoriser;
use meshauth_tests::api::meshtrade::wallet::account::v1::GetAccountRequest;

fn call(authoriser: &Authoriser, headers: &mut http::HeaderMap) {
    let _ = authoriser.authorise::<GetAccountRequest>(headers);
}

fn main() {}
