//! The access of a call, as an argument of its handler.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{
    access::{Authorised, Public},
    audit,
    denial::Denial,
    guard::{Admitted, Passed},
    method::Method,
};

/// A handler takes one access. If the route is bound to another method, the call is decided for
/// this one; without a [`GuardedRouter`](super::GuardedRouter) nobody can decide, and the call is
/// refused with [`Denial::Internal`].
impl<M, S> FromRequestParts<S> for Authorised<M>
where
    M: Method<Access = Self>,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denial> {
        let (mut access, admitted) = access::<M>(parts).await?;
        access.call = Some(Box::new(admitted));
        Ok(access)
    }
}

/// As for [`Authorised`].
impl<M, S> FromRequestParts<S> for Public<M>
where
    M: Method<Access = Self>,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denial> {
        Ok(access::<M>(parts).await?.0)
    }
}

async fn access<M: Method>(parts: &mut Parts) -> Result<(M::Access, Admitted), Denial> {
    let Some(passed) = parts.extensions.get::<Passed>() else {
        audit::not_mounted(M::POLICY);
        return Err(Denial::Internal);
    };
    let authorizer = passed.authorizer.clone();
    authorizer.admit::<M>(&mut parts.headers, &mut parts.extensions).await
}
