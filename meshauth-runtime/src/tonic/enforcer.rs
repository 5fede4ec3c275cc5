//! What stands between tonic's server and a service: the checks on the way in, and the scope on the
//! way out.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use super::stream::{Incoming, Outgoing};
use crate::{
    access::Access,
    audit,
    authorizer::Authorizer,
    denial::Denial,
    method::{Exchange, Method},
    name::GroupName,
    policy::Operation,
    scope::{Boundary, Kind},
};

/// A service behind its checks. The generated code implements tonic's service trait for it.
#[derive(Debug)]
pub struct Enforcer<S> {
    service: S,
    authorizer: Authorizer,
}

impl<S> Enforcer<S> {
    /// The service, guarded by this authorizer.
    pub fn new(service: S, authorizer: Authorizer) -> Self {
        Self { service, authorizer }
    }

    /// The service behind the checks. For generated code: a handler that is called here has not
    /// been checked, and takes an access that only [`Enforcer::enter`] makes.
    pub fn service(&self) -> &S {
        &self.service
    }

    /// Decides a call with one request, and refuses a WRITE request that carries another group's
    /// resource.
    ///
    /// # Errors
    /// The denial, as a status.
    pub async fn enter<M: Exchange>(
        &self,
        mut request: Request<M::Request>,
    ) -> Result<(M::Access, Request<M::Request>, Exit<M>), Status> {
        let access = self.authorise::<M>(request.metadata_mut()).await?;
        let boundary = Guarding::<M>::of(&access);
        if !boundary.accepts(request.get_ref()) {
            return Err(Denial::ResourceNotOwned.into());
        }
        Ok((access, request, Exit { boundary, intruded: None }))
    }

    /// Decides a call with a stream of requests. Each is looked at when it comes.
    ///
    /// # Errors
    /// The denial, as a status.
    pub async fn enter_stream<M: Exchange>(
        &self,
        mut request: Request<Streaming<M::Request>>,
    ) -> Result<(M::Access, Request<Incoming<M>>, Exit<M>), Status> {
        let access = self.authorise::<M>(request.metadata_mut()).await?;
        let intruded = Arc::new(AtomicBool::new(false));
        let request = request
            .map(|requests| Incoming::new(requests, Guarding::of(&access), Arc::clone(&intruded)));
        let boundary = Guarding::of(&access);
        Ok((access, request, Exit { boundary, intruded: Some(intruded) }))
    }

    async fn authorise<M: Method>(&self, metadata: &mut MetadataMap) -> Result<M::Access, Status> {
        Ok(self.authorizer.authorise::<M>(metadata.as_mut()).await?)
    }
}

/// The scope of one call of `M`, as the guard holds it against messages. A PUBLIC method has none.
pub(super) struct Guarding<M> {
    scope: Option<(GroupName, Boundary)>,
    method: PhantomData<fn() -> M>,
}

impl<M: Exchange> Guarding<M> {
    pub(super) fn of(access: &M::Access) -> Self {
        let scope = access.executing_group().map(|group| (group, Boundary::of(group)));
        Self { scope, method: PhantomData }
    }

    /// Whether the caller may send this: a WRITE may state no owner but the executing group.
    pub(super) fn accepts(&self, request: &M::Request) -> bool {
        let (Some((group, boundary)), Operation::Write) =
            (&self.scope, <M::Kind as Kind>::OPERATION)
        else {
            return true;
        };
        let accepted = M::request_admitted(request, &mut |resource| boundary.accepts(resource));
        if !accepted {
            audit::foreign_resource(M::POLICY, *group);
        }
        accepted
    }

    /// Whether the handler may let this out. If not, operators are told.
    pub(super) fn releases(&self, response: &M::Response) -> bool {
        let Some((group, boundary)) = &self.scope else {
            return true;
        };
        let admitted =
            M::response_admitted(response, &mut |resource| M::Kind::admits(boundary, resource));
        if !admitted {
            audit::scope_violation(M::POLICY, *group);
        }
        admitted
    }
}

/// The way out of one call of `M`: no resource outside the scope gets through.
pub struct Exit<M> {
    boundary: Guarding<M>,
    /// Set when a stream of requests carried another group's resource. The call fails then,
    /// whatever the handler makes of the error that it was given.
    intruded: Option<Arc<AtomicBool>>,
}

impl<M: Exchange> Exit<M> {
    /// What the handler answered, if it may leave.
    ///
    /// # Errors
    /// The handler's own, or the denial.
    pub fn unary(
        self,
        answer: Result<Response<M::Response>, Status>,
    ) -> Result<Response<M::Response>, Status> {
        self.refuse_intruder()?;
        let response = answer?;
        if self.boundary.releases(response.get_ref()) {
            Ok(response)
        } else {
            Err(Denial::Internal.into())
        }
    }

    /// The stream that the handler answered. Each item is looked at when it leaves.
    ///
    /// # Errors
    /// The handler's own, or the denial.
    pub fn stream<St>(
        self,
        answer: Result<Response<St>, Status>,
    ) -> Result<Response<Outgoing<M, St>>, Status> {
        self.refuse_intruder()?;
        Ok(answer?.map(|responses| Outgoing::new(responses, self)))
    }

    pub(super) fn refuse_intruder(&self) -> Result<(), Denial> {
        match &self.intruded {
            Some(intruded) if intruded.load(Ordering::Acquire) => Err(Denial::ResourceNotOwned),
            _ => Ok(()),
        }
    }

    pub(super) fn releases(&self, response: &M::Response) -> bool {
        self.boundary.releases(response)
    }
}

impl<M: Method> fmt::Debug for Exit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").field("method", &M::POLICY.path()).finish_non_exhaustive()
    }
}
