//! A handler that takes the access of another method.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::{
    market_data::price::v1::{
        GetCurrentPriceByTokenPairRequest, Price, price_service_guard::PriceService,
    },
    wallet::account::v1::account_service_guard::method::UpdateAccount,
};
use tonic::{Request, Response, Status};

struct Prices;

impl PriceService for Prices {
    async fn get_current_price_by_token_pair(
        &self,
        _: Authorised<UpdateAccount>,
        _: Request<GetCurrentPriceByTokenPairRequest>,
    ) -> Result<Response<Price>, Status> {
        Ok(Response::new(Price::default()))
    }
}

fn main() {}
