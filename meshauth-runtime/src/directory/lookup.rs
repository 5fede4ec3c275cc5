//! One question to a directory.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::records::Miss;

/// A look-up: answered at once, or later.
#[must_use = "a look-up does nothing until it is awaited"]
pub struct Lookup<'a, T>(pub(crate) State<'a, T>);

pub(crate) enum State<'a, T> {
    Now(Option<Result<T, Miss>>),
    Later(Later<'a, T>),
}

pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Miss>> + Send + 'a>>;

impl<'a, T> Lookup<'a, T> {
    /// The answer is here.
    pub fn now(answer: Result<T, Miss>) -> Self {
        Self(State::Now(Some(answer)))
    }

    /// The answer will come. The authoriser does not wait longer than its deadline, and drops the
    /// future then.
    pub fn later(answer: impl Future<Output = Result<T, Miss>> + Send + 'a) -> Self {
        Self(State::Later(Box::pin(answer)))
    }
}

// No record is ever pinned.
impl<T> Unpin for Lookup<'_, T> {}

/// For a directory that asks another one.
impl<T> Future for Lookup<'_, T> {
    type Output = Result<T, Miss>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polled again after its end, it has no answer any more.
            State::Now(answer) => Poll::Ready(answer.take().unwrap_or(Err(Miss::Unavailable))),
            State::Later(answer) => answer.as_mut().poll(cx),
        }
    }
}

impl<T> fmt::Debug for Lookup<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Now(_) => "Lookup(now)",
            State::Later(_) => "Lookup(later)",
        })
    }
}
