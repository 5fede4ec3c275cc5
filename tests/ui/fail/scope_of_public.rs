//! The scope of a PUBLIC method, which has none.

use meshauth_runtime::Public;
use meshauth_tests::api::meshtrade::testing::ledger::token_tap::v1::token_tap_service_guard::method::MintToken;

fn mint_token(access: Public<MintToken>) {
    access.scope();
}

fn main() {}
