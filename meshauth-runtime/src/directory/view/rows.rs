//! Rows in chunks that are copied on write, each with a list that belongs to it.

use std::sync::Arc;

/// So many rows are copied where one changes.
const CHUNK: usize = 128;
const BITS: u32 = CHUNK.trailing_zeros();

/// A row that says where in its chunk its list is.
pub(super) trait Row: Clone {
    /// The row of a place where there is none.
    const VACANT: Self;

    /// Where its list begins, and how long it is.
    fn span(&self) -> (u32, u32);

    fn set_span(&mut self, first: u32, len: u32);
}

/// Rows by place, each with a list of `P`. A clone shares all chunks that neither changes.
#[derive(Debug, Clone)]
pub(super) struct Rows<R, P> {
    /// Of one length, so that a place in a chunk needs no check.
    chunks: Vec<Arc<[R; CHUNK]>>,
    /// The lists of each chunk, one after the other. Rows may share one. They lie behind one pointer,
    /// as each one more is a miss of the cache in a large world.
    lists: Vec<Arc<[P]>>,
    len: usize,
}

impl<R, P> Default for Rows<R, P> {
    fn default() -> Self {
        Self { chunks: Vec::new(), lists: Vec::new(), len: 0 }
    }
}

#[inline]
fn split(place: u32) -> (usize, usize) {
    ((place >> BITS) as usize, place as usize % CHUNK)
}

impl<R: Row, P: Clone> Rows<R, P> {
    /// How many places there are, vacant ones included.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&R> {
        let (chunk, nth) = split(place);
        Some(&self.chunks.get(chunk)?[nth])
    }

    /// The list of the row, which is at this place.
    #[inline]
    pub(super) fn list(&self, place: u32, row: &R) -> &[P] {
        let (first, len) = row.span();
        let (first, len) = (first as usize, len as usize);
        let list = self.lists.get(split(place).0).and_then(|lists| lists.get(first..first + len));
        list.unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &R)> + '_ {
        (0..).zip(self.chunks.iter().flat_map(|chunk| chunk.iter())).take(self.len)
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut R> {
        let (chunk, nth) = split(place);
        Some(&mut Arc::make_mut(self.chunks.get_mut(chunk)?)[nth])
    }

    /// Adds a row without a list. None if there is no room for it.
    pub(super) fn push(&mut self, row: R) -> Option<u32> {
        let place = u32::try_from(self.len).ok()?;
        let (chunk, nth) = split(place);
        if chunk == self.chunks.len() {
            self.chunks.push(Arc::new([R::VACANT; CHUNK]));
            self.lists.push(Arc::new([]));
        }
        Arc::make_mut(&mut self.chunks[chunk])[nth] = row;
        self.len += 1;
        Some(place)
    }

    /// Gives the row at this place another list. What was its list stays, if others share it.
    pub(super) fn set_list(&mut self, place: u32, list: &[P]) -> Option<()> {
        let (chunk, nth) = split(place);
        let rows = Arc::make_mut(self.chunks.get_mut(chunk)?);
        let lists = self.lists.get_mut(chunk)?;
        if rows[nth].span().1 > 0 {
            rows[nth].set_span(0, 0);
            *lists = compact(rows, lists);
        }
        let first = u32::try_from(lists.len()).ok()?;
        rows[nth].set_span(first, u32::try_from(list.len()).ok()?);
        if !list.is_empty() {
            *lists = [&**lists, list].concat().into();
        }
        Some(())
    }

    /// Gives the row at this place the list of another one, if both are in one chunk.
    pub(super) fn share_list(&mut self, place: u32, with: u32) -> bool {
        let ((chunk, nth), (other, shared)) = (split(place), split(with));
        let Some(rows) = self.chunks.get_mut(chunk).filter(|_| chunk == other) else {
            return false;
        };
        let (first, len) = rows[shared].span();
        Arc::make_mut(rows)[nth].set_span(first, len);
        true
    }

    /// Takes the row at this place out, and its list.
    pub(super) fn vacate(&mut self, place: u32) {
        let (chunk, nth) = split(place);
        if let Some(rows) = self.chunks.get_mut(chunk) {
            let rows = Arc::make_mut(rows);
            rows[nth] = R::VACANT;
            self.lists[chunk] = compact(rows, &self.lists[chunk]);
        }
    }

    /// Changes the entries of lists where `change` says so, and copies only those chunks.
    pub(super) fn change_lists(&mut self, change: impl Fn(&P) -> Option<P>) {
        for lists in &mut self.lists {
            let changed = lists.iter().enumerate();
            let changed: Vec<_> =
                changed.filter_map(|(nth, entry)| Some((nth, change(entry)?))).collect();
            if changed.is_empty() {
                continue;
            }
            let lists = Arc::make_mut(lists);
            for (nth, entry) in changed {
                lists[nth] = entry;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn copied_since(&self, before: &Self) -> (usize, usize) {
        let shared = self.chunks.iter().zip(&before.chunks);
        let copied = shared.filter(|(now, before)| !Arc::ptr_eq(now, before)).count();
        (copied, self.chunks.len())
    }

    /// Gives back what was reserved and is not used.
    pub(super) fn shrink(&mut self) {
        self.chunks.shrink_to_fit();
        self.lists.shrink_to_fit();
    }
}

/// Leaves out what no row's list is any more.
fn compact<R: Row, P: Clone>(rows: &mut [R], lists: &[P]) -> Arc<[P]> {
    let mut kept: Vec<((u32, u32), u32)> = Vec::new();
    let mut compacted = Vec::with_capacity(lists.len());
    for row in rows {
        let span @ (first, len) = row.span();
        if len == 0 {
            continue;
        }
        let known = kept.iter().find(|(known, _)| *known == span).map(|(_, moved)| *moved);
        let moved = known.unwrap_or_else(|| {
            // Not longer than before.
            let moved = u32::try_from(compacted.len()).unwrap_or(u32::MAX);
            let (first, len) = (first as usize, len as usize);
            compacted.extend_from_slice(lists.get(first..first + len).unwrap_or_default());
            kept.push((span, moved));
            moved
        });
        row.set_span(moved, len);
    }
    compacted.into()
}
