//! What a stream of orders sends. When it ends is the guard's: it looks at each message, decides the
//! call again while the stream is open, and drops the receiver when a check does not hold any more.

use std::{collections::BTreeMap, time::Duration};

use meshauth_runtime::Authorised;
use tokio::{sync::mpsc::Sender, time};
use tonic::Status;

use crate::{
    api::brokerage::trading::limit_order::v1::{LimitOrder, limit_order_service_guard::method},
    store::{Store, StoreError},
};

/// Between two looks at the orders. Where there are many, have the database tell of changes.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends the orders in the scope of one call.
pub(crate) struct Monitor<S> {
    store: S,
    access: Authorised<method::MonitorLimitOrders>,
    sender: Sender<Result<LimitOrder, Status>>,
    /// The orders in scope, by name, as they were sent last.
    sent: BTreeMap<String, LimitOrder>,
}

/// The caller does not read any more, or may not.
struct Gone;

impl<S: Store> Monitor<S> {
    pub(crate) fn new(
        store: S,
        access: Authorised<method::MonitorLimitOrders>,
        sender: Sender<Result<LimitOrder, Status>>,
    ) -> Self {
        Self { store, access, sender, sent: BTreeMap::new() }
    }

    /// Sends the orders once, or for as long as somebody follows them.
    pub(crate) async fn run(mut self, follow: bool) {
        while self.send_news().await.is_ok() && follow {
            tokio::select! {
                () = self.sender.closed() => break,
                () = time::sleep(PAUSE) => {}
            }
        }
    }

    /// Sends what is new in the scope, or has changed. The scope names the executing group: which
    /// groups are below it is looked up each time.
    async fn send_news(&mut self) -> Result<(), Gone> {
        let orders = match self.store.orders(self.access.scope()).await {
            Ok(orders) => orders,
            Err(error) => return self.fail(error).await,
        };
        for order in &orders {
            if self.sent.get(&order.name) != Some(order) {
                self.sender.send(Ok(order.clone())).await.map_err(|_| Gone)?;
            }
        }
        self.sent = orders.into_iter().map(|order| (order.name.clone(), order)).collect();
        Ok(())
    }

    async fn fail(&self, error: StoreError) -> Result<(), Gone> {
        // If nobody is there to be told, nobody misses it.
        let _ = self.sender.send(Err(error.into())).await;
        Err(Gone)
    }
}
