//! What a gate hands to the guard behind it, in the extensions of the request.

use http::{Extensions, HeaderMap};
use tokio::time::Instant;

use super::admitted::Admitted;
use crate::{
    arrival::Arrival,
    authorizer::Authorizer,
    decision::Allowed,
    denial::Denial,
    method::{Access, Method, assert_consistent, sealed::Decided},
    presented::Presented,
    table_entry::TableEntry,
};

/// A call that a gate let pass. Nobody else can make one, or name its type.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) authorizer: Authorizer,
    entry: TableEntry,
    arrival: Arrival,
    allowed: Allowed,
    since: Instant,
}

#[cfg(feature = "axum")]
impl Passed {
    /// What the gate itself knows of the call.
    pub(crate) fn admitted(&mut self) -> Admitted {
        // From here on several parts of the call leave records: they are of one id.
        let _ = self.arrival.request_id();
        Admitted::new(&self.authorizer, self.entry, self.arrival, &self.allowed)
    }
}

impl Passed {
    /// Whether this authorizer made it, and for the very same policy.
    fn is_of(&self, authorizer: &Authorizer, entry: TableEntry) -> bool {
        self.authorizer.is(authorizer) && self.entry.is(entry.method)
    }

    /// Whether it is as new as the decision of an open stream must be. Else a caller who sends its
    /// request late would be served long after its key was revoked.
    fn still_holds(&self) -> bool {
        self.arrival.epoch == self.authorizer.epoch()
            && self.since.elapsed() < self.authorizer.recheck()
    }
}

impl Authorizer {
    /// At the gate: decides. The result belongs into the extensions of the request, for the guard.
    pub(crate) async fn pass(
        &self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<Passed, Denial> {
        let since = Instant::now();
        let (arrival, allowed) = self.decide_once(entry, headers, extensions).await?;
        Ok(Passed { authorizer: self.clone(), entry, arrival, allowed, since })
    }

    /// At the guard: gives the access to the one method that it guards.
    pub(crate) async fn admit<M: Method>(
        &self,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<(M::Access, Admitted), Denial> {
        const { assert_consistent::<M>() };
        let entry = TableEntry::of::<M>();
        let (arrival, allowed) = self.decide_once(entry, headers, extensions).await?;
        let admitted = Admitted::new(self, entry, arrival, &allowed);
        // A policy that does not fit its access never gets an allow that does.
        let access = M::Access::from_allowed(allowed, Decided::by_the_authorizer());
        Ok((access.ok_or(Denial::Internal)?, admitted))
    }

    /// Takes a gate's result if this authorizer made it, for the very same policy, and not long ago;
    /// else decides.
    async fn decide_once(
        &self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<(Arrival, Allowed), Denial> {
        // The gate took the headers off. If they are there again, somebody in between put them
        // there: they count, and what the gate made of others does not.
        let passed = extensions.remove::<Passed>().filter(|_| !Presented::is_in(headers));
        let again = passed.as_ref().is_some_and(|passed| passed.is_of(self, entry));
        let mut arrival = match passed {
            Some(passed) if again && passed.still_holds() => {
                return Ok((passed.arrival, passed.allowed));
            }
            Some(passed) => passed.arrival,
            None => Arrival::take(headers, extensions),
        };
        arrival.epoch = self.epoch();
        let allowed = if again {
            self.judge_again(entry, &mut arrival).await?
        } else {
            self.judge(entry, &mut arrival).await?
        };
        Ok((arrival, allowed))
    }
}
