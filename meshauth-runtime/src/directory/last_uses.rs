//! Which credentials were used, for a directory that keeps when each was last used.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::credential::{Credential, KeyDigest};

/// Which credentials have let a call in, each told once in an hour.
///
/// A directory that keeps when a credential was last used hands this out
/// ([`Directory::last_uses`](crate::Directory::last_uses)). The authoriser notes in it what it allows,
/// at the cost of two loads a call; the directory takes what was noted from time to time, and writes it
/// down. It holds a megabyte, and at most 100,000 credentials that are not taken yet: what is beyond
/// that is noted when it is used again.
///
/// ```
/// use std::time::SystemTime;
/// use meshauth_runtime::directory::LastUses;
///
/// let uses = LastUses::new();
/// // Every few seconds, by a task of the directory:
/// for credential in uses.take() {
///     // UPDATE .. SET last_used = .. WHERE digest = ..
/// }
/// uses.begin_hour(SystemTime::now());
/// ```
#[derive(Clone)]
pub struct LastUses(Arc<Inner>);

struct Inner {
    /// Hours since 1970: zero before the first begins, in which nothing is noted.
    hour: AtomicU32,
    /// Of what was noted lately: the first bits of a digest, with the hour in the place of the others.
    slots: Box<[AtomicU64]>,
    noted: Mutex<HashSet<Credential>>,
}

const SLOTS: usize = 1 << 17;
const MAX_NOTED: usize = 100_000;
/// Good until the year 3883.
const HOUR_BITS: u64 = 0xFF_FFFF;
const HOUR: Duration = Duration::from_secs(3600);

impl LastUses {
    /// Nothing is noted before the first hour begins.
    #[must_use]
    pub fn new() -> Self {
        let slots = std::iter::repeat_with(AtomicU64::default).take(SLOTS).collect();
        Self(Arc::new(Inner { hour: AtomicU32::new(0), slots, noted: Mutex::default() }))
    }

    /// Notes from now on what is used in the hour of this time. Within the same hour nothing changes.
    pub fn begin_hour(&self, now: SystemTime) {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let hour = u32::try_from(since.as_secs() / HOUR.as_secs()).unwrap_or(u32::MAX);
        self.0.hour.store(hour, Ordering::Relaxed);
    }

    /// What was used since this was last asked, in no order.
    #[must_use]
    pub fn take(&self) -> Vec<Credential> {
        let mut noted = self.0.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.drain().collect()
    }

    /// Puts back what could not be written down.
    pub fn put_back(&self, credentials: impl IntoIterator<Item = Credential>) {
        let mut noted = self.0.noted.lock().unwrap_or_else(PoisonError::into_inner);
        for credential in credentials {
            if noted.len() >= MAX_NOTED {
                return;
            }
            noted.insert(credential);
        }
    }

    /// A call was let in by this credential.
    #[inline]
    pub(crate) fn note(&self, credential: &Credential) {
        let Credential::ApiKey(digest) = credential;
        let (slot, mark) = self.place(digest);
        if slot.load(Ordering::Relaxed) != mark {
            self.note_first(credential, slot, mark);
        }
    }

    #[inline]
    fn place(&self, digest: &KeyDigest) -> (&AtomicU64, u64) {
        let bytes = digest.as_bytes();
        let first = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let last = bytes.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let hour = u64::from(self.0.hour.load(Ordering::Relaxed));
        let slot = &self.0.slots[last as usize % SLOTS];
        (slot, first & !HOUR_BITS | hour & HOUR_BITS)
    }

    /// For the first time in this hour. It waits for nobody: what is not noted now is noted when the
    /// credential is used again.
    #[cold]
    fn note_first(&self, credential: &Credential, slot: &AtomicU64, mark: u64) {
        if mark & HOUR_BITS == 0 {
            return;
        }
        let Ok(mut noted) = self.0.noted.try_lock() else { return };
        if noted.len() < MAX_NOTED {
            noted.insert(credential.clone());
            slot.store(mark, Ordering::Relaxed);
        }
    }
}

impl Default for LastUses {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LastUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastUses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(of: u8) -> Credential {
        KeyDigest::from_bytes([of; 32]).into()
    }

    fn hour(hour: u32) -> SystemTime {
        UNIX_EPOCH + hour * HOUR
    }

    #[test]
    fn a_credential_is_told_once_an_hour() {
        let uses = LastUses::new();
        uses.note(&credential(1));
        assert_eq!(uses.take(), [], "no hour has begun");
        for now in [1, 2] {
            uses.begin_hour(hour(now));
            for _ in 0..3 {
                uses.note(&credential(1));
                uses.begin_hour(hour(now) + HOUR / 2);
            }
            assert_eq!(uses.take(), [credential(1)], "{now}");
            uses.note(&credential(1));
            assert_eq!(uses.take(), [], "{now}");
        }
    }

    #[test]
    fn what_could_not_be_written_down_is_told_again() {
        let uses = LastUses::new();
        uses.begin_hour(hour(1));
        uses.note(&credential(1));
        let taken = uses.take();
        uses.put_back(taken);
        uses.note(&credential(2));
        let mut taken = uses.take();
        taken.sort_by_key(|taken| *taken == credential(2));
        assert_eq!(taken, [credential(1), credential(2)]);
    }

    /// Two in one place drive each other out, and both are told.
    #[test]
    fn no_use_is_lost_to_another_one() {
        let uses = LastUses::new();
        uses.begin_hour(hour(1));
        let of = |first: u8| {
            let mut bytes = [0; 32];
            bytes[7] = first;
            Credential::from(KeyDigest::from_bytes(bytes))
        };
        uses.note(&of(1));
        uses.note(&of(2));
        uses.note(&of(1));
        assert_eq!(uses.take().len(), 2);
    }

    #[test]
    fn what_waits_to_be_taken_is_bounded() {
        let uses = LastUses::new();
        uses.begin_hour(hour(1));
        let of = |n: u32| {
            let mut bytes = [0; 32];
            bytes[4..8].copy_from_slice(&n.to_le_bytes());
            bytes[28..].copy_from_slice(&n.to_le_bytes());
            Credential::from(KeyDigest::from_bytes(bytes))
        };
        let many = u32::try_from(MAX_NOTED).unwrap() + 10;
        (0..many).for_each(|n| uses.note(&of(n)));
        assert_eq!(uses.take().len(), MAX_NOTED);
        // What was not noted is, when it is used again.
        (0..many).for_each(|n| uses.note(&of(n)));
        assert_eq!(uses.take().len(), 10);
        uses.put_back((0..many).map(of));
        assert_eq!(uses.take().len(), MAX_NOTED);
    }
}
