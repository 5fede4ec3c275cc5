//! The shell around the decision: headers in, access or denial out.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::HeaderMap;
use tokio::sync::watch;

use crate::{
    arrival::Arrival,
    audit::{self, Audit, AuditEvent},
    clock::Clock,
    decision::Decision,
    denial::Denial,
    directory::Directory,
    method::{Access, Method, assert_consistent, sealed::Decided},
    policy::MethodPolicy,
    presented::Presented,
    shadow::{Shadow, ShadowedChecks},
    table_entry::TableEntry,
};

mod judge;
mod walk;

/// How long a decision may wait for the directory, all look-ups together.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(1);

/// How often an open stream is decided again.
pub const DEFAULT_RECHECK: Duration = Duration::from_secs(5);

/// Decides calls with what a directory knows. Clones share the directory.
///
/// A directory that does not answer at once is waited for on tokio, whose runtime must have its time
/// driver enabled, as `#[tokio::main]` has.
///
/// ```
/// use meshauth_runtime::{
///     Authorised, Authorizer, Denial, MemoryDirectory, Method, MethodPolicy, Operation, Read, Role,
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
///     false,
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
/// let authorizer = Authorizer::new(MemoryDirectory::new(Default::default())?);
/// let mut headers = http::HeaderMap::new();
/// let refused = authorizer.authorise::<GetAccount>(&mut headers).await;
/// assert_eq!(refused.err(), Some(Denial::CredentialsMissing));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authorizer(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    directory: Arc<dyn Directory>,
    deadline: Duration,
    recheck: Duration,
    audit: Option<Audit>,
    shadow: Option<Shadow>,
    revocations: Arc<Revocations>,
}

/// What was announced to have changed.
#[derive(Default)]
struct Revocations {
    /// How many there were.
    epoch: AtomicU64,
    announced: watch::Sender<()>,
}

impl Authorizer {
    /// An authorizer that asks this directory, waits for it at most [`DEFAULT_DEADLINE`], and
    /// decides open streams again every [`DEFAULT_RECHECK`].
    #[must_use]
    pub fn new(directory: impl Directory) -> Self {
        Self(Arc::new(Settings {
            directory: Arc::new(directory),
            deadline: DEFAULT_DEADLINE,
            recheck: DEFAULT_RECHECK,
            audit: None,
            shadow: None,
            revocations: Arc::default(),
        }))
    }

    /// The same with another deadline for a decision. A gRPC caller that waits for less time
    /// (`grpc-timeout`) gets its answer in that time.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        self.with(|settings| settings.deadline = deadline)
    }

    /// The same with another time between two decisions on an open stream, of 10 milliseconds at
    /// least.
    #[must_use]
    pub fn with_recheck(self, every: Duration) -> Self {
        self.with(|settings| settings.recheck = every.max(Duration::from_millis(10)))
    }

    /// The same with a record of every decision.
    #[must_use]
    pub fn with_audit(self, audit: Audit) -> Self {
        self.with(|settings| settings.audit = Some(audit))
    }

    /// The same with some checks in shadow mode, for its time.
    #[must_use]
    pub fn with_shadow(self, shadow: Shadow) -> Self {
        audit::shadow_begins(&shadow);
        self.with(|settings| settings.shadow = Some(shadow))
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::unwrap_or_clone(self.0);
        change(&mut settings);
        Self(Arc::new(settings))
    }

    /// Has every open stream decided again at once: a key, a grant or a group is no longer what it
    /// was. It is for whoever changes the directory to call.
    pub fn announce_revocation(&self) {
        self.0.revocations.epoch.fetch_add(1, Ordering::SeqCst);
        self.0.revocations.announced.send_replace(());
    }

    /// How many revocations were announced: read before a decision, it tells later whether there
    /// were more.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn epoch(&self) -> u64 {
        self.0.revocations.epoch.load(Ordering::SeqCst)
    }

    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn revocations(&self) -> watch::Receiver<()> {
        self.0.revocations.announced.subscribe()
    }

    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn recheck(&self) -> Duration {
        self.0.recheck
    }

    /// Decides a call of the method `M`, and takes both headers off the request, whatever comes of
    /// it.
    ///
    /// # Errors
    /// The denial that the caller is told.
    pub async fn authorise<M: Method>(&self, headers: &mut HeaderMap) -> Result<M::Access, Denial> {
        const { assert_consistent::<M>() };
        let mut arrival = Arrival::new(Presented::take(headers));
        let allowed = self.judge(AuditEvent::Call, TableEntry::of::<M>(), &mut arrival).await?;
        // A policy that does not fit its access never gets an allow that does.
        let access = M::Access::from_allowed(allowed, Decided::by_the_authorizer());
        access.ok_or(Denial::Internal)
    }

    /// Decides what was presented for a policy (none: the method has no policy), and explains the
    /// decision.
    ///
    /// For operators and tools: it gives no access to anything, and leaves no record.
    pub async fn decide(
        &self,
        policy: Option<&'static MethodPolicy>,
        presented: Presented,
    ) -> Decision {
        let mut decision = Decision::pending(policy);
        self.decide_within(&mut decision, &presented, &mut Clock::new(self.0.deadline)).await;
        decision
    }

    /// The checks that are shadowed now.
    pub(crate) fn shadowed(&self) -> ShadowedChecks {
        self.0.shadow.as_ref().map_or(ShadowedChecks::NONE, Shadow::checks)
    }

    /// Whether it is this very authorizer, and not only one like it.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("deadline", &self.0.deadline)
            .field("recheck", &self.0.recheck)
            .field("audit", &self.0.audit)
            .field("shadow", &self.0.shadow)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
