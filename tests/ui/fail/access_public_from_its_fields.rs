//! The access of a PUBLIC method from its fields: with any caller that one likes.

use std::marker::PhantomData;

use meshauth_runtime::{EntityName, Public};
use meshauth_tests::api::meshtrade::testing::ledger::token_tap::v1::token_tap_service_guard::method::MintToken;

fn forge(entity: EntityName) -> Public<MintToken> {
    Public { entity: Some(entity), method: PhantomData }
}

fn main() {}
