//! What a handler is given once a call is allowed. Only the authorizer makes it.

use std::{fmt, marker::PhantomData, sync::Arc};

#[cfg(feature = "axum")]
use crate::guard::Admitted;
use crate::{
    decision::Allowed,
    entity::ApiUser,
    group::Group,
    method::{
        Access, Method,
        sealed::{Decided, Proof},
    },
    name::GroupName,
    role::RoleNumber,
    scope::Scope,
};

impl<M: Method> Proof for Authorised<M> {}
impl<M: Method> Proof for Public<M> {}

/// Proof that a call of the AUTHORISED method `M` passed its checks, and what it may touch.
///
/// Only the [`Authorizer`](crate::Authorizer) makes one, and one made for a method is of no use to
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
/// # use meshauth_runtime::{Access, Allowed, Authorised, Method};
/// fn forge<M: Method>(allowed: Allowed) -> Option<Authorised<M>> {
///     <Authorised<M> as Access<M>>::from_allowed(allowed)
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
    entity: Arc<ApiUser>,
    group: Arc<Group>,
    scope: Scope<M::Kind>,
    /// What the handler of a route needs to hold messages against the scope.
    #[cfg(feature = "axum")]
    pub(crate) call: Option<Box<Admitted>>,
}

impl<M: Method> Authorised<M> {
    /// What the call may touch.
    #[must_use]
    pub fn scope(&self) -> &Scope<M::Kind> {
        &self.scope
    }

    /// Who calls.
    #[must_use]
    pub fn entity(&self) -> &ApiUser {
        &self.entity
    }

    /// The executing group, with its place in the tree.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
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
        group.is_at_or_below_group(&self.group) && self.entity.grants.hold(role, group)
    }
}

impl<M: Method> Access<M> for Authorised<M> {
    const AUTHORISED: bool = true;

    fn from_allowed(allowed: Allowed, _: Decided) -> Option<Self> {
        match allowed {
            Allowed::Authorised { entity, group } => {
                let scope = Scope::new(group.name());
                Some(Self {
                    entity,
                    group,
                    scope,
                    #[cfg(feature = "axum")]
                    call: None,
                })
            }
            Allowed::Public { .. } => None,
        }
    }

    fn executing_group(&self) -> Option<GroupName> {
        Some(self.group.name())
    }
}

impl<M: Method> fmt::Debug for Authorised<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorised")
            .field("method", &M::POLICY.path())
            .field("entity", &self.entity.name)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Proof that a call of the PUBLIC method `M` passed its checks: there were no credentials, or they
/// are valid.
///
/// There is no executing group and no scope, whatever the caller sent.
pub struct Public<M> {
    entity: Option<Arc<ApiUser>>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Public<M> {
    /// Who calls, if the caller sent credentials.
    #[must_use]
    pub fn entity(&self) -> Option<&ApiUser> {
        self.entity.as_deref()
    }
}

impl<M: Method> Access<M> for Public<M> {
    const AUTHORISED: bool = false;

    fn from_allowed(allowed: Allowed, _: Decided) -> Option<Self> {
        match allowed {
            Allowed::Public { entity } => Some(Self { entity, method: PhantomData }),
            Allowed::Authorised { .. } => None,
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
            .field("entity", &self.entity.as_ref().map(|entity| entity.name))
            .finish_non_exhaustive()
    }
}
