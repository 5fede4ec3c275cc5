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
    audit::CallOutcome,
    decision::Denial,
    guard::{OpenCall, poll_caught},
    policy::{Operation, TableEntry},
};

/// What leaves or comes in one piece is no longer: between two pieces the call is looked at.
const PIECE: usize = 64 * 1024;

/// Which way a body goes.
#[derive(Debug, Clone, Copy)]
enum Way {
    In,
    /// The answer of a handler of this method.
    Out(TableEntry),
    /// One that is given however long it takes.
    Final(TableEntry),
}

/// Whether what the handler answers is given however long it took: one answer, that is there, to a
/// WRITE. What is done is done.
pub(super) fn is_final(entry: TableEntry, body: &Body) -> bool {
    entry.method.operation() == Operation::Write && body.size_hint().exact().is_some()
}

/// A body that passes piece by piece, each only while its call may go on.
pub(super) struct OpenBody {
    body: Body,
    way: Way,
    call: Arc<OpenCall>,
    /// The rest of a large frame.
    rest: Bytes,
    /// A piece that waits until the call was decided again.
    held: Option<Result<Polled, Denial>>,
    /// Whoever reads it was told that the call is over.
    ended: bool,
}

type Polled = Option<Result<Frame<Bytes>, axum::Error>>;

impl OpenBody {
    /// A request: its call lasts from the first time that the rest of it is waited for.
    pub(super) fn incoming(body: Body, call: &Arc<OpenCall>) -> Body {
        if body.is_end_stream() {
            call.request_is_read();
            return body;
        }
        Self::wrap(body, Way::In, call)
    }

    /// A response: what is large or of a length that is not known before lasts from the start, and
    /// anything else from the first time that the rest of it is waited for.
    pub(super) fn outgoing(body: Body, entry: TableEntry, call: &Arc<OpenCall>) -> Body {
        if body.is_end_stream() {
            call.finish(CallOutcome::Completed);
            return body;
        }
        if is_final(entry, &body) {
            return Self::wrap(body, Way::Final(entry), call);
        }
        if body.size_hint().exact().is_none_or(|length| length > PIECE as u64) {
            call.start_renewal();
        }
        Self::wrap(body, Way::Out(entry), call)
    }

    fn wrap(body: Body, way: Way, call: &Arc<OpenCall>) -> Body {
        let call = Arc::clone(call);
        Body::new(Self { body, way, call, rest: Bytes::new(), held: None, ended: false })
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Polled, Denial>> {
        let Self { body, way, call, rest, held, .. } = self;
        let way = *way;
        if let Way::Final(entry) = way {
            return poll_caught(entry.method, || Pin::new(body).poll_frame(cx));
        }
        let poll = |cx: &mut Context<'_>| {
            if !rest.is_empty() {
                let piece = rest.split_to(rest.len().min(PIECE));
                return Poll::Ready(Ok(Some(Ok(Frame::data(piece)))));
            }
            let polled = match way {
                Way::In => Pin::new(body).poll_frame(cx).map(Ok),
                Way::Out(entry) | Way::Final(entry) => {
                    poll_caught(entry.method, || Pin::new(body).poll_frame(cx))
                }
            };
            if polled.is_pending() {
                call.start_renewal();
            }
            polled.map_ok(|polled| polled.map(|frame| frame.map(|frame| first_piece(frame, rest))))
        };
        let passed = match way {
            Way::In => call.poll_request(held, cx, poll),
            Way::Out(_) | Way::Final(_) => call.poll_response(held, cx, poll),
        };
        passed.map(|passed| passed.and_then(|polled| polled))
    }

    /// What passed is counted, and its end is remembered.
    fn passed(&self, polled: &Polled) {
        let is_over = polled.is_none() || self.is_end_stream();
        match self.way {
            Way::In => {
                if polled.is_some() {
                    self.call.count_request();
                }
                if is_over {
                    self.call.request_is_read();
                }
            }
            Way::Out(_) | Way::Final(_) => {
                match polled {
                    Some(Ok(_)) => self.call.count_response(),
                    Some(Err(_)) => self.call.finish(CallOutcome::Failed),
                    None => {}
                }
                if is_over {
                    self.call.finish(CallOutcome::Completed);
                }
            }
        }
    }
}

/// A frame of any size, cut after its first piece.
fn first_piece(frame: Frame<Bytes>, rest: &mut Bytes) -> Frame<Bytes> {
    match frame.into_data() {
        Ok(mut data) if data.len() > PIECE => {
            *rest = data.split_off(PIECE);
            Frame::data(data)
        }
        Ok(data) => Frame::data(data),
        Err(other) => other,
    }
}

impl HttpBody for OpenBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Polled> {
        let this = self.get_mut();
        // A handler that takes no notice of errors must come to an end.
        if this.ended {
            return Poll::Ready(None);
        }
        match ready!(this.poll_body(cx)) {
            Ok(polled) => {
                this.passed(&polled);
                Poll::Ready(polled)
            }
            Err(denial) => {
                this.ended = true;
                // Unless it was refused, the handler's body panicked.
                this.call.finish(CallOutcome::Failed);
                Poll::Ready(Some(Err(axum::Error::new(denial))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || (self.held.is_none() && self.rest.is_empty() && self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = match &self.held {
            Some(Ok(Some(Ok(frame)))) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        let here = u64::try_from(held + self.rest.len()).unwrap_or(u64::MAX);
        let hint = self.body.size_hint();
        let mut all = SizeHint::new();
        all.set_lower(hint.lower().saturating_add(here));
        if let Some(upper) = hint.upper() {
            all.set_upper(upper.saturating_add(here));
        }
        all
    }
}

impl fmt::Debug for OpenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBody").field("way", &self.way).finish_non_exhaustive()
    }
}
