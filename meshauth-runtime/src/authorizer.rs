//! The shell around the decision: headers in, access or denial out.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use http::HeaderMap;
use tokio::time::{self, Instant};

use crate::{
    audit,
    decide::{Answer, Step, evaluate},
    decision::{Decision, Verdict},
    denial::Denial,
    directory::{Directory, Lookup, LookupResult, Pending, Record},
    method::{Access, Method, sealed::Decided},
    policy::MethodPolicy,
    presented::Presented,
    scope::Kind,
    trace::Trace,
};

/// How long a decision may wait for the directory, all look-ups together.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(1);

/// Where a deadline ends that no clock can express: 30 years from now.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Decides calls with what a directory knows. Clones share the directory.
///
/// A directory that does not answer at once is waited for on tokio, whose runtime must have its time
/// driver enabled, as `#[tokio::main]` has.
///
/// ```
/// use meshauth_runtime::{
///     Authorised, Authorizer, Denial, MemoryDirectory, Method, MethodPolicy, Operation, Read, Role,
/// };
///
/// // The generated code has one such type for each method.
/// struct GetAccount;
/// static GET_ACCOUNT: MethodPolicy = MethodPolicy::authorised(
///     "/wallet.account.v1.AccountService/GetAccount",
///     Operation::Read,
///     &[Role::new(1_000_000, "ROLE_WALLET_ADMIN")],
///     false,
/// );
/// impl Method for GetAccount {
///     const POLICY: &'static MethodPolicy = &GET_ACCOUNT;
///     type Kind = Read;
///     type Access = Authorised<Self>;
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let authorizer = Authorizer::new(MemoryDirectory::new(Default::default())?);
/// let mut headers = http::HeaderMap::new();
/// let refused = authorizer.authorise::<GetAccount>(&mut headers).await;
/// assert_eq!(refused.err(), Some(Denial::CredentialsMissing));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authorizer {
    directory: Arc<dyn Directory>,
    deadline: Duration,
}

impl Authorizer {
    /// An authorizer that asks this directory and waits for it at most [`DEFAULT_DEADLINE`].
    #[must_use]
    pub fn new(directory: impl Directory) -> Self {
        Self { directory: Arc::new(directory), deadline: DEFAULT_DEADLINE }
    }

    /// The same with another deadline for a decision.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Decides a call of the method `M`, and takes both headers off the request, whatever comes of
    /// it.
    ///
    /// # Errors
    /// The denial that the caller is told.
    pub async fn authorise<M: Method>(&self, headers: &mut HeaderMap) -> Result<M::Access, Denial> {
        const { assert_consistent::<M>() };
        let presented = Presented::take(headers);
        let decision = self.decide(Some(M::POLICY), presented).await;
        audit::decision(&decision);
        match decision.verdict {
            // A policy that does not fit its access never gets an allow that does.
            Verdict::Allow(allowed) => {
                let decided = Decided::by_the_authorizer();
                M::Access::from_allowed(allowed, decided).ok_or(Denial::Internal)
            }
            Verdict::Deny { denial, .. } => Err(denial),
        }
    }

    /// Decides what was presented for a policy (none: the method has no policy), and explains the
    /// decision.
    ///
    /// For operators and tools: it gives no access to anything.
    pub async fn decide(
        &self,
        policy: Option<&'static MethodPolicy>,
        presented: Presented,
    ) -> Decision {
        let mut trace = Trace::EMPTY;
        let (Step::Break(verdict) | Step::Continue(verdict)) =
            self.evaluate(policy, &presented, &mut trace).await;
        Decision { policy, trace, verdict }
    }

    async fn evaluate(
        &self,
        policy: Option<&'static MethodPolicy>,
        presented: &Presented,
        trace: &mut Trace,
    ) -> Step<Verdict> {
        let directory = &*self.directory;
        let mut clock = Clock { deadline: self.deadline, ends: None };
        let needs = evaluate(policy, presented, trace)?;

        let user = clock.ask(|| directory.api_user(needs.key())).await;
        let needs = needs.answer(user)?;

        let group = clock.ask(|| directory.group(needs.name())).await;
        let needs = needs.answer(group)?;

        let home = match needs.name() {
            Some(name) => Some(clock.ask(|| directory.group(name)).await),
            None => None,
        };
        let needs = needs.answer(home)?;

        let client = clock.ask(|| directory.client(needs.home())).await;
        Step::Continue(needs.answer(client))
    }
}

/// What the type says of a method and what its policy says must be the same.
///
/// Tracked, so that the compiler's message is about the call and not about the insides of `assert`.
#[track_caller]
const fn assert_consistent<M: Method>() {
    let operation_fits = matches!(
        (M::POLICY.operation(), <M::Kind as Kind>::OPERATION),
        (crate::Operation::Read, crate::Operation::Read)
            | (crate::Operation::Write, crate::Operation::Write)
    );
    assert!(operation_fits, "the kind of the method contradicts its policy");
    let access_fits = match M::POLICY.access() {
        crate::AccessLevel::Public => !M::Access::AUTHORISED,
        crate::AccessLevel::Authorised { .. } => M::Access::AUTHORISED,
    };
    assert!(access_fits, "the access of the method contradicts its policy");
}

/// The time that is left for one decision. It runs from the first look-up that is not answered at
/// once.
struct Clock {
    deadline: Duration,
    ends: Option<Instant>,
}

impl Clock {
    /// Asks, and turns whatever happens into an answer: a late one, an error and a panic included.
    #[inline]
    async fn ask<'a, T>(&mut self, question: impl FnOnce() -> Lookup<'a, T>) -> Answer<T> {
        // The directory is not looked at again after a panic, other than by calling it anew.
        match std::panic::catch_unwind(AssertUnwindSafe(question)) {
            Ok(Lookup(Pending::Now(result))) => answer(result),
            // A look-up that is not answered at once has allocated already.
            Ok(Lookup(Pending::Later(future))) => Box::pin(self.wait(future)).await,
            Err(_) => panicked(),
        }
    }

    async fn wait<T>(&mut self, future: impl Future<Output = LookupResult<T>> + Send) -> Answer<T> {
        let ends = *self.ends.get_or_insert_with(|| {
            let now = Instant::now();
            now.checked_add(self.deadline).unwrap_or_else(|| now + FAR)
        });
        match time::timeout_at(ends, AssertUnwindSafe(future).catch_unwind()).await {
            Ok(Ok(result)) => answer(result),
            Ok(Err(_)) => panicked(),
            Err(_) => {
                audit::directory_late(self.deadline);
                Answer::Unavailable
            }
        }
    }
}

#[inline]
fn answer<T>(result: LookupResult<T>) -> Answer<T> {
    match result {
        Ok(Record::Found(record)) => Answer::Found(record),
        Ok(Record::Unknown) => Answer::Unknown,
        Ok(Record::Unusable) => Answer::Unusable,
        Err(error) => {
            audit::directory_failed(&error);
            Answer::Unavailable
        }
    }
}

fn panicked<T>() -> Answer<T> {
    audit::directory_panicked();
    Answer::Panicked
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
