//! The handlers of a guarded service, mounted past the guard.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::market_data::price::v1::{
    GetCurrentPriceByTokenPairRequest, Price,
    price_service_guard::{PriceService, method},
    price_service_server::PriceServiceServer,
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

fn mount(mut server: tonic::transport::Server) {
    server.add_service(PriceServiceServer::new(Prices));
}

fn main() {}
