//! The scope of one call, held against the messages of it.

use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

use futures_util::task::AtomicWaker;

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
    /// Of a stream of requests. The call fails once it carried another group's resource, whatever
    /// the handler makes of the error that it was given.
    requests: Option<Arc<Requests>>,
    method: PhantomData<fn() -> M>,
}

/// What the way out knows of the way in.
#[derive(Default)]
struct Requests {
    held_foreign: AtomicBool,
    /// The stream of responses, which may be waiting for something that will not come any more.
    responses: AtomicWaker,
}

impl<M: Exchange> Guarding<M> {
    /// For a call with one request.
    pub(super) fn of(access: &M::Access) -> Self {
        let scope = access.executing_group().map(|group| (group, Boundary::of(group)));
        Self { scope, requests: None, method: PhantomData }
    }

    /// For a call with a stream of requests: one to hold against what comes in, and one against
    /// what goes out, which knows what came in.
    pub(super) fn of_stream(access: &M::Access) -> [Self; 2] {
        let requests = Arc::new(Requests::default());
        [Arc::clone(&requests), requests]
            .map(|requests| Self { requests: Some(requests), ..Self::of(access) })
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
        if let Some(requests) = &self.requests {
            requests.held_foreign.store(true, Ordering::Release);
            requests.responses.wake();
        }
        Err(Denial::ResourceNotOwned)
    }

    /// Refuses a call whose stream of requests carried what a caller may not send.
    pub(super) fn refuse_foreign(&self) -> Result<(), Denial> {
        match &self.requests {
            Some(requests) if requests.held_foreign.load(Ordering::Acquire) => {
                Err(Denial::ResourceNotOwned)
            }
            _ => Ok(()),
        }
    }

    /// Wakes the stream of responses when a request is refused.
    pub(super) fn wake_on_foreign(&self, waker: &Waker) {
        if let Some(requests) = &self.requests {
            requests.responses.register(waker);
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
