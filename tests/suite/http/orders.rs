//! The orders of layer, route, merge, nest and fallback that are known to leave a route open: with a
//! layer of one's own they do, and with guards they do not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{any, any_service, get},
};
use http::{HeaderMap, StatusCode};
use meshauth_runtime::{Authoriser, axum::GuardedRouter, tonic::GuardedRoutes};
use meshauth_tests::api::meshtrade::trading::market_order::v1::{
    GetMarketOrderRequest, MarketOrder,
    market_order_service_guard::method,
    market_order_service_server::{MarketOrderService, MarketOrderServiceServer},
};
use tonic::Status;

use super::{
    everything::{Everything, mount},
    wire::{Client, Wire, serve},
};
use crate::{
    answers::Caller,
    service::{BROKER, EVERYTHING, Spy},
};

const GRPC: &str = "/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder";
const HTTP: &str = "/http/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder";
const NESTED: &str =
    "/api/http/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder";

/// What is mounted in some order.
struct Parts {
    http: Router,
    grpc: Router,
}

/// A layer of one's own: no key, no answer.
async fn ask_for_a_key(request: Request, next: Next) -> Response {
    if request.headers().contains_key("x-api-key") {
        return next.run(request).await;
    }
    StatusCode::UNAUTHORIZED.into_response()
}

/// A router that has the layer already.
fn layered() -> Router {
    Router::new().route("/other", get(|| async {})).layer(from_fn(ask_for_a_key))
}

fn layer_then_route(parts: Parts) -> Router {
    layered().route(HTTP, any_service(parts.http))
}

fn layer_then_merge(parts: Parts) -> Router {
    layered().merge(parts.http)
}

fn layer_then_merge_grpc(parts: Parts) -> Router {
    layered().merge(parts.grpc)
}

fn layer_then_nest(parts: Parts) -> Router {
    layered().nest("/api", parts.http)
}

fn layer_then_nest_service(parts: Parts) -> Router {
    layered().nest_service("/api", parts.http)
}

fn layer_then_fallback(parts: Parts) -> Router {
    layered().fallback_service(parts.grpc)
}

fn fallback_then_route_layer(parts: Parts) -> Router {
    let routes = Router::new().route("/other", get(|| async {})).fallback_service(parts.grpc);
    routes.route_layer(from_fn(ask_for_a_key))
}

type Order = fn(Parts) -> Router;

/// Each with the wire and the path on which it leaves a handler open.
const ORDERS: [(&str, Order, Wire, &str); 7] = [
    ("layer, route", layer_then_route, Wire::Http1, HTTP),
    ("layer, merge", layer_then_merge, Wire::Http1, HTTP),
    ("layer, merge of gRPC", layer_then_merge_grpc, Wire::Grpc, GRPC),
    ("layer, nest", layer_then_nest, Wire::Http1, NESTED),
    ("layer, nest_service", layer_then_nest_service, Wire::Http2, NESTED),
    ("layer, fallback_service", layer_then_fallback, Wire::Grpc, GRPC),
    ("fallback_service, route_layer", fallback_then_route_layer, Wire::Grpc, GRPC),
];

/// Handlers that nothing guards but the layer.
#[derive(Clone, Default)]
struct Unguarded(Arc<AtomicUsize>);

impl Unguarded {
    fn parts(&self) -> Parts {
        let this = self.clone();
        let count = move || async move {
            this.0.fetch_add(1, Ordering::SeqCst);
        };
        let grpc = MarketOrderServiceServer::new(self.clone());
        Parts {
            http: Router::new().route(HTTP, any(count)),
            grpc: Router::new().route_service(GRPC, grpc),
        }
    }
}

#[tonic::async_trait]
impl MarketOrderService for Unguarded {
    async fn get_market_order(
        &self,
        _: tonic::Request<GetMarketOrderRequest>,
    ) -> Result<tonic::Response<MarketOrder>, Status> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(tonic::Response::new(MarketOrder::default()))
    }
}

fn authoriser() -> Authoriser {
    Authoriser::new(Spy::new())
}

fn guarded(everything: &Everything) -> Parts {
    let authoriser = authoriser();
    let http = Everything::bind(GuardedRouter::new(authoriser.clone())).into_router().unwrap();
    Parts {
        http: http.with_state(everything.clone()),
        grpc: mount(GuardedRoutes::new(authoriser), everything).into_axum_router().unwrap(),
    }
}

/// The reason with which a call is denied; none if it is allowed.
async fn denied(
    client: &mut Client,
    wire: Wire,
    path: &str,
    headers: &HeaderMap,
) -> Option<String> {
    let answered = client.post(wire, path, headers, &[]).await;
    answered.denied(wire).map(|(_, reason)| reason)
}

fn allowed_caller() -> HeaderMap {
    Caller::new(EVERYTHING, BROKER).headers()
}

