//! A guard that tonic is to mount by itself: it has no authoriser to decide with, so it is no
//! server.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price,
    price_service_guard::{Guard, PriceService, method},
};
use tonic::{Request, Response, Status, server::NamedService};

struct Prices;

impl PriceService for Prices {
    async fn get_current_price_by_token_pair(
        &self,
        _: Authorised<method::GetCurrentPriceByTokenPair>,
        _: Request<GetCurrentPriceByTokenPairRequest>,
    ) -> Result<Response<Price>, Status> {
        Ok(Response::new(Price::default()))
    }
}

/// The least of what tonic asks of a server; in full, its message has four errors.
fn add_service(_: impl NamedService) {}

fn mount() {
    add_service(Guard::new(Prices));
}

fn main() {}
