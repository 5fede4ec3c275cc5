//! Bodies that last: each read or written only while its call may go on.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{
    decision::Denial,
    guard::{OpenCall, poll_caught},
    policy::TableEntry,
};

/// A response of up to this many bytes leaves at once, if it is there.
const SMALL: u64 = 64 * 1024;

/// Which way a body goes.
#[derive(Debug, Clone, Copy)]
enum Way {
    In,
    /// The answer of a handler of this method.
    Out(TableEntry),
}

/// A body that is not in memory as a whole.
pub(super) struct OpenBody {
    body: Body,
    way: Way,
    call: Arc<OpenCall>,
    /// Whoever reads it was told that the call is over.
    ended: bool,
}

impl OpenBody {
    /// A request: its call lasts from the first time that the rest of it is waited for.
    pub(super) fn incoming(body: Body, call: &Arc<OpenCall>) -> Body {
        if body.is_end_stream() { body } else { Self::wrap(body, Way::In, call) }
    }

    /// A response: what is large or of a length that is not known before lasts from the start, and
    /// anything else from the first time that the rest of it is waited for.
    pub(super) fn outgoing(body: Body, entry: TableEntry, call: &Arc<OpenCall>) -> Body {
        if body.is_end_stream() {
            return body;
        }
        if body.size_hint().exact().is_none_or(|length| length > SMALL) {
            call.start_renewal();
        }
        Self::wrap(body, Way::Out(entry), call)
    }

    fn wrap(body: Body, way: Way, call: &Arc<OpenCall>) -> Body {
        Body::new(Self { body, way, call: Arc::clone(call), ended: false })
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Polled, Denial>> {
        let Self { body, way, call, .. } = self;
        let mut poll = |cx: &mut Context<'_>| {
            let polled = Pin::new(&mut *body).poll_frame(cx);
            if polled.is_pending() {
                call.start_renewal();
            }
            polled
        };
        match way {
            Way::In => call.poll_request(cx, poll),
            Way::Out(entry) => {
                let caught = |cx: &mut Context<'_>| poll_caught(entry.method, || poll(cx));
                call.poll_response(cx, caught).map(|polled| polled.and_then(|frame| frame))
            }
        }
    }
}

type Polled = Option<Result<Frame<Bytes>, axum::Error>>;

impl HttpBody for OpenBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Polled> {
        let this = self.get_mut();
        // A handler that takes no notice of errors must come to an end.
        if this.ended {
            return Poll::Ready(None);
        }
        let polled = ready!(this.poll_body(cx));
        Poll::Ready(polled.unwrap_or_else(|denial| {
            this.ended = true;
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
