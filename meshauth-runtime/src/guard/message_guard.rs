//! The scope of one call, held against the messages of it.

use std::marker::PhantomData;
#[cfg(feature = "tonic")]
use std::sync::Arc;

use super::admitted_call::AdmittedCall;
#[cfg(feature = "tonic")]
use super::open_call::OpenCall;
use crate::{
    authoriser::Exchange,
    decision::Denial,
    policy::Operation,
    scope::{Boundary, Kind},
};

/// The scope of one call of `M`, as the guard holds it against messages. A PUBLIC method has none.
pub(crate) struct MessageGuard<M> {
    admitted: AdmittedCall,
    boundary: Option<Boundary>,
    method: PhantomData<fn() -> M>,
}

impl<M: Exchange> MessageGuard<M> {
    pub(crate) fn new(admitted: AdmittedCall) -> Self {
        let boundary = admitted.group().map(Boundary::of);
        Self { admitted, boundary, method: PhantomData }
    }

    /// The same for the other direction of a call.
    #[cfg(feature = "tonic")]
    pub(crate) fn for_requests(&self) -> Self {
        Self::new(self.admitted.clone())
    }

    /// A call that lasts, and is decided again while it does.
    #[cfg(feature = "tonic")]
    pub(crate) fn open(&self) -> Arc<OpenCall> {
        Arc::new(OpenCall::new(self.admitted.clone()))
    }

    /// Holds back the answer of a READ whose decision is too old until it was decided again. Of a
    /// WRITE, what is done is done.
    #[cfg(feature = "tonic")]
    pub(crate) async fn renew(&mut self) -> Result<(), Denial> {
        match <M::Kind as Kind>::OPERATION {
            Operation::Read => self.admitted.renew().await,
            Operation::Write => Ok(()),
        }
    }

    /// Refuses what a caller may not send: a WRITE may state no owner but the executing group.
    pub(crate) fn accept(&mut self, request: &M::Request) -> Result<(), Denial> {
        let (Some(boundary), Operation::Write) = (&self.boundary, <M::Kind as Kind>::OPERATION)
        else {
            return Ok(());
        };
        if M::request_admitted(request, &mut |resource| boundary.accepts(resource)) {
            return Ok(());
        }
        self.admitted.foreign_resource()
    }

    /// Refuses what a handler may not let out, and tells operators.
    pub(crate) fn release(&mut self, response: &M::Response) -> Result<(), Denial> {
        let Some(boundary) = &self.boundary else { return Ok(()) };
        if M::response_admitted(response, &mut |resource| M::Kind::admits(boundary, resource)) {
            return Ok(());
        }
        self.admitted.scope_violation()
    }
}
