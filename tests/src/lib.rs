//! What the tests share: the generated API, the oracle, and worlds to compare it on.

#![allow(missing_docs, reason = "prost copies the comments that there are")]
#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "code for tests: a fault in it is a failing test"
)]

pub mod differential;
pub mod oracle;
pub mod worlds;

/// The API of the tests, as the build script generates it.
#[allow(clippy::all, unreachable_pub)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

/// The role tables of the trading API: 13 services.
pub static SERVICES: [&meshauth_runtime::ServicePolicy; 13] = [
    &api::meshtrade::compliance::client::v1::client_service_guard::POLICY,
    &api::meshtrade::iam::api_user::v1::api_user_service_guard::POLICY,
    &api::meshtrade::iam::group::v1::group_service_guard::POLICY,
    &api::meshtrade::iam::user::v1::user_service_guard::POLICY,
    &api::meshtrade::iam::user_profile::v1::user_profile_service_guard::POLICY,
    &api::meshtrade::ledger::transaction::v1::transaction_service_guard::POLICY,
    &api::meshtrade::market_data::price::v1::price_service_guard::POLICY,
    &api::meshtrade::reporting::account_report::v1::account_report_service_guard::POLICY,
    &api::meshtrade::testing::ledger::token_tap::v1::token_tap_service_guard::POLICY,
    &api::meshtrade::trading::limit_order::v1::limit_order_service_guard::POLICY,
    &api::meshtrade::trading::market_order::v1::market_order_service_guard::POLICY,
    &api::meshtrade::wallet::account::v1::account_service_guard::POLICY,
    &api::meshtrade::wallet::transfer::v1::transfer_service_guard::POLICY,
];
