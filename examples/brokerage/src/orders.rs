//! The limit order service: it creates, it refers to resources of another service, and it streams.

use meshauth_runtime::Authorised;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use ulid::Ulid;

use crate::{
    api::brokerage::trading::limit_order::v1::{
        CancelLimitOrderRequest, CreateLimitOrderRequest, LimitOrder, LimitOrderState,
        MonitorLimitOrdersRequest,
        limit_order_service_guard::{LimitOrderService, method},
    },
    monitor::Monitor,
    store::Store,
};

/// The service: tonic's, with the access of each call as an argument.
pub(crate) struct LimitOrders<S> {
    store: S,
}

impl<S: Store> LimitOrders<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store }
    }
}

impl<S: Store> LimitOrderService for LimitOrders<S> {
    type MonitorLimitOrdersStream = ReceiverStream<Result<LimitOrder, Status>>;

    async fn create_limit_order(
        &self,
        access: Authorised<method::CreateLimitOrder>,
        request: Request<CreateLimitOrderRequest>,
    ) -> Result<Response<LimitOrder>, Status> {
        let sent = request.into_inner().limit_order;
        let sent = sent.ok_or_else(|| Status::invalid_argument("the limit_order is missing"))?;
        let mut order = LimitOrder {
            name: format!("limit_orders/{}", Ulid::new()),
            account: sent.account,
            state: LimitOrderState::Open.into(),
            ..LimitOrder::default()
        };
        access.stamp(&mut order)?;
        // The guard sees who owns the order. Whose account pays, only the store can look up.
        let order = self.store.create_order(access.scope(), order).await?;
        Ok(Response::new(order))
    }

    async fn cancel_limit_order(
        &self,
        access: Authorised<method::CancelLimitOrder>,
        request: Request<CancelLimitOrderRequest>,
    ) -> Result<Response<LimitOrder>, Status> {
        let order = self.store.cancel_order(access.scope(), &request.get_ref().name).await?;
        Ok(Response::new(order))
    }

    async fn monitor_limit_orders(
        &self,
        access: Authorised<method::MonitorLimitOrders>,
        request: Request<MonitorLimitOrdersRequest>,
    ) -> Result<Response<Self::MonitorLimitOrdersStream>, Status> {
        let (sender, receiver) = mpsc::channel(16);
        let monitor = Monitor::new(self.store.clone(), access, sender);
        tokio::spawn(monitor.run(request.get_ref().follow));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
