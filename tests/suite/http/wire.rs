//! Both ends of a connection: a router on a free port, and a client that speaks HTTP/1, HTTP/2 and
//! gRPC, and sees every byte.

use std::net::SocketAddr;

use axum::{Router, serve::ListenerExt};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tonic::Status;
use tonic_types::StatusExt;

/// Serves on a free port of the loopback interface, until the test's runtime ends.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    crate::log::capture();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|socket| socket.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What a call goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Http1,
    Http2,
    Grpc,
}

type Body = Full<Bytes>;

/// A connection that waits for nothing before it sends.
pub(crate) async fn socket(address: SocketAddr) -> TokioIo<TcpStream> {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    TokioIo::new(socket)
}

/// A client of one server, with a connection for each version of HTTP.
pub(crate) struct Client {
    address: SocketAddr,
    http1: Option<http1::SendRequest<Body>>,
    http2: http2::SendRequest<Body>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    trailers: Option<HeaderMap>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = socket(address).await;
        let (http2, connection) = http2::handshake(TokioExecutor::new(), socket).await.unwrap();
        tokio::spawn(connection);
        Self { address, http1: None, http2 }
    }

    /// A POST of a message, framed as the wire wants it.
    pub(crate) async fn post(
        &mut self,
        wire: Wire,
        path: &str,
        headers: &HeaderMap,
        message: &[u8],
    ) -> Answered {
        let mut request = Request::new(message.to_vec());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().unwrap();
        *request.headers_mut() = headers.clone();
        if wire == Wire::Grpc {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            *request.body_mut() = [&[0], &length[..], message].concat();
            let grpc = HeaderValue::from_static("application/grpc");
            request.headers_mut().insert(CONTENT_TYPE, grpc);
        }
        self.send(wire, request).await
    }

    /// Any request.
    pub(crate) async fn send(&mut self, wire: Wire, mut request: Request<Vec<u8>>) -> Answered {
        let host = self.address.to_string();
        if wire == Wire::Http1 {
            request.headers_mut().insert("host", host.parse().unwrap());
        } else {
            let path = request.uri().to_string();
            *request.uri_mut() = format!("http://{host}{path}").parse().unwrap();
        }
        let request = request.map(|body| Body::new(body.into()));
        Answered::read(match wire {
            Wire::Http1 => self.http1().await.send_request(request).await.unwrap(),
            Wire::Http2 | Wire::Grpc => self.http2.send_request(request).await.unwrap(),
        })
        .await
    }

    /// The connection, or another one if the server has closed it.
    async fn http1(&mut self) -> &mut http1::SendRequest<Body> {
        let open = match &mut self.http1 {
            Some(open) => open.ready().await.is_ok(),
            None => false,
        };
        if !open {
            let socket = socket(self.address).await;
            let (http1, connection) = http1::handshake(socket).await.unwrap();
            tokio::spawn(connection);
            self.http1 = Some(http1);
        }
        self.http1.as_mut().unwrap()
    }
}

impl Answered {
    async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned();
        Self { status: head.status, headers: head.headers, body: collected.to_bytes(), trailers }
    }

    /// The status of a gRPC call; none if it went well.
    pub(crate) fn grpc(&self) -> Option<Status> {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let trailers = self.trailers.as_ref().and_then(Status::from_header_map);
        let status = trailers.or_else(|| Status::from_header_map(&self.headers));
        Some(status.expect("a gRPC status")).filter(|status| status.code() != tonic::Code::Ok)
    }

    /// The members of a problem.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The number and the reason of a denial, as this wire tells it; none if the call went well.
    pub(crate) fn denied(&self, wire: Wire) -> Option<(u16, String)> {
        if wire == Wire::Grpc {
            let status = self.grpc()?;
            let reason =
                status.get_details_error_info().map_or_else(String::new, |info| info.reason);
            return Some((status.code() as u16, reason));
        }
        if self.status.is_success() {
            return None;
        }
        let problem = self.problem();
        assert_eq!(problem["status"], self.status.as_u16());
        Some((self.status.as_u16(), problem["reason"].as_str().unwrap().to_owned()))
    }
}
