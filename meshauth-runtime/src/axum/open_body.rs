//! Bodies that last: each read or written only while its call may go on.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::guard::OpenCall;

/// Which way a body goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    In,
    Out,
}

/// A body whose length is not known before: a stream.
pub(super) struct OpenBody {
    body: Body,
    way: Way,
    call: Arc<OpenCall>,
    /// Whoever reads it was told that the call is over.
    ended: bool,
}

impl OpenBody {
    pub(super) fn wrap(body: Body, way: Way, call: &Arc<OpenCall>) -> Body {
        Body::new(Self { body, way, call: Arc::clone(call), ended: false })
    }
}

/// Whether a body may last: it is not in memory as a whole.
pub(super) fn lasts(body: &Body) -> bool {
    !body.is_end_stream() && body.size_hint().exact().is_none()
}

impl HttpBody for OpenBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, way, call, ended } = self.get_mut();
        // A handler that takes no notice of errors must come to an end.
        if *ended {
            return Poll::Ready(None);
        }
        let polled = match way {
            Way::Out => call.poll_response(cx, |cx| Pin::new(body).poll_frame(cx)),
            Way::In => call.poll_request(cx, |cx| Pin::new(body).poll_frame(cx)),
        };
        Poll::Ready(ready!(polled).unwrap_or_else(|denial| {
            *ended = true;
            Some(Err(axum::Error::new(denial)))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for OpenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBody").field("way", &self.way).finish_non_exhaustive()
    }
}
