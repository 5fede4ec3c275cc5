//! What a gate hands to the guard behind it, in the extensions of the request.

use http::{Extensions, HeaderMap};
use tokio::time::Instant;

use super::admitted::Admitted;
use crate::{
    arrival::Arrival,
    audit::AuditEvent,
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
        let (arrival, allowed) = match self.reuse(entry, headers, extensions) {
            Reused::Holds(arrival, allowed) => (arrival, allowed),
            Reused::Decide(event, arrival) => self.decide_anew(event, entry, arrival).await?,
        };
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
        let (arrival, allowed) = match self.reuse(entry, headers, extensions) {
            Reused::Holds(arrival, allowed) => (arrival, allowed),
            // Behind a gate this is rare, and other calls carry nothing of it along.
            Reused::Decide(event, arrival) => {
                Box::pin(self.decide_anew(event, entry, arrival)).await?
            }
        };
        let admitted = Admitted::new(self, entry, arrival, &allowed);
        // A policy that does not fit its access never gets an allow that does.
        let access = M::Access::from_allowed(allowed, Decided::by_the_authorizer());
        Ok((access.ok_or(Denial::Internal)?, admitted))
    }

    /// Takes a gate's result if this authorizer made it, for the very same policy, and not long ago.
    fn reuse(
        &self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Reused {
        // The gate took the headers off. If they are there again, somebody in between put them
        // there: they count, and what the gate made of others does not.
        let passed = extensions.remove::<Passed>().filter(|_| !Presented::is_in(headers));
        let Some(passed) = passed else {
            return Reused::Decide(AuditEvent::Call, Arrival::take(headers, extensions));
        };
        if !passed.is_of(self, entry) {
            return Reused::Decide(AuditEvent::Call, passed.arrival);
        }
        if !passed.still_holds() {
            return Reused::Decide(AuditEvent::Stream, passed.arrival);
        }
        Reused::Holds(passed.arrival, passed.allowed)
    }

    async fn decide_anew(
        &self,
        event: AuditEvent,
        entry: TableEntry,
        mut arrival: Arrival,
    ) -> Result<(Arrival, Allowed), Denial> {
        arrival.epoch = self.epoch();
        let allowed = self.judge(event, entry, &mut arrival).await?;
        Ok((arrival, allowed))
    }
}

/// What there is to be done where a gate may have decided already.
enum Reused {
    /// Nothing: its result holds.
    Holds(Arrival, Allowed),
    /// A decision.
    Decide(AuditEvent, Arrival),
}
