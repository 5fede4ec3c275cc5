//! A method as a type. The generated code has one for each RPC.

use super::admission::Admission;
use crate::{
    names::GroupName,
    policy::{AccessLevel, MethodPolicy, Operation, ServicePolicy, TableEntry},
    scope::{Kind, Ownership, OwnershipMut},
};

pub(crate) mod sealed {
    use crate::{audit::RequestId, authoriser::core::Lease};

    /// Only the runtime says what an access is.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be an access: only `Authorised` and `Public` are",
        label = "this type is not made by the authoriser",
        note = "an access is proof that the checks of a call were made, so no other type can be one"
    )]
    pub trait Proof {}

    /// What it takes to make an access. It can be named nowhere else, and made nowhere else.
    #[derive(Debug)]
    pub struct DecisionToken {
        pub(in crate::authoriser) lease: Lease,
        /// The id of the call, if it has one yet.
        pub(in crate::authoriser) request: Option<RequestId>,
    }

    impl DecisionToken {
        /// By the authoriser whose core this is, for the call of this id.
        pub(crate) const fn new(lease: Lease, request: Option<RequestId>) -> Self {
            Self { lease, request }
        }
    }
}

/// A method, known statically: what it is and what it gives access to belong together.
///
/// The generated code implements it, one zero-sized type for each RPC. Written by hand, it is
/// checked when it is used: a kind or an access that contradicts the policy does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a method that meshauth guards",
    label = "expected a type such as `account_service_guard::method::GetAccount`",
    note = "the generated module `method` in the guard of a service has a type for each RPC"
)]
pub trait Method: Sized + Send + Sync + 'static {
    /// What its annotation says.
    const POLICY: &'static MethodPolicy;

    /// The table of its service, which lists it.
    const SERVICE: &'static ServicePolicy;

    /// [`Read`](crate::Read) or [`Write`](crate::Write).
    type Kind: Kind;

    /// What a handler of the method is given: [`Authorised`](crate::Authorised) or
    /// [`Public`](crate::Public).
    type Access: Access<Self>;
}

impl TableEntry {
    pub(crate) fn of<M: Method>() -> Self {
        Self { service: M::SERVICE, method: M::POLICY }
    }
}

/// What the type says of a method and what its policy says must be the same.
///
/// Tracked, so that the compiler's message is about the call and not about the insides of `assert`.
#[track_caller]
pub(crate) const fn assert_consistent<M: Method>() {
    let operation_fits = matches!(
        (M::POLICY.operation(), <M::Kind as Kind>::OPERATION),
        (Operation::Read, Operation::Read) | (Operation::Write, Operation::Write)
    );
    assert!(operation_fits, "the kind of the method contradicts its policy");
    let access_fits = match M::POLICY.access_level() {
        AccessLevel::Public => !M::Access::AUTHORISED,
        AccessLevel::Authorised => M::Access::AUTHORISED,
    };
    assert!(access_fits, "the access of the method contradicts its policy");
}

/// What a handler of `M` is given: [`Authorised<M>`](crate::Authorised) or
/// [`Public<M>`](crate::Public).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a handler of `{M}` is given",
    label = "expected `Authorised<Self>` or `Public<Self>`, as the policy says",
    note = "an access is proof that the checks of a call were made, so no other type can be one"
)]
pub trait Access<M>: sealed::Proof + Sized + Send {
    #[doc(hidden)]
    const AUTHORISED: bool;

    #[doc(hidden)]
    fn from_admission(admission: Admission, decided: sealed::DecisionToken) -> Option<Self>;

    /// The executing group: none for a PUBLIC method, which has no scope.
    fn executing_group(&self) -> Option<GroupName>;
}

/// The messages of a method, and the resources they carry: what the guard looks at on the way in
/// and out.
///
/// Both functions stop at the first resource that is refused, and tell whether there was none. Without
/// a body of its own, a function says that the message carries no resource.
#[diagnostic::on_unimplemented(
    message = "the guard does not know the messages of `{Self}`",
    label = "expected a type such as `account_service_guard::method::GetAccount`",
    note = "the generated code implements `Exchange` for each RPC: what is not one has no guard"
)]
pub trait Exchange: Method {
    /// The request, or each item of a stream of requests.
    type Request;

    /// The response, or each item of a stream of responses.
    type Response;

    /// Whether `claims` holds for every resource that the request of a WRITE carries. It may set their
    /// ownership.
    fn request_claimed(
        request: &mut Self::Request,
        claims: &mut impl FnMut(OwnershipMut<'_>) -> bool,
    ) -> bool {
        let _ = (request, claims);
        true
    }

    /// Whether `admits` holds for every resource that the response carries.
    fn response_admitted(
        response: &Self::Response,
        admits: &mut impl FnMut(Ownership<'_>) -> bool,
    ) -> bool {
        let _ = (response, admits);
        true
    }
}
