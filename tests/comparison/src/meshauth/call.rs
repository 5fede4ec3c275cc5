//! A unary call through tonic's server in this process, with and without the guard.

use futures_util::FutureExt;
use http_body_util::Full;
use meshauth_runtime::{
    Authorised, Authoriser,
    tonic::{GatedServer, GuardedRoutes, GuardedService},
};
use prost::Message;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{Bytes, Service},
    service::Routes,
};

use super::authoriser;
use crate::world::{Client, Grant, Group, User, World, group_name};

/// What the build script generates.
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

use api::comparison::order::v1::{
    GetOrderRequest, Order,
    order_service_guard::{self, Guard, method},
    order_service_server::{self, OrderServiceServer},
};

const PATH: &str = "/comparison.order.v1.OrderService/GetOrder";
const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const GROUP: u128 = 0x0193_510B_ED3C_ECFE_3D1D_6B15_2B4C_2300;
const TRADING_VIEWER: u32 = 5_000_001;

/// Answers every request with the same order.
struct Orders;

#[tonic::async_trait]
impl order_service_server::OrderService for Orders {
    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }
}

impl order_service_guard::OrderService for Orders {
    async fn get_order(
        &self,
        _: Authorised<method::GetOrder>,
        _: Request<GetOrderRequest>,
    ) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }
}

/// A server to be called directly.
pub(crate) fn unguarded() -> impl Server {
    OrderServiceServer::new(Orders)
}

/// The same with its guard, as it is mounted by hand.
pub(crate) fn guarded() -> impl Server {
    gated(small())
}

/// A server to be called by its path.
pub(crate) fn unguarded_routes() -> impl Server {
    Routes::new(OrderServiceServer::new(Orders)).prepare()
}

/// The same with its guard.
pub(crate) fn guarded_routes() -> impl Server {
    let routes = GuardedRoutes::new(small()).add(Guard::new(Orders)).into_routes();
    routes.expect("the service is mounted once")
}

fn gated(authoriser: Authoriser) -> GatedServer<order_service_guard::Server<Orders>> {
    Guard::new(Orders).into_server(authoriser)
}

/// The small world, and in it one more group, 5 deep, whose user may look at orders.
fn small() -> Authoriser {
    let mut world = World::small();
    let parent = u32::try_from(world.groups.len() - 1).ok();
    let owner = parent.map_or(0, |parent| parent + 1);
    world.groups.push(Group { id: GROUP, parent });
    world.clients.retain(|client| client.owner != owner);
    world.clients.push(Client { id: GROUP, owner, verified: true });
    let grants = vec![Grant { group: parent.unwrap_or(0), role: TRADING_VIEWER }];
    world.users.push(User { id: GROUP, owner, active: true, key: KEY.to_owned(), grants });
    authoriser(&world)
}

/// The request as it comes from the wire: headers, and one message in its frame.
pub(crate) fn request() -> http::Request<Body> {
    let message = GetOrderRequest { name: "orders/1".to_owned() }.encode_to_vec();
    let length = u32::try_from(message.len()).expect("it is short").to_be_bytes();
    let frame = [&[0], &length[..], &message].concat();
    http::Request::post(PATH)
        .header("x-api-key", KEY)
        .header("x-group", group_name(GROUP))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::new(Bytes::from(frame))))
        .expect("it is a request")
}

/// A server in this process.
pub(crate) trait Server {
    /// Calls it, up to the headers of its answer.
    fn answer(&mut self, request: http::Request<Body>) -> http::Response<Body>;
}

impl<S> Server for S
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Error: std::fmt::Debug,
{
    fn answer(&mut self, request: http::Request<Body>) -> http::Response<Body> {
        let answer = self.call(request).now_or_never();
        let response = answer.expect("nothing is waited for").expect("a server answers");
        assert!(response.headers().get("grpc-status").is_none(), "the call is allowed");
        response
    }
}
