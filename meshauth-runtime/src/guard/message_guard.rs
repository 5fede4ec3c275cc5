//! The scope of one call, held against the messages of it.

use std::marker::PhantomData;
#[cfg(feature = "tonic")]
use std::sync::Arc;

use super::admitted_call::AdmittedCall;
#[cfg(feature = "tonic")]
use super::{call_ending::CallEnding, open_call::OpenCall};
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
    pub(crate) fn open(&self, ending: Option<Box<CallEnding>>) -> Arc<OpenCall> {
        let fresh = || CallEnding::new(self.admitted.clone());
        Arc::new(OpenCall::new(ending.map_or_else(fresh, |ending| *ending)))
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

    /// What a WRITE is asked to change or create belongs to the executing group: what states another
    /// owner is refused, and in what passes both fields are set, whatever was sent. A PUBLIC method
    /// has no executing group, and both are emptied.
    pub(crate) fn accept(&mut self, request: &mut M::Request) -> Result<(), Denial> {
        if let Operation::Read = <M::Kind as Kind>::OPERATION {
            return Ok(());
        }
        let Some(boundary) = &self.boundary else {
            let emptied = M::request_claimed(request, &mut |sent| {
                sent.clear();
                true
            });
            return if emptied { Ok(()) } else { Err(Denial::Internal) };
        };
        let (admitted, is_shadowed) = (&self.admitted, self.admitted.shadows_scope());
        let (mut path, mut is_foreign) = (None, false);
        let claimed = M::request_claimed(request, &mut |sent| {
            if !boundary.accepts(sent.stated()) {
                is_foreign = true;
                return is_shadowed;
            }
            let path: &Vec<String> = path.get_or_insert_with(|| admitted.owners());
            let Some(owner) = path.last() else { return false };
            sent.set(owner.clone(), path.clone());
            true
        });
        if is_foreign {
            return self.admitted.foreign_resource();
        }
        // The group is not there any more.
        if claimed { Ok(()) } else { Err(Denial::RoleRequired) }
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

#[cfg(test)]
mod tests {
    use http::{Extensions, HeaderMap};

    use super::*;
    use crate::{
        authoriser::{Admission, Authoriser, CallContext, Method, Public},
        directory::{MemoryDirectory, World},
        policy::{MethodPolicy, ServicePolicy, TableEntry},
        scope::{OwnershipMut, Write},
    };

    static POLICY: MethodPolicy = MethodPolicy::public("/p.S/Offer", Operation::Write);
    static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[&POLICY], &[]);

    struct Offer;

    impl Method for Offer {
        const POLICY: &'static MethodPolicy = &POLICY;
        const SERVICE: &'static ServicePolicy = &SERVICE;
        type Kind = Write;
        type Access = Public<Self>;
    }

    /// With an owner that is there or empty, and with one that is optional.
    type Sent = ((String, Vec<String>), (Option<String>, Vec<String>));

    impl Exchange for Offer {
        type Request = Sent;
        type Response = ();

        fn request_claimed(
            ((owner, owners), (optional, others)): &mut Sent,
            claims: &mut impl FnMut(OwnershipMut<'_>) -> bool,
        ) -> bool {
            claims(OwnershipMut::new(owner, owners))
                && claims(OwnershipMut::optional(optional, others))
        }
    }

    #[test]
    fn in_the_request_of_a_public_write_both_fields_are_emptied() {
        let authoriser = Authoriser::new(MemoryDirectory::new(World::new()).unwrap());
        let context = CallContext::take(&mut HeaderMap::new(), &Extensions::new());
        let entry = TableEntry::of::<Offer>();
        let admitted =
            AdmittedCall::new(authoriser.lease(), entry, context, Admission::Public(None));
        let stated = || String::from("groups/00000000000000000000000001");
        let mut sent = ((stated(), vec![stated()]), (Some(stated()), vec![stated()]));
        MessageGuard::<Offer>::new(admitted).accept(&mut sent).unwrap();
        assert_eq!(sent, Default::default());
    }
}
