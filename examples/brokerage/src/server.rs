//! Mounts both services behind their guards, and serves them.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
};

use meshauth_runtime::{Authoriser, tonic::GuardedRoutes};
use tokio::task::JoinHandle;
use tonic::transport::{self, server::TcpIncoming};

use crate::{
    accounts::Accounts,
    api::brokerage::{
        trading::limit_order::v1::{LimitOrder, limit_order_service_guard},
        wallet::account::v1::{Account, account_service_guard},
    },
    orders::LimitOrders,
    store::Store,
};

/// A server that runs until this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<Result<(), transport::Error>>,
}

impl Server {
    /// Serves on a free port of the loopback interface.
    pub(crate) fn start(
        authoriser: Authoriser,
        accounts: Store<Account>,
        orders: Store<LimitOrder>,
    ) -> Result<Self, Box<dyn Error>> {
        let routes = GuardedRoutes::new(authoriser)
            .add(account_service_guard::Guard::new(Accounts::new(accounts.clone())))
            .add(limit_order_service_guard::Guard::new(LimitOrders::new(orders, accounts)))
            .into_routes()?;
        // It listens from here on: a client that connects before the task runs only waits.
        let incoming = TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = incoming.local_addr()?;
        let server = transport::Server::builder().add_routes(routes).serve_with_incoming(incoming);
        Ok(Self { address, task: tokio::spawn(server) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
