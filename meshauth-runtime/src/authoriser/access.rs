//! What a handler is given once a call is allowed. Only the authoriser makes it.

use std::{fmt, marker::PhantomData, sync::OnceLock};

use super::{
    admission::{Admission, Caller, texts},
    core::Lease,
    method::{
        Access, Method,
        sealed::{DecisionToken, Proof},
    },
};
use crate::{
    audit::RequestId,
    decision::Denial,
    names::{EntityName, GroupName},
    policy::RoleNumber,
    records::Group,
    scope::{ResourceMut, Scope, Write},
};

impl<M: Method> Proof for Authorised<M> {}
impl<M: Method> Proof for Public<M> {}

/// Proof that a call of the AUTHORISED method `M` passed its checks, and what it may touch.
///
/// Only the [`Authoriser`](crate::Authoriser) makes one, and one made for a method is of no use to
/// another:
///
/// ```compile_fail,E0308
/// # use meshauth_runtime::{Authorised, Method};
/// fn keep<A: Method, B: Method>(access: Authorised<A>) -> Authorised<B> {
///     access
/// }
/// ```
///
/// It cannot be made from its parts, or from a decision on another method:
///
/// ```compile_fail
/// # use meshauth_runtime::{Access, Authorised, Decision, Method};
/// fn forge<M: Method>(decision: Decision<'_>) -> Option<Authorised<M>> {
///     <Authorised<M> as Access<M>>::from_admission(decision)
/// }
/// ```
///
/// A scope that only reads is not one that writes, a PUBLIC method has none, and neither is kept for
/// a second call:
///
/// ```compile_fail,E0308
/// # use meshauth_runtime::{Read, Scope, Write};
/// fn write(scope: &Scope<Write>) {}
/// fn read(scope: &Scope<Read>) { write(scope) }
/// ```
///
/// ```compile_fail,E0599
/// # use meshauth_runtime::{Method, Public};
/// fn scope<M: Method>(access: &Public<M>) { access.scope(); }
/// ```
///
/// ```compile_fail,E0277
/// # use meshauth_runtime::{Authorised, Method};
/// fn copies<T: Clone>() {}
/// fn twice<M: Method>() { copies::<Authorised<M>>() }
/// ```
pub struct Authorised<M: Method> {
    caller: Caller,
    lease: Lease,
    scope: Scope<M::Kind>,
    request: OnceLock<RequestId>,
}

impl<M: Method> Authorised<M> {
    /// What the call may touch.
    #[must_use]
    pub fn scope(&self) -> &Scope<M::Kind> {
        &self.scope
    }

    /// Who calls.
    #[must_use]
    pub fn entity(&self) -> EntityName {
        self.caller.entity
    }

    /// The executing group.
    #[must_use]
    pub fn group(&self) -> GroupName {
        self.caller.group
    }

    /// The id of the call in audit records, in the log and in the response.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        *self.request.get_or_init(RequestId::random)
    }

    /// The ownership hierarchy of the executing group: from the root down to the group itself.
    ///
    /// It is looked up each time: a call that does not ask for it does not pay for it.
    #[must_use]
    pub fn hierarchy(&self) -> Vec<GroupName> {
        self.caller.hierarchy(self.lease.core())
    }

    /// Whether the caller may grant `role` in `group`, or take it away there: it holds that very
    /// role in the group or above it, and the group is the executing group or one below it.
    ///
    /// For methods that write role grants: without this, whoever may write any grant may write
    /// one that gives more than the writer has. Roles imply nothing here either: an administrator
    /// does not grant what only viewers hold.
    ///
    /// ```
    /// use meshauth_runtime::{Authorised, Denial, Grant, Group, Method, Write};
    ///
    /// fn grant<M: Method<Kind = Write>>(
    ///     access: &Authorised<M>,
    ///     group: &Group, // looked up by the name in the grant
    ///     grant: Grant,
    /// ) -> Result<(), Denial> {
    ///     if grant.group() != group.name() || !access.may_grant(group, grant.role()) {
    ///         return Err(Denial::RoleRequired);
    ///     }
    ///     // ...
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn may_grant(&self, group: &Group, role: RoleNumber) -> bool {
        self.caller.may_grant(self.lease.core(), group, role)
    }
}

impl<M: Method<Kind = Write>> Authorised<M> {
    /// Makes the executing group the owner of what the handler creates (check 6): both fields are set
    /// to the group and its path.
    ///
    /// ```
    /// use meshauth_runtime::{Authorised, Denial, Method, ResourceMut, Write};
    ///
    /// fn create<M: Method<Kind = Write>, R: ResourceMut>(
    ///     access: &Authorised<M>,
    ///     mut new: R,
    /// ) -> Result<R, Denial> {
    ///     access.stamp(&mut new)?;
    ///     // ...
    ///     Ok(new)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Denial::RoleRequired`] if the group is not in the directory any more.
    pub fn stamp(&self, resource: &mut impl ResourceMut) -> Result<(), Denial> {
        stamp(resource, &self.hierarchy())
    }
}

/// Makes the last of these groups the owner.
pub(super) fn stamp(resource: &mut impl ResourceMut, path: &[GroupName]) -> Result<(), Denial> {
    let owner = path.last().ok_or(Denial::RoleRequired)?;
    resource.set_ownership(owner.to_string(), texts(path));
    Ok(())
}

impl<M: Method> Access<M> for Authorised<M> {
    const AUTHORISED: bool = true;

    #[inline]
    fn from_admission(admission: Admission, token: DecisionToken) -> Option<Self> {
        match admission {
            Admission::Authorised(caller) => {
                let scope = Scope::new(caller.group);
                let DecisionToken { lease, request } = token;
                Some(Self { caller, lease, scope, request: once(request) })
            }
            Admission::Public(_) => None,
        }
    }

    fn executing_group(&self) -> Option<GroupName> {
        Some(self.caller.group)
    }
}

impl<M: Method> fmt::Debug for Authorised<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorised")
            .field("method", &M::POLICY.path())
            .field("entity", &self.caller.entity)
            .field("scope", &self.scope)
            .field("request_id", &self.request.get())
            .finish_non_exhaustive()
    }
}

/// Proof that a call of the PUBLIC method `M` passed its checks: there were no credentials, or they
/// are valid.
///
/// There is no executing group and no scope, whatever the caller sent.
pub struct Public<M> {
    entity: Option<EntityName>,
    request: OnceLock<RequestId>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Public<M> {
    /// Who calls, if the caller sent credentials.
    #[must_use]
    pub fn entity(&self) -> Option<EntityName> {
        self.entity
    }

    /// The id of the call in audit records, in the log and in the response.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        *self.request.get_or_init(RequestId::random)
    }
}

impl<M: Method> Access<M> for Public<M> {
    const AUTHORISED: bool = false;

    fn from_admission(admission: Admission, token: DecisionToken) -> Option<Self> {
        match admission {
            Admission::Public(entity) => {
                Some(Self { entity, request: once(token.request), method: PhantomData })
            }
            Admission::Authorised(_) => None,
        }
    }

    fn executing_group(&self) -> Option<GroupName> {
        None
    }
}

impl<M: Method> fmt::Debug for Public<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Public")
            .field("method", &M::POLICY.path())
            .field("entity", &self.entity)
            .finish_non_exhaustive()
    }
}

/// What is there already, or is made by whoever asks first.
fn once(request: Option<RequestId>) -> OnceLock<RequestId> {
    request.map_or_else(OnceLock::new, OnceLock::from)
}
