//! The caller's side: each call once over gRPC and once over HTTP, with the same two headers.

use std::{error::Error, net::SocketAddr};

use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use meshauth_runtime::{API_KEY_HEADER, DOMAIN, GROUP_HEADER};
use serde_json::Value;
use tokio::net::TcpStream;
use tonic::{metadata::MetadataMap, transport::Channel};
use tonic_types::StatusExt;

use crate::api::one_port::v1::{
    GetAccountRequest, RenameAccountRequest, account_service_client::AccountServiceClient,
};

const BROKER: &str = "groups/01JD8Q5V9W0000000000BR0KER";
const CORPORATE: &str = "groups/01JD8Q5V9W0000000C0RP0RATE";
const BROKER_KEY: &str = "EXAMPLE-not-a-secret-broker________________";
const MONITOR_KEY: &str = "EXAMPLE-not-a-secret-risk-monitor__________";

/// A call, and what must come of it.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) what: &'static str,
    /// The reason of the denial, or `allowed`.
    pub(crate) expected: &'static str,
    key: Option<&'static str>,
    group: Option<&'static str>,
    account: &'static str,
    rename: bool,
}

const fn get(
    what: &'static str,
    key: Option<&'static str>,
    group: Option<&'static str>,
    account: &'static str,
    expected: &'static str,
) -> Call {
    Call { what, expected, key, group, account, rename: false }
}

const fn rename(call: Call) -> Call {
    Call { rename: true, ..call }
}

const BK: Option<&str> = Some(BROKER_KEY);
const MK: Option<&str> = Some(MONITOR_KEY);
const B: Option<&str> = Some(BROKER);
const C: Option<&str> = Some(CORPORATE);

pub(crate) const CALLS: &[Call] = &[
    get("broker sees what is below", BK, B, "corporate", "allowed"),
    rename(get("broker renames its own", BK, B, "broker", "allowed")),
    rename(get("broker renames what is below", BK, B, "corporate", "RESOURCE_NOT_OWNED")),
    rename(get("broker, as corporate, renames it", BK, C, "corporate", "allowed")),
    get("monitor sees its own", MK, C, "corporate", "allowed"),
    get("monitor sees a sibling's", MK, C, "individual", "RESOURCE_NOT_FOUND"),
    get("monitor sees nothing", MK, C, "none", "RESOURCE_NOT_FOUND"),
    rename(get("monitor renames its own", MK, C, "corporate", "ROLE_REQUIRED")),
    get("monitor acts above its grant", MK, B, "corporate", "ROLE_REQUIRED"),
    get("broker names no group", BK, None, "broker", "GROUP_MISSING"),
    get("broker names a malformed group", BK, Some("broker"), "broker", "GROUP_MALFORMED"),
    get("nobody", None, B, "broker", "CREDENTIALS_MISSING"),
    get("somebody unknown", Some("short"), B, "broker", "CREDENTIALS_INVALID"),
];

/// A client of the one port.
pub(crate) struct Client {
    address: SocketAddr,
    channel: Channel,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect_lazy();
        Ok(Self { address, channel })
    }

    /// What came of the call over gRPC.
    pub(crate) async fn grpc(&self, call: &Call) -> Result<String, Box<dyn Error>> {
        let mut accounts = AccountServiceClient::new(self.channel.clone());
        let metadata = MetadataMap::from_headers(call.headers());
        let name = format!("accounts/{}", call.account);
        let answer = if call.rename {
            let message = RenameAccountRequest { name, display_name: "renamed".to_owned() };
            let request = tonic::Request::from_parts(metadata, tonic::Extensions::new(), message);
            accounts.rename_account(request).await
        } else {
            let message = GetAccountRequest { name };
            let request = tonic::Request::from_parts(metadata, tonic::Extensions::new(), message);
            accounts.get_account(request).await
        };
        let Err(status) = answer else { return Ok("allowed".to_owned()) };
        let info = status.get_details_error_info().filter(|info| info.domain == DOMAIN);
        Ok(info.map_or_else(|| status.code().to_string(), |info| info.reason))
    }

    /// What came of the call over HTTP.
    pub(crate) async fn http(&self, call: &Call) -> Result<String, Box<dyn Error>> {
        let path = format!("/v1/accounts/{}", call.account);
        let (method, path, body) = if call.rename {
            (Method::PUT, format!("{path}/display_name"), "\"renamed\"")
        } else {
            (Method::GET, path, "")
        };
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse()?;
        *request.headers_mut() = call.headers();
        request.headers_mut().insert("host", self.address.to_string().parse()?);
        request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));

        let socket = TokioIo::new(TcpStream::connect(self.address).await?);
        let (mut sender, connection) = http1::handshake(socket).await?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        if answer.status().is_success() {
            return Ok("allowed".to_owned());
        }
        let problem = answer.into_body().collect().await?.to_bytes();
        let problem: Value = serde_json::from_slice(&problem)?;
        Ok(problem["reason"].as_str().unwrap_or("no reason").to_owned())
    }
}

impl Call {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(key) = self.key {
            let mut key = HeaderValue::from_static(key);
            key.set_sensitive(true);
            headers.insert(API_KEY_HEADER, key);
        }
        if let Some(group) = self.group {
            headers.insert(GROUP_HEADER, HeaderValue::from_static(group));
        }
        headers
    }
}
