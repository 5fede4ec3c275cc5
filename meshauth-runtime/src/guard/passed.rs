//! What a gate hands to the guard behind it, in the extensions of the request.

use http::{Extensions, HeaderMap};
use tokio::time::Instant;

use super::admitted::Admitted;
use crate::{
    audit::AuditEvent,
    authoriser::{Access, Admission, Arrival, Core, Decided, Lease, Method, assert_consistent},
    credential::Presented,
    decision::Denial,
    policy::TableEntry,
};

/// A call that a gate let pass. Nobody else can make one, or name its type.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    lease: Lease,
    entry: TableEntry,
    arrival: Arrival,
    admission: Admission,
    since: Instant,
}

#[cfg(feature = "axum")]
impl Passed {
    /// What the gate itself knows of the call.
    pub(crate) fn admitted(&mut self) -> Admitted {
        // From here on several parts of the call leave records: they are of one id.
        let _ = self.arrival.request_id();
        Admitted::new(self.lease.clone(), self.entry, self.arrival.clone(), &self.admission)
    }

    /// The authoriser that let it pass.
    pub(crate) fn lease(&self) -> Lease {
        self.lease.clone()
    }
}

impl Passed {
    /// Whether this authoriser made it, and for the very same policy.
    fn is_of(&self, core: &Core, entry: TableEntry) -> bool {
        self.lease.is_of(core) && self.entry.is(entry.method)
    }

    /// Whether it is as new as the decision of an open stream must be. Else a caller who sends its
    /// request late would be served long after its key was revoked.
    fn still_holds(&self) -> bool {
        let core = self.lease.core();
        self.arrival.epoch == core.revocations().epoch() && self.since.elapsed() < core.recheck()
    }
}

impl Lease {
    /// At the gate: decides. The result belongs into the extensions of the request, for the guard.
    pub(crate) async fn pass(
        self,
        entry: TableEntry,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<Passed, Denial> {
        let since = Instant::now();
        let (arrival, admission) = match self.reuse(entry, headers, extensions) {
            Reused::Holds(arrival, admission) => (arrival, admission),
            Reused::Decide(event, arrival) => self.decide_anew(event, entry, arrival).await?,
        };
        Ok(Passed { lease: self, entry, arrival, admission, since })
    }

    /// At the guard: gives the access to the one method that it guards.
    pub(crate) async fn admit<M: Method>(
        self,
        headers: &mut HeaderMap,
        extensions: &mut Extensions,
    ) -> Result<(M::Access, Admitted), Denial> {
        const { assert_consistent::<M>() };
        let entry = TableEntry::of::<M>();
        let (arrival, admission) = match self.reuse(entry, headers, extensions) {
            Reused::Holds(arrival, admission) => (arrival, admission),
            // Behind a gate this is rare, and other calls carry nothing of it along.
            Reused::Decide(event, arrival) => {
                Box::pin(self.decide_anew(event, entry, arrival)).await?
            }
        };
        let admitted = Admitted::new(self.clone(), entry, arrival, &admission);
        // A policy that does not fit its access never gets an admission that does.
        let access = M::Access::from_admission(admission, Decided::by(self));
        Ok((access.ok_or(Denial::Internal)?, admitted))
    }

    /// Takes a gate's result if this authoriser made it, for the very same policy, and not long ago.
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
        if !passed.is_of(self.core(), entry) {
            return Reused::Decide(AuditEvent::Call, passed.arrival);
        }
        if !passed.still_holds() {
            return Reused::Decide(AuditEvent::Stream, passed.arrival);
        }
        Reused::Holds(passed.arrival, passed.admission)
    }

    async fn decide_anew(
        &self,
        event: AuditEvent,
        entry: TableEntry,
        mut arrival: Arrival,
    ) -> Result<(Arrival, Admission), Denial> {
        let core = self.core();
        arrival.epoch = core.revocations().epoch();
        let admission = core.judge(event, entry, &mut arrival).await?;
        Ok((arrival, admission))
    }
}

/// What there is to be done where a gate may have decided already.
enum Reused {
    /// Nothing: its result holds.
    Holds(Arrival, Admission),
    /// A decision.
    Decide(AuditEvent, Arrival),
}
