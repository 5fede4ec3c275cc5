//! What was announced to have changed.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

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
    /// The last of them.
    recent: Mutex<VecDeque<Revocation>>,
    listeners: RwLock<Vec<Weak<dyn RevocationListener>>>,
}

/// As many are remembered. Whoever asks of an earlier time is told that anything may have changed.
const REMEMBERED: usize = 256;

/// Who is told of each revocation as it is announced.
pub(crate) trait RevocationListener: Send + Sync {
    /// Called on the thread of whoever announces it.
    fn revoked(&self, revocation: &Revocation);
}

impl Revocations {
    /// A handle for a directory of your own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the open streams that this concerns decided again at once, and no others.
    ///
    /// It returns at once: what is decided again is decided by tasks of its own, equal questions
    /// together.
    pub fn announce(&self, revocation: Revocation) {
        {
            let mut recent = self.recent();
            if recent.len() == REMEMBERED {
                recent.pop_front();
            }
            recent.push_back(revocation);
            // Under the lock: the number and what is remembered belong together.
            self.0.epoch.fetch_add(1, Ordering::SeqCst);
        }
        let listeners = self.0.listeners.read().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.revoked(&revocation);
        }
    }

    /// How many were announced: read before a decision, it tells later whether there were more.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::SeqCst)
    }

    /// Whether one that was announced since this epoch matters.
    pub(crate) fn any_since(&self, epoch: u64, matters: impl FnMut(&Revocation) -> bool) -> bool {
        // Most of the time there was none.
        if self.epoch() == epoch {
            return false;
        }
        let recent = self.recent();
        let count = usize::try_from(self.epoch().saturating_sub(epoch)).unwrap_or(usize::MAX);
        let Some(known) = recent.len().checked_sub(count) else { return true };
        let since: Vec<_> = recent.iter().skip(known).copied().collect();
        // Whoever is asked may look things up, or announce another.
        drop(recent);
        since.iter().any(matters)
    }

    /// Has somebody told of each from now on, for as long as it lives.
    pub(crate) fn listen(&self, listener: Weak<dyn RevocationListener>) {
        let mut listeners = self.0.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(listener);
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Revocation>> {
        self.0.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("announced", &self.epoch()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_told_apart_and_what_is_not_may_be_anything() {
        let revocations = Revocations::new();
        let [mine, other] = [1, 2].map(|ulid| Revocation::Entity(EntityName::api_user(ulid)));
        let mine_since = |epoch| revocations.any_since(epoch, |announced| *announced == mine);
        revocations.announce(mine);
        assert!(mine_since(0));
        assert!(!mine_since(1));
        for _ in 1..REMEMBERED {
            revocations.announce(other);
        }
        assert!(mine_since(0));
        assert!(!mine_since(1));
        revocations.announce(other);
        assert!(!mine_since(1));
        assert!(mine_since(0), "the first is forgotten");
    }
}
