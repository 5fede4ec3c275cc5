//! From the hash of a key to the index of its record.

const EMPTY: u32 = u32::MAX;

/// A table of indices, open addressing. What an index leaves of 32 bits holds more of the hash, so
/// that a foreign record is seldom looked at.
#[derive(Debug)]
pub(super) struct Index {
    slots: Box<[u32]>,
    index_bits: u32,
}

impl Index {
    pub(super) fn new(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let count = hashes.len();
        // The index of ones is never used, so that no slot looks empty.
        let index_bits = usize::BITS - count.leading_zeros();
        assert!(index_bits < 32, "32 bits hold an index and some of its hash");
        let mut index =
            Self { slots: vec![EMPTY; (2 * count + 1).next_power_of_two()].into(), index_bits };
        for (record, hash) in (0..).zip(hashes) {
            let mut at = index.start(hash);
            while index.slots[at] != EMPTY {
                at = index.after(at);
            }
            index.slots[at] = index.tag(hash) | record;
        }
        index
    }

    /// The first record with this hash that is the one.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = self.tag(hash);
        let mut at = self.start(hash);
        loop {
            let slot = self.slots[at];
            let record = slot & !self.tag_mask();
            if slot & self.tag_mask() == tag && slot != EMPTY && is_it(record) {
                return Some(record);
            }
            if slot == EMPTY {
                return None;
            }
            at = self.after(at);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low bits are wanted")]
    fn start(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    fn tag_mask(&self) -> u32 {
        u32::MAX << self.index_bits
    }

    fn tag(&self, hash: u64) -> u32 {
        (hash >> 32) as u32 & self.tag_mask()
    }
}
