//! A service without a guard, and without a reason.

use meshauth_runtime::tonic::GuardedRoutes;
use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price,
    price_service_server::{PriceService, PriceServiceServer},
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

fn mount(routes: GuardedRoutes) -> GuardedRoutes {
    routes.add_open(PriceServiceServer::new(Prices), &["/meshtrade.market_data.price.v1.PriceService/GetPriceByTokenPair"])
}

fn main() {}
