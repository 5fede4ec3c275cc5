//! The desk service, on a socket that speaks HTTP/2 and HTTP/1.1.

use std::{future::Future, net::SocketAddr, time::Duration};

use meshauth_runtime::{
    Authoriser,
    tonic::{GuardedRoutes, GuardedService},
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::Guard;
use tokio::{net::TcpListener, time::timeout};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    service::{LayerExt, Routes},
    transport::{self, Server},
};
use tonic_web::GrpcWebLayer;

use super::{
    answer::{Answer, Told},
    call::Call,
    frames::Connection,
    text,
};
use crate::service::{Desks, Spy};

/// Long enough for the busiest machine; only a call that is never answered takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, and what to look at from outside.
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    pub(super) directory: Spy,
    pub(super) desks: Desks,
}

/// The service alone.
pub(super) async fn start() -> Wire {
    listen(|incoming, authoriser, desks| {
        let routes = guarded(authoriser, desks);
        Server::builder().accept_http1(true).add_routes(routes).serve_with_incoming(incoming)
    })
    .await
}

/// The service, for HTTP/2 only: what tonic does unless it is told otherwise.
pub(super) async fn start_http2_only() -> Wire {
    listen(|incoming, authoriser, desks| {
        Server::builder().add_routes(guarded(authoriser, desks)).serve_with_incoming(incoming)
    })
    .await
}

/// The service mounted by hand: what its guard alone does.
pub(super) async fn start_by_hand() -> Wire {
    listen(|incoming, authoriser, desks| {
        let routes = Routes::new(Guard::new(desks).into_server(authoriser));
        Server::builder().accept_http1(true).add_routes(routes).serve_with_incoming(incoming)
    })
    .await
}

/// The service, with gRPC-Web translated for the whole server.
pub(super) async fn start_web_outside() -> Wire {
    listen(|incoming, authoriser, desks| {
        let mut server = Server::builder().accept_http1(true).layer(GrpcWebLayer::new());
        server.add_routes(guarded(authoriser, desks)).serve_with_incoming(incoming)
    })
    .await
}

/// The service mounted by hand, with gRPC-Web translated around it alone.
pub(super) async fn start_web_around() -> Wire {
    listen(|incoming, authoriser, desks| {
        let service = Guard::new(desks).into_server(authoriser);
        let routes = Routes::new(GrpcWebLayer::new().named_layer(service));
        Server::builder().accept_http1(true).add_routes(routes).serve_with_incoming(incoming)
    })
    .await
}

fn guarded(authoriser: Authoriser, desks: Desks) -> Routes {
    GuardedRoutes::new(authoriser).add(Guard::new(desks)).into_routes().unwrap()
}

/// Serves on a free port of the loopback interface until the test's runtime ends.
async fn listen<F>(serve: impl FnOnce(TcpListenerStream, Authoriser, Desks) -> F) -> Wire
where
    F: Future<Output = Result<(), transport::Error>> + Send + 'static,
{
    crate::log::capture();
    let (directory, desks) = (Spy::new(), Desks::default());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let authoriser = Authoriser::new(directory.clone());
    let incoming = TcpListenerStream::new(listener);
    tokio::spawn(serve(incoming, authoriser, desks.clone()));
    Wire { address, directory, desks }
}

impl Wire {
    /// Calls over HTTP/2, on a connection of its own.
    pub(super) async fn h2(&self, call: &Call) -> Answer {
        let mut connection = Connection::open(self.address).await;
        self.on(&mut connection, call).await
    }

    /// Calls over HTTP/2, on this connection.
    pub(super) async fn on(&self, connection: &mut Connection, call: &Call) -> Answer {
        let answer = timeout(PATIENCE, connection.call(call)).await.expect("an answer");
        self.checked(answer)
    }

    /// Calls over HTTP/1.1.
    pub(super) async fn h1(&self, call: &Call) -> Answer {
        let answer = timeout(PATIENCE, text::call(self.address, call)).await.expect("an answer");
        self.checked(answer)
    }

    /// A handler ran if the call was allowed, and only then.
    fn checked(&self, answer: Answer) -> Answer {
        let allowed = answer.told() == Told::Allowed;
        assert_eq!(self.desks.take_runs(), usize::from(allowed), "{answer:?}");
        answer
    }
}
