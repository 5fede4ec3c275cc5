//! What was announced to have changed.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use crate::names::{EntityName, GroupName};

/// What is no longer what it was: a credential, a grant, a state, a place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revocation {
    /// Anything, as after a directory was replaced.
    Everything,
    /// This entity: its credentials, grants or state.
    Entity(EntityName),
    /// This group and what is below it: its place in the tree, or its client.
    Group(GroupName),
}

/// By which whoever changes a directory tells what changed, so that open streams are decided again
/// at once. Clones are one handle.
///
/// A directory that knows of its changes hands it out
/// ([`Directory::revocations`](crate::Directory::revocations)); for any other, the authoriser has
/// one ([`Authoriser::revocations`](crate::Authoriser::revocations)).
///
/// ```
/// use meshauth_runtime::{Authoriser, EntityName, MemoryDirectory, Revocation};
///
/// let authoriser = Authoriser::new(MemoryDirectory::new(Default::default())?);
/// let revocations = authoriser.revocations();
/// // Wherever the directory is changed:
/// revocations.announce(Revocation::Entity(EntityName::api_user(7)));
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[derive(Clone, Default)]
pub struct Revocations(Arc<State>);

#[derive(Default)]
struct State {
    /// How many there were.
    epoch: AtomicU64,
    announced: watch::Sender<Option<Revocation>>,
}

impl Revocations {
    /// A handle for a directory of your own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the open streams that this may concern decided again at once.
    pub fn announce(&self, revocation: Revocation) {
        self.0.epoch.fetch_add(1, Ordering::SeqCst);
        self.0.announced.send_replace(Some(revocation));
    }

    /// How many were announced: read before a decision, it tells later whether there were more.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::SeqCst)
    }

    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Revocation>> {
        self.0.announced.subscribe()
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let epoch = self.0.epoch.load(Ordering::SeqCst);
        f.debug_struct("Revocations").field("announced", &epoch).finish()
    }
}
