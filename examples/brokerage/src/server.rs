//! Mounts the services behind their guards, and serves them.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use meshauth_runtime::{Authoriser, tonic::GuardedRoutes};
use meshauth_sql::Administration;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::transport::{self, server::TcpIncoming};

use crate::{
    accounts::Accounts,
    administration::Directory,
    api::brokerage::{
        iam::directory::v1::directory_service_guard,
        trading::limit_order::v1::limit_order_service_guard,
        wallet::account::v1::account_service_guard,
    },
    orders::LimitOrders,
    store::Store,
};

/// A server that runs until it is stopped.
pub(crate) struct Server {
    authoriser: Authoriser,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), transport::Error>>,
}

impl Server {
    /// Serves on a free port of the loopback interface. A directory in memory does not change, so it
    /// has no administration.
    pub(crate) fn start(
        authoriser: Authoriser,
        store: impl Store,
        administration: Option<Administration>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut routes = GuardedRoutes::new(authoriser.clone())
            .add(account_service_guard::Guard::new(Accounts::new(store.clone())))
            .add(limit_order_service_guard::Guard::new(LimitOrders::new(store)));
        if let Some(administration) = administration {
            let directory = Directory::new(administration);
            routes = routes.add(directory_service_guard::Guard::new(directory));
        }
        // It listens from here on: a client that connects before the task runs only waits.
        let incoming = TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = incoming.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let signal = async { stopped.await.unwrap_or_default() };
        let server = transport::Server::builder()
            .add_routes(routes.into_routes()?)
            .serve_with_incoming_shutdown(incoming, signal);
        Ok(Self { authoriser, address, stop, task: tokio::spawn(server) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends open streams, answers what is under way, and stops.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        self.authoriser.end_streams();
        // It waits for the signal for as long as it runs.
        let _ = self.stop.send(());
        self.task.await??;
        self.authoriser.shutdown(Duration::from_secs(5)).await?;
        Ok(())
    }
}