#[tokio::test]
async fn t_a08_no_order_of_mounting_leaves_a_guarded_handler_open() {
    for (order, mount, wire, path) in ORDERS {
        let everything = Everything::default();
        let mut client = Client::connect(serve(mount(guarded(&everything))).await).await;
        let reason = denied(&mut client, wire, path, &HeaderMap::new()).await;
        assert_eq!(reason.as_deref(), Some("CREDENTIALS_MISSING"), "{order}");
        assert_eq!(everything.take_runs(), 0, "{order}");
        // It is that very handler that was not open.
        assert_eq!(denied(&mut client, wire, path, &allowed_caller()).await, None, "{order}");
        assert_eq!(everything.take_runs(), 1, "{order}");
    }
}

#[tokio::test]
async fn t_a08_a_layer_of_ones_own_leaves_handlers_open_in_these_orders() {
    for (order, mount, wire, path) in ORDERS {
        let unguarded = Unguarded::default();
        let mut client = Client::connect(serve(mount(unguarded.parts())).await).await;
        assert_eq!(denied(&mut client, wire, path, &HeaderMap::new()).await, None, "{order}");
        assert_eq!(unguarded.0.load(Ordering::SeqCst), 1, "{order}");
    }
}

#[tokio::test]
async fn t_a08_a_handler_that_is_added_behind_a_layer_is_guarded() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let count = move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
    };
    // The handler of POST is behind the layer in the text only.
    let handlers = || get(|| async {}).layer(from_fn(ask_for_a_key)).post(count.clone());

    let plain = Router::new().route(HTTP, handlers());
    let mut client = Client::connect(serve(plain).await).await;
    assert_eq!(denied(&mut client, Wire::Http1, HTTP, &HeaderMap::new()).await, None);
    assert_eq!(runs.swap(0, Ordering::SeqCst), 1);

    let guarded =
        GuardedRouter::new(authoriser()).route::<method::GetMarketOrder>(HTTP, handlers());
    let mut client = Client::connect(serve(guarded.into_router().unwrap()).await).await;
    let reason = denied(&mut client, Wire::Http1, HTTP, &HeaderMap::new()).await;
    assert_eq!(reason.as_deref(), Some("CREDENTIALS_MISSING"));
    assert_eq!(runs.swap(0, Ordering::SeqCst), 0);
    assert_eq!(denied(&mut client, Wire::Http1, HTTP, &allowed_caller()).await, None);
    assert_eq!(runs.swap(0, Ordering::SeqCst), 1);
}

#[tokio::test]
async fn t_a09_a_guard_inside_a_nest_decides_and_one_outside_denies_what_it_does_not_know() {
    let everything = Everything::default();
    let inside = guarded(&everything);
    // What is outside knows nothing but a route of its own.
    let outside = GuardedRouter::new(authoriser())
        .open("/healthz", get(|| async { "ok" }), "probes carry no key")
        .into_router()
        .unwrap();
    let router = outside.nest("/grpc", inside.grpc).nest("/api", inside.http);
    let mut client = Client::connect(serve(router).await).await;
    let (stranger, known) = (HeaderMap::new(), allowed_caller());

    for (wire, prefix, path) in [(Wire::Grpc, "/grpc", GRPC), (Wire::Http1, "/api", HTTP)] {
        let nested = format!("{prefix}{path}");
        let reason = denied(&mut client, wire, &nested, &stranger).await;
        assert_eq!(reason.as_deref(), Some("CREDENTIALS_MISSING"), "{nested}");
        assert_eq!(everything.take_runs(), 0);
        assert_eq!(denied(&mut client, wire, &nested, &known).await, None, "{nested}");
        assert_eq!(everything.take_runs(), 1);
        for unknown in [path.to_owned(), format!("{nested}X"), format!("{prefix}{nested}")] {
            for headers in [&stranger, &known] {
                let reason = denied(&mut client, wire, &unknown, headers).await;
                assert_eq!(reason.as_deref(), Some("METHOD_UNKNOWN"), "{unknown}");
            }
        }
        assert_eq!(everything.take_runs(), 0);
    }
}

#[tokio::test]
async fn t_a10_another_route_to_a_method_decides_the_same() {
    async fn handler(_: meshauth_runtime::Authorised<method::GetMarketOrder>) {}
    let router = GuardedRouter::new(authoriser())
        .route::<method::GetMarketOrder>("/v1/market_orders/{id}", get(handler).post(handler))
        .route::<method::GetMarketOrder>("/legacy", any(handler))
        .into_router()
        .unwrap();
    let grpc = mount(GuardedRoutes::new(authoriser()), &Everything::default());
    let router = router.merge(grpc.into_axum_router().unwrap());
    let mut client = Client::connect(serve(router).await).await;
    for (caller, reason) in [
        (Caller::new(EVERYTHING, BROKER), None),
        (Caller::default(), Some("CREDENTIALS_MISSING")),
        (Caller::new(crate::service::WITHOUT_ROLE, BROKER), Some("ROLE_REQUIRED")),
        (Caller::new(99, BROKER), Some("CREDENTIALS_INVALID")),
    ] {
        for (wire, path) in [
            (Wire::Grpc, GRPC),
            (Wire::Http1, "/v1/market_orders/7"),
            (Wire::Http1, "/v1/market_orders/%2e%2e?x-api-key=1"),
            (Wire::Http2, "/legacy"),
        ] {
            let got = denied(&mut client, wire, path, &caller.headers()).await;
            assert_eq!(got.as_deref(), reason, "{path}");
        }
    }
}
