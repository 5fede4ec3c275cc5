//! What stands before a route: it knows the method, and decides before the body is read.

use std::sync::Arc;

#[cfg(feature = "tonic")]
use axum::body::Body;
use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::open_body::OpenBody;
use crate::{
    authoriser::{CallContext, Lease},
    credential::Presented,
    guard::{HandlerFuture, OpenCall},
    policy::TableEntry,
};

/// Decides, and lets the handler have what passes.
pub(super) async fn gate(
    lease: Lease,
    entry: TableEntry,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let mut passed = match lease.pass(entry, &mut head.headers, &mut head.extensions).await {
        Ok(passed) => passed,
        Err(denial) => return denial.into_response(),
    };
    let call = Arc::new(OpenCall::idle(passed.admitted()));
    head.extensions.insert(passed);
    let body = OpenBody::incoming(body, &call);
    let handler = next.run(Request::from_parts(head, body));
    match HandlerFuture::new(handler, entry.method, Some(Arc::clone(&call))).await {
        Ok(response) => response.map(|body| OpenBody::outgoing(body, entry, &call)),
        Err(denial) => denial.into_response(),
    }
}

/// Takes off the headers that are none of an open handler's business.
pub(super) async fn open_gate(mut request: Request, next: Next) -> Response {
    let _ = Presented::take(request.headers_mut());
    next.run(request).await
}

/// The answer to a path that is in no table.
pub(super) async fn unknown(lease: Lease, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    #[cfg(feature = "tonic")]
    let is_grpc = crate::tonic::has_grpc_content(&head.headers);
    let mut context = CallContext::take(&mut head.headers, &head.extensions);
    let denial = lease.core().refuse_unknown(&mut context).await;
    #[cfg(feature = "tonic")]
    if is_grpc {
        return ::tonic::Status::from(denial).into_http::<::tonic::body::Body>().map(Body::new);
    }
    denial.into_response()
}
