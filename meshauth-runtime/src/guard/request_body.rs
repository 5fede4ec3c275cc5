//! The body of a request, without what has no place in its trailers.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes},
};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::credential::Presented;

/// The body of a request behind a gate. Its trailers hold neither of the two headers: there they are
/// no credentials, but a handler could read the key, and tonic lays the trailers of a request over
/// its headers, so that a caller could say again, and otherwise, what a proxy has looked at.
pub struct RequestBody(Body);

impl RequestBody {
    pub(crate) fn new(body: Body) -> Self {
        Self(body)
    }
}

/// The frame, without what has no place in trailers.
fn cleaned(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        let _ = Presented::take(trailers);
    }
    frame
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
        let frame = frame.map(|frame| frame.map_err(axum::Error::into_inner).map(cleaned));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestBody")
    }
}
