//! The access of a PUBLIC method from its fields: with any caller that one likes.

use std::{marker::PhantomData, sync::Arc};

use meshauth_runtime::{ApiUser, Public};
use meshauth_tests::api::meshtrade::testing::ledger::token_tap::v1::token_tap_service_guard::method::MintToken;

fn forge(entity: Arc<ApiUser>) -> Public<MintToken> {
    Public { entity: Some(entity), method: PhantomData }
}

fn main() {}
