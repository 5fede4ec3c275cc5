//! The twin of `fail/mount_*`: guarded services behind their guards, and one that is open, with the
//! reason.

use meshauth_runtime::{Authorised, Authoriser, MemoryDirectory, tonic::GuardedRoutes};
use meshauth_tests::api::meshtrade::{
    market_data::price::v1::{
        GetCurrentPriceByTokenPairRequest, Price,
        price_service_guard::{Guard, PriceService, method},
    },
    trading::market_order::v1::{
        GetMarketOrderRequest, MarketOrder,
        market_order_service_server::{MarketOrderService, MarketOrderServiceServer},
    },
};
use tonic::{Request, Response, Status, transport::Server};

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

struct Orders;

#[tonic::async_trait]
impl MarketOrderService for Orders {
    async fn get_market_order(
        &self,
        _: Request<GetMarketOrderRequest>,
    ) -> Result<Response<MarketOrder>, Status> {
        Ok(Response::new(MarketOrder::default()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authoriser = Authoriser::new(MemoryDirectory::new(Default::default())?);
    let routes = GuardedRoutes::new(authoriser)
        .add(Guard::new(Prices))
        .add_open(MarketOrderServiceServer::new(Orders), &["/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder"], "shown to everyone")
        .into_routes()?;
    Server::builder().add_routes(routes);
    Ok(())
}
