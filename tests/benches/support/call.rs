//! A unary call through tonic's server in this process, with and without the guard.

use futures_util::FutureExt;
use http::HeaderMap;
use http_body_util::Full;
use meshauth_runtime::{
    Authorised, Authorizer,
    tonic::{Gated, Guarded, GuardedService},
};
use meshauth_tests::api::meshtrade::trading::market_order::v1::{
    GetMarketOrderRequest, MarketOrder,
    market_order_service_guard::{self, Guard, method},
    market_order_service_server::{self, MarketOrderServiceServer},
};
use prost::Message;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{Bytes, Service},
    service::Routes,
};

/// Answers every request with the same order.
pub(crate) struct Orders;

#[tonic::async_trait]
impl market_order_service_server::MarketOrderService for Orders {
    async fn get_market_order(
        &self,
        _: Request<GetMarketOrderRequest>,
    ) -> Result<Response<MarketOrder>, Status> {
        Ok(Response::new(MarketOrder::default()))
    }
}

impl market_order_service_guard::MarketOrderService for Orders {
    async fn get_market_order(
        &self,
        _: Authorised<method::GetMarketOrder>,
        _: Request<GetMarketOrderRequest>,
    ) -> Result<Response<MarketOrder>, Status> {
        Ok(Response::new(MarketOrder::default()))
    }
}

pub(crate) fn unguarded() -> MarketOrderServiceServer<Orders> {
    MarketOrderServiceServer::new(Orders)
}

pub(crate) fn guarded(authorizer: Authorizer) -> Gated<market_order_service_guard::Server<Orders>> {
    Guard::new(Orders).into_server(authorizer)
}

/// The guarded service as it is mounted.
pub(crate) fn routes(authorizer: Authorizer) -> Routes {
    Guarded::new(authorizer).add(Guard::new(Orders)).into_routes().unwrap()
}

/// The request as it comes from the wire: headers, and one message in its frame.
pub(crate) fn request(headers: &HeaderMap) -> http::Request<Body> {
    let message = GetMarketOrderRequest { name: "orders/1".to_owned() }.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0], &length[..], &message].concat();
    let mut request = http::Request::new(Body::new(Full::new(Bytes::from(frame))));
    *request.method_mut() = http::Method::POST;
    let path = "/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder";
    *request.uri_mut() = http::Uri::from_static(path);
    *request.headers_mut() = headers.clone();
    let grpc = http::HeaderValue::from_static("application/grpc");
    request.headers_mut().insert("content-type", grpc);
    request
}

/// Calls the server, up to the headers of its answer.
pub(crate) fn call<S>(server: &mut S, request: http::Request<Body>) -> http::Response<Body>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let response = server.call(request).now_or_never().unwrap().unwrap();
    assert!(response.headers().get("grpc-status").is_none());
    response
}
