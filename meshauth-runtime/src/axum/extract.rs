//! The access of a call, as an argument of its handler.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{
    authorised_call::AuthorisedCall, message_show::MessageShower, public_call::PublicCall,
};
use crate::{
    audit,
    authoriser::{Authorised, Exchange, Method, Public},
    decision::Denial,
    guard::{AdmittedCall, GatePass},
    policy::TableEntry,
};

/// A handler takes one access, of the method that its route is bound to. Of another method, for a
/// second time, or without a [`GuardedRouter`](super::GuardedRouter), the call is refused with
/// [`Denial::Internal`]: what a gate hands on can be taken once, by the one method.
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
        Ok(Self::new(access, admitted, MessageShower::take(&mut parts.extensions)))
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

/// As for [`Authorised`].
impl<M, S> FromRequestParts<S> for PublicCall<M>
where
    M: Exchange<Access = Public<M>>,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denial> {
        let (access, admitted) = access::<M>(parts).await?;
        Ok(Self::new(access, admitted))
    }
}

async fn access<M: Method>(parts: &mut Parts) -> Result<(M::Access, AdmittedCall), Denial> {
    let Some(lease) = GatePass::lease_for(&parts.extensions, TableEntry::of::<M>()) else {
        audit::not_mounted(M::POLICY);
        return Err(Denial::Internal);
    };
    let (access, admitted, _) = lease.admit::<M>(&mut parts.headers, &mut parts.extensions).await?;
    Ok((access, admitted))
}
