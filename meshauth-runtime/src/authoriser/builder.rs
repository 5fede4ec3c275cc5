//! How an authoriser is put together.

use std::{fmt, time::Duration};

use http::HeaderName;

use super::{
    Authoriser,
    core::{Core, Shards},
    shutdown::OpenCalls,
};
use crate::{
    audit::{self, Audit},
    decision::Shadow,
    directory::Directory,
};

/// How long a decision may wait for the directory, all look-ups together.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(1);

/// How often an open stream is decided again.
pub const DEFAULT_RECHECK: Duration = Duration::from_secs(5);

/// The header of a response that names its call, unless another one is set.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Streams are not decided again more often than this.
const SHORTEST_RECHECK: Duration = Duration::from_millis(10);

/// The settings of an [`Authoriser`]: each has a default but the directory.
///
/// ```
/// use std::time::Duration;
/// use meshauth_runtime::{Authoriser, MemoryDirectory};
///
/// let authoriser = Authoriser::builder(MemoryDirectory::new(Default::default())?)
///     .deadline(Duration::from_millis(200))
///     .recheck(Duration::from_secs(2))
///     .build();
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[must_use = "settings do nothing until `build` is called"]
pub struct AuthoriserBuilder {
    directory: Box<dyn Directory>,
    deadline: Duration,
    recheck: Duration,
    audit: Option<Audit>,
    shadow: Option<Shadow>,
    request_id_header: Option<HeaderName>,
}

impl AuthoriserBuilder {
    pub(super) fn new(directory: impl Directory) -> Self {
        Self {
            directory: Box::new(directory),
            deadline: DEFAULT_DEADLINE,
            recheck: DEFAULT_RECHECK,
            audit: None,
            shadow: None,
            request_id_header: Some(REQUEST_ID_HEADER),
        }
    }

    /// How long a decision may wait for the directory: [`DEFAULT_DEADLINE`] unless it is set. A
    /// gRPC caller that waits for less time (`grpc-timeout`) gets its answer in that time.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The time between two decisions on an open stream: [`DEFAULT_RECHECK`] unless it is set, and
    /// at least 10 milliseconds.
    pub fn recheck(self, every: Duration) -> Self {
        Self { recheck: every.max(SHORTEST_RECHECK), ..self }
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
        let Self { directory, deadline, recheck, audit, shadow, request_id_header } = self;
        if let Some(shadow) = &shadow {
            audit::shadow_begins(shadow);
        }
        let revocations = directory.revocations().unwrap_or_default();
        let core = Core {
            directory,
            deadline,
            recheck,
            audit,
            shadow,
            revocations,
            request_id_header,
            open_calls: OpenCalls::default(),
        };
        Authoriser::of(Shards::new(core))
    }
}

impl fmt::Debug for AuthoriserBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthoriserBuilder")
            .field("deadline", &self.deadline)
            .field("recheck", &self.recheck)
            .field("audit", &self.audit)
            .field("shadow", &self.shadow)
            .field("request_id_header", &self.request_id_header)
            .finish_non_exhaustive()
    }
}
