//! What stands before a route: it knows the method, and decides before the body is read.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::Body as _;
use tracing::Instrument;

use super::{
    message_show::MessageShow,
    open_body::{OpenBody, is_final},
};
use crate::{
    audit::{self, CallOutcome},
    authoriser::{CallContext, Lease},
    credential::Presented,
    decision::Denial,
    guard::{HandlerFuture, OpenCall, PassedCall, RequestBody, ResponseId},
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
    let response_id = ResponseId::of(&lease);
    let (id, pass) = lease.pass(entry, &mut head.headers, &mut head.extensions).await;
    let mut response = match pass {
        Ok(pass) => run(entry, pass, Request::from_parts(head, body), next).await,
        Err(denial) => denial.into_response(),
    };
    response_id.set(response.headers_mut(), id);
    response
}

/// Runs the handler of a call that passed, for as long as the call may go on.
async fn run(
    entry: TableEntry,
    mut pass: PassedCall,
    mut request: Request,
    next: Next,
) -> Response {
    let span = pass.span();
    let call = Arc::new(OpenCall::idle(pass.take_ending()));
    let _left = pass.leave_in(request.extensions_mut());
    let messages = MessageShow::default();
    messages.leave_in(request.extensions_mut());
    let request = request.map(|body| OpenBody::incoming(cleaned(body), &call));
    let handler = next.run(request);
    let handler = HandlerFuture::new(handler, entry.method, Some(Arc::clone(&call)));
    match answer(entry, &call, handler.instrument(span)).await {
        Ok(response) => {
            let status = response.status();
            if status.is_client_error() || status.is_server_error() {
                call.finish(CallOutcome::Failed);
            } else if messages.was_missed() {
                audit::messages_unshown(entry.method);
            }
            response.map(|body| OpenBody::outgoing(body, entry, &call))
        }
        Err(denial) => {
            call.finish(CallOutcome::Failed);
            denial.into_response()
        }
    }
}

/// What the handler answers, as soon as it may leave.
async fn answer(
    entry: TableEntry,
    call: &OpenCall,
    handler: impl Future<Output = Result<Response, Denial>>,
) -> Result<Response, Denial> {
    let response = handler.await?;
    if !is_final(entry, response.body()) {
        call.until_fresh().await?;
    }
    Ok(response)
}

/// Takes off the headers that are none of an open handler's business, out of the trailers too.
pub(super) async fn open_gate(mut request: Request, next: Next) -> Response {
    let _ = Presented::take(request.headers_mut());
    next.run(request.map(cleaned)).await
}

/// The body, without what has no place in its trailers.
fn cleaned(body: Body) -> Body {
    if body.is_end_stream() { body } else { Body::new(RequestBody::new(body)) }
}

/// The answer to a path that is in no table.
pub(super) async fn unknown(lease: Lease, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    #[cfg(feature = "tonic")]
    let is_grpc = crate::tonic::has_grpc_content(&head.headers);
    let mut context = CallContext::take(&mut head.headers, &head.extensions);
    let denial = lease.core().refuse_unknown(&mut context).await;
    #[cfg(feature = "tonic")]
    let mut response = if is_grpc {
        ::tonic::Status::from(denial).into_http::<::tonic::body::Body>().map(Body::new)
    } else {
        denial.into_response()
    };
    #[cfg(not(feature = "tonic"))]
    let mut response = denial.into_response();
    ResponseId::of(&lease).set(response.headers_mut(), context.request_id());
    response
}
