//! The shell around the decision: headers in, access or denial out.

use std::{fmt, sync::Arc};

use http::HeaderMap;

mod access;
mod admission;
mod builder;
mod call_context;
mod core;
mod deadline;
mod gathered_records;
mod headers;
mod judge;
mod judgement;
mod method;
#[cfg_attr(
    not(any(feature = "axum", feature = "tonic")),
    expect(dead_code, reason = "no guard opens a call")
)]
mod open_calls;
mod packed;
#[cfg_attr(
    not(any(feature = "axum", feature = "tonic")),
    expect(dead_code, reason = "no guard keeps a decision")
)]
mod proof;
mod readiness;
mod shutdown;
mod system;

pub use self::{
    access::{Authorised, Public},
    builder::{AuthoriserBuilder, DEFAULT_DEADLINE, DEFAULT_DECISION_AGE, REQUEST_ID_HEADER},
    method::{Access, Exchange, Method},
    shutdown::ShutdownError,
    system::{SystemAccess, SystemTask},
};
#[cfg(not(any(feature = "axum", feature = "tonic")))]
use self::{
    admission::Admission,
    core::{Core, Lease},
    method::assert_consistent,
};
#[cfg(any(feature = "axum", feature = "tonic"))]
pub(crate) use self::{
    admission::{Admission, Refusal},
    call_context::CallContext,
    core::{Core, Lease},
    method::{assert_consistent, sealed::DecisionToken},
    open_calls::{CallEnd, Membership},
    proof::Proof,
    system::HandlerMark,
};
use self::{
    core::Shards,
    headers::{HeaderDecision, SlowDecision},
};
use crate::{
    credential::Presented,
    decision::{Decision, Denial, Verdict},
    directory::{Directory, Revocations},
    policy::{MethodPolicy, TableEntry},
};

/// Decides calls with what a directory knows. Clones share the directory.
///
/// A directory that does not answer at once is waited for on tokio, whose runtime must have its time
/// driver enabled, as `#[tokio::main]` has.
///
/// ```
/// use meshauth_runtime::{
///     Authorised, Authoriser, Denial, MemoryDirectory, Method, MethodPolicy, Operation, Read, Role,
///     ServicePolicy,
/// };
///
/// // The generated code has one such type for each method.
/// struct GetAccount;
/// static ACCOUNT_SERVICE: ServicePolicy =
///     ServicePolicy::new("wallet.account.v1.AccountService", "0", &[&GET_ACCOUNT], &[]);
/// static GET_ACCOUNT: MethodPolicy = MethodPolicy::authorised(
///     "/wallet.account.v1.AccountService/GetAccount",
///     Operation::Read,
///     &[Role::new(1_000_000, "ROLE_WALLET_ADMIN")],
/// );
/// impl Method for GetAccount {
///     const POLICY: &'static MethodPolicy = &GET_ACCOUNT;
///     const SERVICE: &'static ServicePolicy = &ACCOUNT_SERVICE;
///     type Kind = Read;
///     type Access = Authorised<Self>;
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let authoriser = Authoriser::new(MemoryDirectory::new(Default::default())?);
/// let mut headers = http::HeaderMap::new();
/// let refused = authoriser.authorise::<GetAccount>(&mut headers).await;
/// assert_eq!(refused.err(), Some(Denial::CredentialsMissing));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authoriser(Arc<Shards>);

impl Authoriser {
    /// An authoriser that asks this directory, with the defaults of
    /// [`Authoriser::builder`].
    #[must_use]
    pub fn new(directory: impl Directory) -> Self {
        Self::builder(directory).build()
    }

    /// The settings of an authoriser that asks this directory.
    pub fn builder(directory: impl Directory) -> AuthoriserBuilder {
        AuthoriserBuilder::new(directory)
    }

    fn of(shards: Shards) -> Self {
        Self(Arc::new(shards))
    }

    /// The handle by which whoever changes the directory tells what changed.
    #[must_use]
    pub fn revocations(&self) -> Revocations {
        self.core().revocations().clone()
    }

    /// Decides a call of the method `M`, and takes the headers off the request, also if it is
    /// denied.
    ///
    /// # Errors
    /// The denial that the caller is told.
    pub async fn authorise<M: Method>(&self, headers: &mut HeaderMap) -> Result<M::Access, Denial> {
        const { assert_consistent::<M>() };
        // A policy that does not fit its access never gets an admission that does.
        let access =
            |admission, token| M::Access::from_admission(admission, token).ok_or(Denial::Internal);
        let slow = {
            let view = self.core().view();
            match self.judge_headers(view.as_deref(), TableEntry::of::<M>(), headers) {
                HeaderDecision::Allow(rows, token) => {
                    return access(Admission::Authorised(rows.caller()), token);
                }
                HeaderDecision::Deny(denial) => return Err(denial),
                HeaderDecision::Slow(slow) => slow,
            }
        };
        let (admission, token) = match slow {
            SlowDecision::Admit(admission, token) => (admission, token),
            SlowDecision::Wait(judging) => judging.await?,
        };
        access(admission, token)
    }

    /// Decides what was presented for a policy (none: the method has no policy), and explains the
    /// decision.
    ///
    /// For operators and tools: it gives no access to anything, and leaves no record.
    pub async fn decide<'p>(
        &self,
        policy: Option<&'p MethodPolicy>,
        presented: &Presented,
    ) -> Decision<'p> {
        self.core().explain(policy, presented).await
    }

    /// The same without the explanation, for a proxy that decides many calls.
    ///
    /// It gives no access to anything, and leaves no record. What shadow mode lets through is an
    /// allow here, which only [`Authoriser::decide`] tells apart.
    pub async fn verdict(&self, policy: Option<&MethodPolicy>, presented: &Presented) -> Verdict {
        self.core().verdict(policy, presented).await
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        self.0.core()
    }

    #[inline]
    pub(crate) fn lease(&self) -> Lease {
        self.0.lease()
    }
}

impl fmt::Debug for Authoriser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.core();
        f.debug_struct("Authoriser")
            .field("deadline", &core.deadline)
            .field("max_decision_age", &core.max_decision_age)
            .field("audit", &core.audit)
            .field("shadow", &core.shadow)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
