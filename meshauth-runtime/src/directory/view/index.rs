//! Where rows are found by a hash: tables that are copied on write, each as small as one update may
//! touch.

use std::sync::Arc;

use hashbrown::HashTable;

/// A shard holds so many places on average, before there are twice as many shards. It is copied
/// where one changes; few shards stay in the cache, however large the world is.
const PLACES_OF_A_SHARD: usize = 2048;

/// The places of rows by the hash of what identifies them. A clone shares all that neither changes.
#[derive(Debug, Clone)]
pub(super) struct Index {
    /// A power of two of them.
    shards: Vec<Arc<HashTable<u32>>>,
    len: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Index {
    pub(super) fn with_capacity(places: usize) -> Self {
        let shards = (places / PLACES_OF_A_SHARD).next_power_of_two();
        Self { shards: vec![Arc::default(); shards], len: 0 }
    }

    /// A table takes its bucket from the lowest bits of a hash and its tag from the highest: the
    /// shard is taken from between them.
    #[inline]
    fn shard(&self, hash: u64) -> usize {
        let middle = usize::try_from(hash >> 32 & 0xff_ffff).unwrap_or_default();
        middle & (self.shards.len() - 1)
    }

    /// What `look_at` makes of the place that is meant. It is asked for each that may be, and gives
    /// nothing for the others: who finds a row by its place has it then, and does not look twice.
    #[inline]
    pub(super) fn find<T>(&self, hash: u64, look_at: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mut found = None;
        self.shards[self.shard(hash)].find(hash, |place| {
            found = look_at(*place);
            found.is_some()
        });
        found
    }

    /// All places with this hash, and perhaps some others.
    pub(super) fn candidates(&self, hash: u64) -> impl Iterator<Item = u32> + '_ {
        self.shards[self.shard(hash)].iter_hash(hash).copied()
    }

    /// Adds a place. `hash_of` gives the hash of any place that is there.
    pub(super) fn insert(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        if self.len >= self.shards.len() * PLACES_OF_A_SHARD {
            self.split(&hash_of);
        }
        self.add(hash, place, &hash_of);
        self.len += 1;
    }

    fn add(&mut self, hash: u64, place: u32, hash_of: &impl Fn(u32) -> u64) {
        let shard = self.shard(hash);
        let shard = Arc::make_mut(&mut self.shards[shard]);
        shard.insert_unique(hash, place, |place| hash_of(*place));
    }

    /// Takes a place out.
    pub(super) fn remove(&mut self, hash: u64, place: u32) {
        let shard = self.shard(hash);
        let shard = Arc::make_mut(&mut self.shards[shard]);
        if let Ok(entry) = shard.find_entry(hash, |held| *held == place) {
            entry.remove();
            self.len -= 1;
        }
    }

    /// Takes twice as many shards.
    fn split(&mut self, hash_of: &impl Fn(u32) -> u64) {
        let mut larger = Self { shards: vec![Arc::default(); self.shards.len() * 2], ..*self };
        for place in self.shards.iter().flat_map(|shard| shard.iter()) {
            larger.add(hash_of(*place), *place, hash_of);
        }
        *self = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spreads over all bits.
    fn hash(place: u32) -> u64 {
        u64::from(place).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn what_is_inserted_is_found_until_it_is_removed_and_a_clone_keeps_it() {
        let mut index = Index::default();
        for place in 0..20_000 {
            index.insert(hash(place), place, hash);
        }
        assert!(index.shards.len() >= 8);
        let before = index.clone();
        for place in (0..20_000).step_by(2) {
            index.remove(hash(place), place);
        }
        for place in 0..20_000 {
            let found = |index: &Index| index.find(hash(place), |at| (at == place).then_some(at));
            assert_eq!(found(&index), (place % 2 == 1).then_some(place));
            assert_eq!(found(&before), Some(place));
        }
    }

    #[test]
    fn an_insertion_copies_one_shard() {
        let mut index = Index::default();
        for place in 0..20_000 {
            index.insert(hash(place), place, hash);
        }
        let before = index.clone();
        index.insert(hash(20_000), 20_000, hash);
        let shared = index.shards.iter().zip(&before.shards);
        let copied = shared.filter(|(now, before)| !Arc::ptr_eq(now, before)).count();
        assert_eq!(copied, 1);
    }
}
