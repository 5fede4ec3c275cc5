//! What stands before a gRPC service: it knows the path, and decides before the body is read.

use std::convert::Infallible;

use axum::{body::Body as AxumBody, response::IntoResponse};
use futures_util::{FutureExt, future};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Service,
        http::{
            HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
            header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
        },
    },
};

use tower::ServiceExt;
use tracing::Instrument;

use crate::{
    audit,
    authoriser::{CallContext, Lease},
    credential::Presented,
    guard::{RequestBody, ResponseId},
    policy::TableEntry,
};

/// Decides, and lets the server have what passes.
pub(super) fn gate<S>(
    lease: Lease,
    entry: TableEntry,
    server: S,
    request: Request<AxumBody>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<S>
where
    S: Service<Request<RequestBody>, Response = Response<Body>, Error = Infallible>,
{
    if let Some(refused) = not_grpc(&request) {
        let sampled = lease.core().sampled_log();
        audit::not_a_call(entry.method.path(), refused.status(), sampled);
        return future::ready(Ok(refused)).left_future();
    }
    let (mut head, body) = request.map(RequestBody::new).into_parts();
    // In its parts from the start: an `async fn` would hold the request whole as well.
    let decided = async move {
        let response_id = ResponseId::of(&lease);
        let (id, pass) = lease.pass(entry, &mut head.headers, &mut head.extensions).await;
        let mut response = match pass {
            Ok(pass) => {
                let span = pass.span();
                let left = pass.leave_in(&mut head.extensions);
                let request = Request::from_parts(head, body);
                let response = server.oneshot(request).instrument(span).await?;
                left.answered();
                response
            }
            Err(denial) => Status::from(denial).into_http(),
        };
        response_id.set(response.headers_mut(), id);
        Ok(response)
    };
    decided.right_future()
}

/// Lets the service have what is gRPC, without the headers that are none of its business.
pub(super) async fn open_gate<S>(
    service: S,
    mut request: Request<AxumBody>,
) -> Result<Response<AxumBody>, Infallible>
where
    S: Service<Request<Body>, Error = Infallible>,
    S::Response: IntoResponse,
{
    if let Some(refused) = not_grpc(&request) {
        return Ok(refused.map(AxumBody::new));
    }
    let _ = Presented::take(request.headers_mut());
    let request = request.map(|body| Body::new(RequestBody::new(body)));
    Ok(service.oneshot(request).await?.into_response())
}

/// The answer to a path that is in no table.
pub(super) async fn unknown(
    lease: Lease,
    request: Request<AxumBody>,
) -> Result<Response<Body>, Infallible> {
    let (mut head, _) = request.into_parts();
    let mut context = CallContext::take(&mut head.headers, &head.extensions);
    let denial = lease.core().refuse_unknown(&mut context).await;
    let mut response = Status::from(denial).into_http();
    ResponseId::of(&lease).set(response.headers_mut(), context.request_id());
    Ok(response)
}

/// The answer to what is no gRPC call. tonic itself runs a handler for any method and any type of
/// content; what is in front of it may have let those through for another reason.
fn not_grpc<B>(request: &Request<B>) -> Option<Response<Body>> {
    let (status, allow) = if request.method() != Method::POST {
        (StatusCode::METHOD_NOT_ALLOWED, Some("POST"))
    } else if !has_grpc_content(request.headers()) {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, None)
    } else {
        return None;
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(methods) = allow {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    Some(response)
}

/// `application/grpc`, alone, with a subtype behind `+`, or with parameters behind `;`.
pub(crate) fn has_grpc_content(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content), None) = (types.next(), types.next()) else { return false };
    let rest = content.as_bytes().strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}
