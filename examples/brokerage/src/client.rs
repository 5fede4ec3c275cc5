//! The caller's side: tonic's generated clients, and the two headers.

use std::{error::Error, net::SocketAddr};

use http::{HeaderMap, uri::PathAndQuery};
use meshauth_runtime::{DOMAIN, KeyDigest, Resource};
use tonic::{Request, Status, Streaming, client::Grpc, metadata::MetadataMap, transport::Channel};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;

use crate::{
    api::brokerage::{
        iam::directory::v1::{
            MoveGroupRequest, RevokeKeyRequest, directory_service_client::DirectoryServiceClient,
        },
        trading::limit_order::v1::{
            CancelLimitOrderRequest, CreateLimitOrderRequest, LimitOrder,
            MonitorLimitOrdersRequest, limit_order_service_client::LimitOrderServiceClient,
        },
        wallet::account::v1::{
            Account, GetAccountRequest, ListAccountsRequest, UpdateAccountRequest,
            account_service_client::AccountServiceClient,
        },
    },
    call::{Call, Got},
    world::Group,
};

/// A connection to the server.
pub(crate) struct Client {
    channel: Channel,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        Ok(Self { channel })
    }

    /// Makes the call with these headers, and tells what came of it as a caller sees it.
    pub(crate) async fn call(
        &self,
        call: Call,
        headers: &HeaderMap,
    ) -> Result<Got, Box<dyn Error>> {
        match self.owners(call, headers).await {
            Ok(owners) => {
                let groups: Result<Vec<_>, _> = owners.iter().map(|o| Group::named(o)).collect();
                let mut groups = groups?;
                groups.sort_unstable();
                Ok(Got::Allowed(groups))
            }
            Err(status) => Ok(Got::Denied(reason(&status))),
        }
    }

    /// Opens a stream of orders that stays open.
    pub(crate) async fn follow(
        &self,
        headers: &HeaderMap,
    ) -> Result<Streaming<LimitOrder>, Status> {
        let mut orders = LimitOrderServiceClient::new(self.channel.clone());
        let request = request(MonitorLimitOrdersRequest { follow: true }, headers);
        Ok(orders.monitor_limit_orders(request).await?.into_inner())
    }

    /// Moves a group, as an administrator.
    pub(crate) async fn move_group(
        &self,
        headers: &HeaderMap,
        group: Group,
        below: Group,
    ) -> Result<(), Status> {
        let mut directory = DirectoryServiceClient::new(self.channel.clone());
        let moved = MoveGroupRequest { name: group.name(), below: below.name() };
        directory.move_group(request(moved, headers)).await.map(drop)
    }

    /// Takes a key away, as an administrator.
    pub(crate) async fn revoke_key(
        &self,
        headers: &HeaderMap,
        api_user: &str,
        key: &KeyDigest,
    ) -> Result<(), Status> {
        let mut directory = DirectoryServiceClient::new(self.channel.clone());
        let (api_user, key_sha256) = (api_user.to_owned(), key.as_bytes().to_vec());
        let revoked = RevokeKeyRequest { api_user, key_sha256 };
        directory.revoke_key(request(revoked, headers)).await.map(drop)
    }

    /// The owners of all resources in the answer.
    async fn owners(&self, call: Call, headers: &HeaderMap) -> Result<Vec<String>, Status> {
        let mut accounts = AccountServiceClient::new(self.channel.clone());
        let mut orders = LimitOrderServiceClient::new(self.channel.clone());
        match call {
            Call::ListAccounts => {
                let request = request(ListAccountsRequest {}, headers);
                let listed = accounts.list_accounts(request).await?.into_inner().accounts;
                Ok(listed.iter().map(owner).collect())
            }
            Call::GetAccount(of) => {
                let request = request(GetAccountRequest { name: of.account() }, headers);
                Ok(vec![owner(accounts.get_account(request).await?.get_ref())])
            }
            Call::UpdateAccount(of) => {
                let display_name = format!("{of}, renamed");
                let account = Account { name: of.account(), display_name, ..Account::default() };
                let request = request(UpdateAccountRequest { account: Some(account) }, headers);
                Ok(vec![owner(accounts.update_account(request).await?.get_ref())])
            }
            Call::CreateLimitOrder(of) => {
                let (owner, account) = (of.name(), of.account());
                let order = LimitOrder { owner, account, ..LimitOrder::default() };
                create(&mut orders, order, headers).await
            }
            Call::CreateLimitOrderUnowned(payer) | Call::CreateLimitOrderPaidBy(payer) => {
                let order = LimitOrder { account: payer.account(), ..LimitOrder::default() };
                create(&mut orders, order, headers).await
            }
            Call::CancelLimitOrder(of) => {
                let request = request(CancelLimitOrderRequest { name: of.order() }, headers);
                Ok(vec![owner(orders.cancel_limit_order(request).await?.get_ref())])
            }
            Call::MonitorLimitOrders => {
                let request = request(MonitorLimitOrdersRequest { follow: false }, headers);
                let mut sent = orders.monitor_limit_orders(request).await?.into_inner();
                let mut owners = Vec::new();
                while let Some(order) = sent.message().await? {
                    owners.push(owner(&order));
                }
                Ok(owners)
            }
            Call::CloseAccount => self.raw(call, headers).await,
        }
    }

    /// A call without a generated client, to whatever path.
    async fn raw(&self, call: Call, headers: &HeaderMap) -> Result<Vec<String>, Status> {
        let path = PathAndQuery::try_from(call.path());
        let path = path.map_err(|error| Status::internal(error.to_string()))?;
        let codec = ProstCodec::<GetAccountRequest, Account>::default();
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let request = request(GetAccountRequest::default(), headers);
        Ok(vec![owner(grpc.unary(request, path, codec).await?.get_ref())])
    }
}

async fn create(
    orders: &mut LimitOrderServiceClient<Channel>,
    order: LimitOrder,
    headers: &HeaderMap,
) -> Result<Vec<String>, Status> {
    let request = request(CreateLimitOrderRequest { limit_order: Some(order) }, headers);
    Ok(vec![owner(orders.create_limit_order(request).await?.get_ref())])
}

fn request<T>(message: T, headers: &HeaderMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
    request
}

fn owner(resource: &impl Resource) -> String {
    resource.owner().to_owned()
}

/// The reason in `google.rpc.ErrorInfo`: stable, for programs. The message is for people.
pub(crate) fn reason(status: &Status) -> String {
    match status.get_details_error_info() {
        Some(info) if info.domain == DOMAIN => info.reason,
        _ => format!("{:?}, no reason", status.code()),
    }
}
