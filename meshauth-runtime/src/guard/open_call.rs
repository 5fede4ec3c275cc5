//! A call that lasts: it is decided again while it lives, and ends with the answer of the check
//! that fails.

use std::{
    future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures_util::task::AtomicWaker;

use super::{admitted_call::AdmittedCall, call_ending::CallEnding};
use crate::{
    audit::CallOutcome,
    authoriser::{CallEnd, Membership},
    decision::Denial,
};

/// A call with a stream, in either direction or both. All that serve it ask here whether it may go
/// on.
#[derive(Debug)]
pub(crate) struct OpenCall {
    end: Arc<CallEnd>,
    ending: CallEnding,
    /// What is there once the call is known to last.
    lasting: OnceLock<Membership>,
    /// A WRITE has read its whole request: what it does is done, and its caller should know.
    is_committed: AtomicBool,
}

impl OpenCall {
    /// Opens the call, and has it decided again for as long as this lives.
    #[cfg(feature = "tonic")]
    pub(crate) fn new(ending: CallEnding) -> Self {
        let call = Self::idle(ending);
        call.start_renewal();
        call
    }

    /// A call that is decided again if it turns out to last.
    pub(crate) fn idle(ending: CallEnding) -> Self {
        Self {
            end: Arc::default(),
            ending,
            lasting: OnceLock::new(),
            is_committed: AtomicBool::new(false),
        }
    }

    /// Has the call decided again from here on.
    pub(crate) fn start_renewal(&self) {
        self.membership();
    }

    fn membership(&self) -> &Membership {
        self.lasting.get_or_init(|| {
            self.ending.lasts();
            let AdmittedCall { lease, entry, context, admission } = &self.ending.admitted;
            Membership::join(lease.clone(), *entry, context, admission, &self.end)
        })
    }

    /// Ends the call: a message of it is outside the scope.
    #[cfg(feature = "tonic")]
    pub(crate) fn end(&self, denial: Denial) {
        self.end
            .end(crate::authoriser::Refusal { denial, by: Some(crate::decision::Check::Scope) });
    }

    /// How it ended by itself. The first counts.
    pub(crate) fn finish(&self, outcome: CallOutcome) {
        // What was completed was completed: the answer of a WRITE is given whatever is decided.
        if outcome != CallOutcome::Completed {
            self.note_refusal();
        }
        self.ending.finish(outcome);
    }

    fn note_refusal(&self) {
        if let Some(refusal) = self.end.refusal() {
            self.ending.refuse(refusal);
        }
    }

    pub(crate) fn count_request(&self) {
        self.ending.count_request();
    }

    pub(crate) fn count_response(&self) {
        self.ending.count_response();
    }

    /// The whole request was read. From here on a WRITE runs to its end, whatever is decided.
    #[cfg(feature = "axum")]
    pub(crate) fn request_is_read(&self) {
        if self.ending.admitted.entry.method.operation() == crate::policy::Operation::Write
            && self.end.check().is_ok()
        {
            self.is_committed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether its decision is young enough for a message to pass. If not, it is being decided again.
    fn is_fresh(&self) -> bool {
        let AdmittedCall { lease, entry, context, admission } = &self.ending.admitted;
        match self.lasting.get() {
            Some(membership) => membership.is_fresh(),
            None => {
                context.still_holds(lease.core(), *entry, admission) || self.membership().is_fresh()
            }
        }
    }

    /// Polls the handler, unless the call is over.
    pub(crate) fn poll_handler<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        if self.is_committed.load(Ordering::Relaxed) {
            let _entered = self.ending.admitted.context.span.span().enter();
            return poll(cx).map(Ok);
        }
        self.poll(&self.end.responses, cx, poll)
    }

    /// Polls what makes requests, unless the call is over. What comes is held back until the decision
    /// of the call is young enough.
    pub(crate) fn poll_request<T>(
        &self,
        held: &mut Option<T>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        self.poll_message(&self.end.requests, held, cx, poll)
    }

    /// Polls what makes a response, unless the call is over. It is held back as a request is.
    pub(crate) fn poll_response<T>(
        &self,
        held: &mut Option<T>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        self.poll_message(&self.end.responses, held, cx, poll)
    }

    /// Waits until an answer may leave.
    pub(crate) async fn until_fresh(&self) -> Result<(), Denial> {
        let mut answer = Some(());
        future::poll_fn(|cx| self.poll_response(&mut answer, cx, |_| Poll::Ready(()))).await
    }

    fn poll_message<T>(
        &self,
        waiting: &AtomicWaker,
        held: &mut Option<T>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        let message = match held.take() {
            Some(message) => {
                waiting.register(cx.waker());
                if let Err(denial) = self.end.check() {
                    return Poll::Ready(Err(denial));
                }
                message
            }
            None => match ready!(self.poll(waiting, cx, poll)) {
                Ok(message) => message,
                Err(denial) => return Poll::Ready(Err(denial)),
            },
        };
        if self.is_fresh() {
            return Poll::Ready(Ok(message));
        }
        // Whoever decides it again wakes us, with one answer or the other.
        *held = Some(message);
        match self.end.check() {
            Err(denial) => Poll::Ready(Err(denial)),
            Ok(()) => Poll::Pending,
        }
    }

    fn poll<T>(
        &self,
        waiting: &AtomicWaker,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Denial>> {
        let _entered = self.ending.admitted.context.span.span().enter();
        waiting.register(cx.waker());
        if let Err(denial) = self.end.check() {
            return Poll::Ready(Err(denial));
        }
        // What is polled may end the call itself: a handler that reads a request of another group.
        let polled = poll(cx);
        match self.end.check() {
            Err(denial) => Poll::Ready(Err(denial)),
            Ok(()) => polled.map(Ok),
        }
    }
}

/// Whatever ended it is in the record of its end.
impl Drop for OpenCall {
    fn drop(&mut self) {
        self.note_refusal();
    }
}
