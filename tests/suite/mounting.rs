//! What may be mounted: guards, and what is named as open.

use meshauth_runtime::{
    Authoriser, MemoryDirectory, ServicePolicy,
    codegen::gated_server,
    tonic::{GatedServer, GuardedRoutes, GuardedService, MountFault},
};
use meshauth_tests::api::{
    meshauth::testing::desk::v1::desk_service_guard::{self, Guard},
    meshtrade::trading::market_order::v1::{
        GetMarketOrderRequest, MarketOrder,
        market_order_service_client::MarketOrderServiceClient,
        market_order_service_server::{MarketOrderService, MarketOrderServiceServer},
    },
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, transport::Server};

use crate::service::Desks;

const OPEN: &str = "meshtrade.trading.market_order.v1.MarketOrderService";
const PATH: &str = "/meshtrade.trading.market_order.v1.MarketOrderService/GetMarketOrder";

/// A service without a guard.
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

fn guarded() -> GuardedRoutes {
    let directory = MemoryDirectory::new(Default::default()).unwrap();
    GuardedRoutes::new(Authoriser::new(directory)).add(Guard::new(Desks::default()))
}

fn faults(guarded: GuardedRoutes) -> Vec<MountFault> {
    guarded.into_routes().map(drop).unwrap_err().faults().to_vec()
}

#[test]
fn a_service_is_open_only_with_a_reason() {
    let open = || MarketOrderServiceServer::new(Orders);
    assert!(guarded().add_open(open(), &[PATH], "shown to everyone").into_routes().is_ok());
    for reason in ["", " ", "\n\t"] {
        let faults = faults(guarded().add_open(open(), &[PATH], reason));
        assert_eq!(faults, [MountFault::OpenWithoutReason(OPEN.to_owned())]);
    }
}

#[test]
fn a_service_is_mounted_once() {
    let desk = "meshauth.testing.desk.v1.DeskService";
    let again = guarded().add(Guard::new(Desks::default()));
    assert_eq!(faults(again), [MountFault::Twice(desk)]);

    let open = || MarketOrderServiceServer::new(Orders);
    let twice = guarded()
        .add_open(open(), &[PATH], "shown")
        .add_open(open(), &[PATH], "shown")
        .add_open(open(), &[PATH], "");
    let error = twice.into_routes().unwrap_err();
    assert_eq!(
        error.faults(),
        [MountFault::Twice(OPEN), MountFault::OpenWithoutReason(OPEN.to_owned())]
    );
    assert_eq!(
        error.to_string(),
        format!(
            "the services cannot be mounted; `{OPEN}` is mounted twice; `{OPEN}` is open to everyone, \
             say why in the last argument"
        )
    );
}

#[test]
fn routes_that_are_merged_are_as_if_they_were_mounted_in_one_place() {
    let others = || {
        let directory = MemoryDirectory::new(Default::default()).unwrap();
        GuardedRoutes::new(Authoriser::new(directory))
    };
    let open = || others().add_open(MarketOrderServiceServer::new(Orders), &[PATH], "shown");
    let desk = &desk_service_guard::POLICY;
    assert!(open().merge(guarded()).require(&[desk]).into_routes().is_ok());
    assert!(open().require(&[desk]).merge(guarded()).into_routes().is_ok());
    assert!(guarded().merge(open().require(&[desk])).into_routes().is_ok());

    assert_eq!(faults(guarded().merge(guarded())), [MountFault::Twice(desk.name())]);
    assert_eq!(faults(open().merge(guarded()).merge(open())), [MountFault::Twice(OPEN)]);
    let missing = faults(others().merge(open().require(&[desk])));
    assert_eq!(missing, [MountFault::ServiceMissing(desk.name())]);
    let table = faults(others().require(&[&OTHER_DESK]).merge(guarded()));
    assert_eq!(table, [MountFault::OtherTable(desk.name())]);
}

#[test]
fn a_service_that_is_expected_is_mounted_or_named() {
    use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard;
    let desk = &desk_service_guard::POLICY;
    assert!(guarded().require(&[desk]).into_routes().is_ok());
    let missing = guarded().require(&[desk, &account_service_guard::POLICY]);
    let name = account_service_guard::POLICY.name();
    assert_eq!(faults(missing), [MountFault::ServiceMissing(name)]);
}

