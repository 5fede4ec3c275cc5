//! What an authoriser holds, and how calls share it.

use std::{
    cell::Cell,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::HeaderName;
use tokio::time::Instant;

use super::open_calls::OpenCalls;
#[cfg(any(feature = "axum", feature = "tonic"))]
use crate::policy::TableEntry;
use crate::{
    audit::{Audit, SampledLog},
    credential::{Header, Presented},
    decision::{Shadow, ShadowedChecks},
    directory::{Directory, LastUses, LiveView, Revocations, ViewGuard},
};

/// The settings of an authoriser.
pub(crate) struct Core {
    pub(super) directory: Box<dyn Directory>,
    pub(super) deadline: Duration,
    pub(super) max_decision_age: Duration,
    pub(super) audit: Option<Audit>,
    pub(super) shadow: Option<Shadow>,
    pub(super) revocations: Revocations,
    #[cfg_attr(
        not(any(feature = "axum", feature = "tonic")),
        expect(dead_code, reason = "no guard")
    )]
    pub(super) request_id_header: Option<HeaderName>,
    pub(super) open_calls: Arc<OpenCalls>,
    pub(super) sampled_log: Arc<SampledLog>,
    pub(super) last_uses: Option<LastUses>,
}

impl Core {
    /// The checks that are shadowed now.
    pub(crate) fn shadowed(&self) -> ShadowedChecks {
        self.shadow.as_ref().map_or(ShadowedChecks::NONE, Shadow::checks)
    }

    /// Whether a call of the method leaves a record of its end, however short it is.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn records_ends_of(&self, entry: TableEntry) -> bool {
        let operation = entry.method.operation();
        self.audit.as_ref().is_some_and(|audit| audit.is_strict_about(operation))
    }

    /// What the directory has in memory, if that is young enough to decide by.
    #[inline]
    pub(crate) fn view(&self) -> Option<ViewGuard<'_>> {
        self.directory.view()?.load(self.max_decision_age)
    }

    /// The same, however old it is: for what a decision that holds is asked later.
    pub(super) fn last_view(&self) -> Option<ViewGuard<'_>> {
        self.directory.view()?.load(Duration::MAX)
    }

    /// Whether nothing is ever looked up elsewhere.
    pub(super) fn is_in_memory(&self) -> bool {
        self.directory.view().is_some()
    }

    /// Up to when what is decided by from now on was known to be true.
    pub(super) fn known(&self) -> Instant {
        self.directory.view().map_or_else(Instant::now, LiveView::known)
    }

    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// A call was let in that presents this.
    #[inline]
    pub(super) fn note_use(&self, presented: &Presented) {
        if let Some(uses) = &self.last_uses
            && let Header::Value(credential) = presented.credential()
        {
            uses.note(credential);
        }
    }

    /// The header in which a response names its call.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn request_id_header(&self) -> Option<&HeaderName> {
        self.request_id_header.as_ref()
    }

    /// Which lines of callers whom nobody identified are written.
    pub(crate) fn sampled_log(&self) -> &Arc<SampledLog> {
        &self.sampled_log
    }

    pub(crate) fn open_calls(&self) -> &OpenCalls {
        &self.open_calls
    }

    pub(crate) fn max_decision_age(&self) -> Duration {
        self.max_decision_age
    }
}

/// How many threads can decide without writing to one line of the cache.
const SHARDS: usize = 32;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Which shard this thread uses: set when it decides for the first time.
    static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
}

/// One core behind several reference counts, each in a line of its own.
///
/// An access keeps its core alive, and most calls are let in: with a single count, cores would
/// fight over its line, and two threads decide no more than one.
pub(super) struct Shards([Arc<Shard>; SHARDS]);

// Processors fetch two lines of 64 bytes at once.
#[repr(align(128))]
struct Shard(Arc<Core>);

impl Shards {
    pub(super) fn new(core: Core) -> Self {
        let core = Arc::new(core);
        Self(std::array::from_fn(|_| Arc::new(Shard(Arc::clone(&core)))))
    }

    #[inline]
    pub(super) fn core(&self) -> &Core {
        &self.0[0].0
    }

    /// A lease that is counted where no other thread counts its own.
    #[inline]
    pub(super) fn lease(&self) -> Lease {
        let shard = SHARD.get().unwrap_or_else(|| {
            let shard = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
            SHARD.set(Some(shard));
            shard
        });
        Lease(Arc::clone(&self.0[shard]))
    }
}

/// The core, held by one call.
#[derive(Clone)]
pub(crate) struct Lease(Arc<Shard>);

impl Lease {
    pub(crate) fn core(&self) -> &Core {
        &self.0.0
    }

    /// Whether both are of one authoriser, and not only of two that are alike.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn is_of(&self, core: &Core) -> bool {
        std::ptr::eq(self.core(), core)
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}
