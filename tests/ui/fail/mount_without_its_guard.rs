//! A service whose guard was forgotten.

use meshauth_runtime::{Authorised, tonic::GuardedRoutes};
use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price,
    price_service_guard::{PriceService, method},
};
use tonic::{Request, Response, Status};

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

fn mount(routes: GuardedRoutes) -> GuardedRoutes {
    routes.add(Prices)
}

fn main() {}
