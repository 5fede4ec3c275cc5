//! A handler that makes an AUTHORISED method PUBLIC: who may call it is said in the `.proto` file.

use meshauth_runtime::Public;
use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price,
    price_service_guard::{PriceService, method},
};
use tonic::{Request, Response, Status};

struct Prices;

impl PriceService for Prices {
    async fn get_current_price_by_token_pair(
        &self,
        _: Public<method::GetCurrentPriceByTokenPair>,
        _: Request<GetCurrentPriceByTokenPairRequest>,
    ) -> Result<Response<Price>, Status> {
        Ok(Response::new(Price::default()))
    }
}

fn main() {}
