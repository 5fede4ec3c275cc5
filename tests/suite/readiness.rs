//! What load balancers ask: over gRPC by the health service of tonic, over HTTP by a route.

use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use meshauth_runtime::{
    Authoriser, View, World,
    axum::{GuardedRouter, ready},
    directory::{Update, ViewWriter},
    tonic::{GuardedRoutes, open},
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::Guard;
use tokio::time;
use tonic::transport::Server;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_check_response, health_client::HealthClient},
    server::{HealthReporter, health_reporter},
};

use crate::{
    http::wire::{Client, Wire, serve},
    service::{Desks, connect},
};

const BOUND: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_millis(700);

/// As the docs of `is_ready` have it.
async fn report(authoriser: Authoriser, reporter: HealthReporter) {
    let mut ready = authoriser.is_ready();
    loop {
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", status).await;
        ready = authoriser.readiness_changed(ready).await;
    }
}

struct Service {
    writer: ViewWriter,
    authoriser: Authoriser,
    health: HealthClient<tonic::transport::Channel>,
    http: Client,
}

impl Service {
    async fn start() -> Self {
        let writer = ViewWriter::new();
        let authoriser = Authoriser::builder(writer.view()).max_decision_age(BOUND).build();
        let (reporter, health) = health_reporter();
        tokio::spawn(report(authoriser.clone(), reporter));
        let routes = GuardedRoutes::new(authoriser.clone())
            .add(Guard::new(Desks::default()))
            .add_open(health, &[open::HEALTH_CHECK], "probes carry no key");
        let server = Server::builder().add_routes(routes.into_routes().unwrap());
        let (_, channel) = connect(|incoming| server.serve_with_incoming(incoming)).await;
        let router = GuardedRouter::new(authoriser.clone())
            .open("/readyz", ready(&authoriser), "probes carry no key")
            .into_router()
            .unwrap();
        let http = Client::connect(serve(router).await).await;
        Self { writer, authoriser, health: HealthClient::new(channel), http }
    }

    /// What each of the two says.
    async fn asked(&mut self) -> [bool; 2] {
        let asked = HealthCheckRequest::default();
        let status = self.health.check(asked).await.unwrap().into_inner().status();
        let grpc = match status {
            health_check_response::ServingStatus::Serving => true,
            health_check_response::ServingStatus::NotServing => false,
            status => panic!("{status:?}"),
        };
        let request = Request::get("/readyz").body(Vec::new()).unwrap();
        let answer = self.http.send(Wire::Http1, request).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let http = match answer.status {
            StatusCode::OK => true,
            StatusCode::SERVICE_UNAVAILABLE => false,
            status => panic!("{status}"),
        };
        [grpc, http]
    }

    /// Both say so, within a time that is longer by a little than the bound.
    async fn becomes(&mut self, ready: bool) {
        let since = Instant::now();
        while self.asked().await != [ready; 2] {
            assert!(since.elapsed() < BOUND + SOON, "is not ready={ready}");
            time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_service_is_ready_from_the_first_view_until_the_bound_and_not_while_it_shuts_down() {
    let mut service = Service::start().await;
    assert_eq!(service.asked().await, [false; 2]);
    let view = View::new(&World::new()).unwrap();
    service.writer.replace(view, Instant::now());
    service.becomes(true).await;
    // The database has not answered for as long as a decision may be old.
    service.becomes(false).await;
    service.writer.update(&Update::new(), Instant::now()).unwrap();
    service.becomes(true).await;
    service.authoriser.end_streams();
    service.becomes(false).await;
}
