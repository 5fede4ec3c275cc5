//! A handler as tonic has it: it does not take what it may touch.

use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price, price_service_guard::PriceService,
};
use tonic::{Request, Response, Status};

struct Prices;

impl PriceService for Prices {
    async fn get_current_price_by_token_pair(
        &self,
        _: Request<GetCurrentPriceByTokenPairRequest>,
    ) -> Result<Response<Price>, Status> {
        Ok(Response::new(Price::default()))
    }
}

fn main() {}
