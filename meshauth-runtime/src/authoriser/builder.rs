//! How an authoriser is put together.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use http::HeaderName;

use super::{
    Authoriser,
    core::{Core, Shards},
    open_calls::OpenCalls,
};
use crate::{
    audit::{self, Audit},
    decision::Shadow,
    directory::{Directory, RevocationListener},
};

/// How long a decision may wait for the directory, all look-ups together.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(1);

/// How old a decision may be when a message enters a handler or leaves it.
pub const DEFAULT_DECISION_AGE: Duration = Duration::from_secs(5);

/// The header of a response that names its call, unless another one is set.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Streams are not decided again more often than twice in this time.
const SHORTEST_DECISION_AGE: Duration = Duration::from_millis(20);

/// How many questions of open streams are put to the directory at once, unless it is set.
const RECHECKS_AT_ONCE: usize = 16;

/// The settings of an [`Authoriser`]: each has a default but the directory.
///
/// ```
/// use std::time::Duration;
/// use meshauth_runtime::{Authoriser, MemoryDirectory};
///
/// let authoriser = Authoriser::builder(MemoryDirectory::new(Default::default())?)
///     .deadline(Duration::from_millis(200))
///     .max_decision_age(Duration::from_secs(2))
///     .build();
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[must_use = "settings do nothing until `build` is called"]
pub struct AuthoriserBuilder {
    directory: Box<dyn Directory>,
    deadline: Duration,
    max_decision_age: Duration,
    rechecks_at_once: usize,
    audit: Option<Audit>,
    shadow: Option<Shadow>,
    request_id_header: Option<HeaderName>,
}

impl AuthoriserBuilder {
    pub(super) fn new(directory: impl Directory) -> Self {
        Self {
            directory: Box::new(directory),
            deadline: DEFAULT_DEADLINE,
            max_decision_age: DEFAULT_DECISION_AGE,
            rechecks_at_once: RECHECKS_AT_ONCE,
            audit: None,
            shadow: None,
            request_id_header: Some(REQUEST_ID_HEADER),
        }
    }

    /// How long a decision may wait for the directory, and with it a strict audit for its sink:
    /// [`DEFAULT_DEADLINE`] unless it is set. A gRPC caller that waits for less time (`grpc-timeout`)
    /// gets its answer of the directory in that time; the audit keeps its own.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// How old a decision may be when a message enters a handler or leaves it:
    /// [`DEFAULT_DECISION_AGE`] unless it is set, and at least 20 milliseconds.
    ///
    /// So long at most does a change go unnoticed that nobody
    /// [announces](crate::Revocations::announce). Open streams are decided again from half of this
    /// age on, the last of them at three quarters, and end when it is over and the directory has not
    /// answered: one that is out of reach for a tenth of it ends none. A call that is longer on its
    /// way is decided again before its answer leaves. Only the answer of a WRITE with one request and
    /// one response is given however long it took: what is done is done.
    pub fn max_decision_age(self, bound: Duration) -> Self {
        Self { max_decision_age: bound.max(SHORTEST_DECISION_AGE), ..self }
    }

    /// How many questions of open streams are put to a directory that answers later at once: 16
    /// unless it is set, and at least one. As many more are kept for what was announced to have
    /// changed.
    pub fn rechecks_at_once(self, count: usize) -> Self {
        Self { rechecks_at_once: count.max(1), ..self }
    }

    /// Records every decision.
    pub fn audit(self, audit: Audit) -> Self {
        Self { audit: Some(audit), ..self }
    }

    /// Puts some checks into shadow mode, for its time.
    pub fn shadow(self, shadow: Shadow) -> Self {
        Self { shadow: Some(shadow), ..self }
    }

    /// The header in which a guarded service answers the [`RequestId`](crate::RequestId) of a call:
    /// [`REQUEST_ID_HEADER`] unless another one, or none, is set. A value that a handler sets there
    /// is replaced.
    ///
    /// ```
    /// # use http::HeaderName;
    /// # use meshauth_runtime::{Authoriser, MemoryDirectory};
    /// # let directory = MemoryDirectory::new(Default::default())?;
    /// let header = HeaderName::from_static("x-correlation-id");
    /// let authoriser = Authoriser::builder(directory).request_id_header(header).build();
    /// # Ok::<(), meshauth_runtime::WorldError>(())
    /// ```
    pub fn request_id_header(self, header: impl Into<Option<HeaderName>>) -> Self {
        Self { request_id_header: header.into(), ..self }
    }

    /// The authoriser.
    #[must_use]
    pub fn build(self) -> Authoriser {
        let Self {
            directory,
            deadline,
            max_decision_age,
            rechecks_at_once,
            audit,
            shadow,
            request_id_header,
        } = self;
        if let Some(shadow) = &shadow {
            audit::shadow_begins(shadow);
        }
        let revocations = directory.revocations().unwrap_or_default();
        let open_calls = Arc::new(OpenCalls::new(rechecks_at_once, max_decision_age));
        let listener: Weak<dyn RevocationListener> = Arc::<OpenCalls>::downgrade(&open_calls);
        revocations.listen(listener);
        let last_uses = directory.last_uses().cloned();
        let core = Core {
            directory,
            deadline,
            max_decision_age,
            audit,
            shadow,
            revocations,
            request_id_header,
            open_calls,
            sampled_log: Arc::default(),
            last_uses,
        };
        Authoriser::of(Shards::new(core))
    }
}

impl fmt::Debug for AuthoriserBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthoriserBuilder")
            .field("deadline", &self.deadline)
            .field("max_decision_age", &self.max_decision_age)
            .field("rechecks_at_once", &self.rechecks_at_once)
            .field("audit", &self.audit)
            .field("shadow", &self.shadow)
            .field("request_id_header", &self.request_id_header)
            .finish_non_exhaustive()
    }
}
