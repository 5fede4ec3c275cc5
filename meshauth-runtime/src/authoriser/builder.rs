//! How an authoriser is put together.

use std::{fmt, time::Duration};

use super::{
    Authoriser,
    core::{Core, Shards},
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
}

impl AuthoriserBuilder {
    pub(super) fn new(directory: impl Directory) -> Self {
        Self {
            directory: Box::new(directory),
            deadline: DEFAULT_DEADLINE,
            recheck: DEFAULT_RECHECK,
            audit: None,
            shadow: None,
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

    /// The authoriser.
    #[must_use]
    pub fn build(self) -> Authoriser {
        let Self { directory, deadline, recheck, audit, shadow } = self;
        if let Some(shadow) = &shadow {
            audit::shadow_begins(shadow);
        }
        let revocations = directory.revocations().unwrap_or_default();
        let core = Core { directory, deadline, recheck, audit, shadow, revocations };
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
            .finish_non_exhaustive()
    }
}