/// Of the same name, from other protos.
static OTHER_DESK: ServicePolicy =
    ServicePolicy::new("meshauth.testing.desk.v1.DeskService", "other", &[], &[]);

#[test]
fn t_m01_a_service_is_expected_with_its_own_table() {
    let fault = || MountFault::OtherTable(OTHER_DESK.name());
    assert_eq!(faults(guarded().require(&[&OTHER_DESK])), [fault()]);
    // All that was expected counts, not only the last.
    let both = guarded().require(&[&OTHER_DESK]).require(&[&desk_service_guard::POLICY]);
    assert_eq!(faults(both), [fault()]);
}

#[test]
fn what_is_open_is_none_of_what_is_expected_and_is_opened_once() {
    let open = || MarketOrderServiceServer::new(Orders);
    use meshauth_tests::api::meshtrade::trading::market_order::v1::market_order_service_guard;
    let expected = guarded().require(&[&market_order_service_guard::POLICY]);
    let opened = expected.add_open(open(), &[PATH], "shown to everyone");
    assert_eq!(faults(opened), [MountFault::ServiceMissing(OPEN)]);
    let nothing = guarded().add_open(open(), &[], "shown to everyone");
    assert_eq!(faults(nothing), [MountFault::OpenWithoutPath(OPEN)]);
    let twice = guarded().add_open(open(), &[PATH, PATH], "shown to everyone");
    assert_eq!(faults(twice), [MountFault::Twice(PATH)]);
}

#[test]
fn a_path_is_opened_only_if_it_is_one_of_the_service() {
    let open = || MarketOrderServiceServer::new(Orders);
    for path in [
        "",
        "/",
        OPEN,
        "/meshtrade.trading.market_order.v1.MarketOrderService",
        "/meshtrade.trading.market_order.v1.MarketOrderService/",
        "/meshtrade.trading.market_order.v1.MarketOrderService/*",
        "/meshtrade.trading.market_order.v1.MarketOrderService/{method}",
        "/meshtrade.trading.market_order.v1.MarketOrderService/Get/More",
        "/meshtrade.trading.market_order.v1.MarketOrderServiceToo/GetMarketOrder",
        "/meshauth.testing.desk.v1.DeskService/GetDesk",
    ] {
        let faults = faults(guarded().add_open(open(), &[path], "shown to everyone"));
        assert_eq!(faults, [MountFault::OpenOfAnother { service: OPEN, path }]);
    }
}

/// A guard whose server answers under another name than its table, as one that was generated
/// without the package does.
struct Misnamed;

impl GuardedService for Misnamed {
    const POLICY: &'static ServicePolicy = &desk_service_guard::POLICY;
    type Server = MarketOrderServiceServer<Orders>;

    fn into_server(self, authoriser: Authoriser) -> GatedServer<Self::Server> {
        gated_server(authoriser, Self::POLICY, MarketOrderServiceServer::new(Orders))
    }
}

#[test]
fn a_server_answers_under_the_name_of_its_table() {
    let directory = MemoryDirectory::new(Default::default()).unwrap();
    let misnamed = GuardedRoutes::new(Authoriser::new(directory)).add(Misnamed);
    let fault = MountFault::OtherName { server: OPEN, table: desk_service_guard::POLICY.name() };
    assert_eq!(faults(misnamed), [fault]);
}

#[tokio::test]
async fn t_a13_what_is_open_is_open_and_nothing_else() {
    for (routes, code) in [
        (guarded(), Some(Code::Unimplemented)),
        (
            guarded().add_open(MarketOrderServiceServer::new(Orders), &[PATH], "shown to everyone"),
            None,
        ),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_routes(routes.into_routes().unwrap());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let mut client =
            MarketOrderServiceClient::connect(format!("http://{address}")).await.unwrap();
        let called = client.get_market_order(GetMarketOrderRequest::default()).await;
        assert_eq!(called.err().map(|status| status.code()), code);
    }
}
