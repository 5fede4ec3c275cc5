//! What every contender is asked, and what it answers.

use std::ops::Range;

use http::HeaderMap;
use tokio::runtime::Runtime;

use crate::{limit::Digest, world::Request};

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow,
    Deny(Reason),
}

/// What the caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    CredentialsMissing,
    CredentialsInvalid,
    GroupMissing,
    GroupMalformed,
    RoleRequired,
    VerificationRequired,
    /// Of contenders that do not say.
    Other,
}

impl Answer {
    pub(crate) fn of<T>(result: Result<T, Reason>) -> Self {
        // A service gives what is allowed to its handler.
        match std::hint::black_box(result) {
            Ok(_) => Self::Allow,
            Err(reason) => Self::Deny(reason),
        }
    }
}

/// A call as it arrives.
#[derive(Debug)]
pub(crate) struct Call {
    /// The index of its method.
    pub(crate) method: usize,
    pub(crate) path: &'static str,
    pub(crate) headers: HeaderMap,
}

/// A header that has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header<T> {
    Missing,
    Malformed,
    Value(T),
}

/// What is known of a call when its headers are read and its key is hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Credentials {
    pub(crate) digest: Digest,
    pub(crate) group: u128,
}

/// How far the answers of a contender are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// On every call, with the reason.
    Full,
    /// With the reason, on calls whose headers are well formed.
    WellFormed,
    /// Whether it allows, on calls whose headers are well formed.
    AllowOnly,
}

/// Decides calls whose keys are hashed, those at these places of a fixed list, and tells how many
/// were allowed.
pub(crate) type Hashed<'a> = Box<dyn Fn(Range<usize>) -> usize + 'a>;

/// A way to decide a call.
pub(crate) trait Check {
    const AGREEMENT: Agreement;

    /// Headers to answer.
    fn whole(&self, call: &mut Call) -> Answer;

    /// The method known and the key hashed, if it has such an entry. Made by [`hashed`].
    fn hashed(&self, _: &[Request]) -> Option<Hashed<'_>> {
        None
    }

    /// Waits for what calls have left behind.
    fn settle(&self, _: &Runtime) {}
}

/// Turns what is known of each request into what a contender takes, and decides that.
pub(crate) fn hashed<'a, P: 'a>(
    requests: &[Request],
    present: impl Fn(Credentials) -> P,
    decide: impl Fn(usize, &P) -> Answer + 'a,
) -> Hashed<'a> {
    let presented: Vec<(usize, P)> = requests
        .iter()
        .filter_map(|request| Some((request.method, present(request.credentials()?))))
        .collect();
    Box::new(move |range| {
        let is_allowed =
            |(method, presented): &&(usize, P)| decide(*method, presented) == Answer::Allow;
        presented[range].iter().filter(is_allowed).count()
    })
}

/// A [`Check`] behind one call for a whole batch, so that what chooses it costs nothing.
pub(crate) trait Contender: Sync {
    fn agreement(&self) -> Agreement;
    fn answer(&self, call: &mut Call) -> Answer;
    /// Decides them all, and tells how many were allowed.
    fn decide_all(&self, calls: &mut [Call]) -> usize;
    fn hashed(&self, requests: &[Request]) -> Option<Hashed<'_>>;
    fn settle(&self, runtime: &Runtime);
}

impl<C: Check + Sync> Contender for C {
    fn agreement(&self) -> Agreement {
        C::AGREEMENT
    }

    fn answer(&self, call: &mut Call) -> Answer {
        self.whole(call)
    }

    fn decide_all(&self, calls: &mut [Call]) -> usize {
        calls
            .iter_mut()
            .map(|call| self.whole(call))
            .filter(|answer| *answer == Answer::Allow)
            .count()
    }

    fn hashed(&self, requests: &[Request]) -> Option<Hashed<'_>> {
        Check::hashed(self, requests)
    }

    fn settle(&self, runtime: &Runtime) {
        Check::settle(self, runtime);
    }
}
