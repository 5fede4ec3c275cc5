//! A guard around a service as tonic has it, whose handlers take no access.

use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price, price_service_guard::Guard,
    price_service_server::PriceService,
};
use tonic::{Request, Response, Status};

/// A service as tonic has it: nothing is checked.
struct Prices;

#[tonic::async_trait]
impl PriceService for Prices {
    async fn get_current_price_by_token_pair(
        &self,
        _: Request<GetCurrentPriceByTokenPairRequest>,
    ) -> Result<Response<Price>, Status> {
        Ok(Response::new(Price::default()))
    }
}

fn guard() {
    Guard::new(Prices);
}

fn main() {}
