//! The scope of one call, held against the messages of it.

use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    audit,
    denial::Denial,
    method::{Access, Exchange},
    name::GroupName,
    policy::Operation,
    scope::{Boundary, Kind},
};

/// The scope of one call of `M`, as the guard holds it against messages. A PUBLIC method has none.
pub(super) struct Guarding<M> {
    scope: Option<(GroupName, Boundary)>,
    /// Set when a stream of requests carried another group's resource. The call fails then,
    /// whatever the handler makes of the error that it was given.
    intruded: Option<Arc<AtomicBool>>,
    method: PhantomData<fn() -> M>,
}

impl<M: Exchange> Guarding<M> {
    /// For a call with one request.
    pub(super) fn of(access: &M::Access) -> Self {
        let scope = access.executing_group().map(|group| (group, Boundary::of(group)));
        Self { scope, intruded: None, method: PhantomData }
    }

    /// For a call with a stream of requests: one to hold against what comes in, and one against
    /// what goes out, which knows what came in.
    pub(super) fn of_stream(access: &M::Access) -> [Self; 2] {
        let intruded = Arc::new(AtomicBool::new(false));
        [Arc::clone(&intruded), intruded]
            .map(|intruded| Self { intruded: Some(intruded), ..Self::of(access) })
    }

    /// Refuses what a caller may not send: a WRITE may state no owner but the executing group.
    pub(super) fn accept(&self, request: &M::Request) -> Result<(), Denial> {
        let (Some((group, boundary)), Operation::Write) =
            (&self.scope, <M::Kind as Kind>::OPERATION)
        else {
            return Ok(());
        };
        if M::request_admitted(request, &mut |resource| boundary.accepts(resource)) {
            return Ok(());
        }
        audit::foreign_resource(M::POLICY, *group);
        if let Some(intruded) = &self.intruded {
            intruded.store(true, Ordering::Release);
        }
        Err(Denial::ResourceNotOwned)
    }

    /// Refuses a call whose stream of requests carried what a caller may not send.
    pub(super) fn refuse_intruder(&self) -> Result<(), Denial> {
        match &self.intruded {
            Some(intruded) if intruded.load(Ordering::Acquire) => Err(Denial::ResourceNotOwned),
            _ => Ok(()),
        }
    }

    /// Refuses what a handler may not let out, and tells operators.
    pub(super) fn release(&self, response: &M::Response) -> Result<(), Denial> {
        let Some((group, boundary)) = &self.scope else { return Ok(()) };
        if M::response_admitted(response, &mut |resource| M::Kind::admits(boundary, resource)) {
            return Ok(());
        }
        audit::scope_violation(M::POLICY, *group);
        Err(Denial::Internal)
    }
}
