//! The limit order service: it creates, it refers to resources of another service, and it streams.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    vec,
};

use meshauth_runtime::Authorised;
use tokio_stream::Iter;
use tonic::{Request, Response, Status};

use crate::{
    api::brokerage::{
        trading::limit_order::v1::{
            CancelLimitOrderRequest, CreateLimitOrderRequest, LimitOrder, LimitOrderState,
            MonitorLimitOrdersRequest,
            limit_order_service_guard::{LimitOrderService, method},
        },
        wallet::account::v1::Account,
    },
    store::Store,
};

/// The service: tonic's, with the access of each call as an argument.
pub(crate) struct LimitOrders {
    orders: Store<LimitOrder>,
    accounts: Store<Account>,
    created: AtomicU64,
}

impl LimitOrders {
    pub(crate) fn new(orders: Store<LimitOrder>, accounts: Store<Account>) -> Self {
        Self { orders, accounts, created: AtomicU64::new(0) }
    }

    /// Digits are ULID characters too. A real service takes a fresh ULID.
    fn next_name(&self) -> String {
        format!("limit_orders/{:026}", self.created.fetch_add(1, Ordering::Relaxed))
    }
}

impl LimitOrderService for LimitOrders {
    type MonitorLimitOrdersStream = Iter<vec::IntoIter<Result<LimitOrder, Status>>>;

    async fn create_limit_order(
        &self,
        access: Authorised<method::CreateLimitOrder>,
        request: Request<CreateLimitOrderRequest>,
    ) -> Result<Response<LimitOrder>, Status> {
        let sent = request.into_inner().limit_order;
        let sent = sent.ok_or_else(|| Status::invalid_argument("the limit_order is missing"))?;
        // The guard sees who owns the order. Whose account pays, only the handler can look up.
        self.accounts.find(access.scope(), &sent.account).await?;
        let mut order = LimitOrder {
            name: self.next_name(),
            account: sent.account,
            state: LimitOrderState::Open.into(),
            ..LimitOrder::default()
        };
        access.stamp(&mut order)?;
        self.orders.create(access.scope(), order.clone()).await?;
        Ok(Response::new(order))
    }

    async fn cancel_limit_order(
        &self,
        access: Authorised<method::CancelLimitOrder>,
        request: Request<CancelLimitOrderRequest>,
    ) -> Result<Response<LimitOrder>, Status> {
        let cancel = |order: &mut LimitOrder| order.set_state(LimitOrderState::Cancelled);
        let order = self.orders.update(access.scope(), &request.get_ref().name, cancel).await?;
        Ok(Response::new(order))
    }

    async fn monitor_limit_orders(
        &self,
        access: Authorised<method::MonitorLimitOrders>,
        _request: Request<MonitorLimitOrdersRequest>,
    ) -> Result<Response<Self::MonitorLimitOrdersStream>, Status> {
        let orders = self.orders.list(access.scope()).await;
        let items: Vec<_> = orders.into_iter().map(Ok).collect();
        Ok(Response::new(tokio_stream::iter(items)))
    }
}
