//! The access of a call, as an argument of its handler.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::authorised_call::AuthorisedCall;
use crate::{
    audit,
    authoriser::{Authorised, Exchange, Method, Public},
    decision::Denial,
    guard::{AdmittedCall, GatePass},
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
        Ok(access::<M>(parts).await?.0)
    }
}

/// As for [`Authorised`].
impl<M, S> FromRequestParts<S> for AuthorisedCall<M>
where
    M: Exchange<Access = Authorised<M>>,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denial> {
        let (access, admitted) = access::<M>(parts).await?;
        Ok(Self::new(access, admitted))
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

async fn access<M: Method>(parts: &mut Parts) -> Result<(M::Access, AdmittedCall), Denial> {
    let Some(passed) = parts.extensions.get::<GatePass>() else {
        audit::not_mounted(M::POLICY);
        return Err(Denial::Internal);
    };
    let lease = passed.lease();
    lease.admit::<M>(&mut parts.headers, &mut parts.extensions).await
}
