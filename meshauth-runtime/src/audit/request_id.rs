//! What ties the records of one call together.

use std::{
    cell::Cell,
    fmt,
    hash::{BuildHasher, RandomState},
    time::SystemTime,
};

use crate::names::write_ulid;

/// The id of one call in audit records, in the log and in the response: a ULID, made here, never
/// taken from a header.
///
/// A handler asks its access for it ([`Authorised::request_id`](crate::Authorised::request_id)), and
/// the caller finds it in the header that
/// [`request_id_header`](crate::AuthoriserBuilder::request_id_header) names. A layer of your own may
/// choose the id, to have the same one in its own records: it puts a `RequestId` into the extensions
/// of the request.
///
/// ```
/// use meshauth_runtime::RequestId;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(RequestId::random());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u128);

thread_local! {
    static SOURCE: Source = Source::new();
}

/// The ids of one thread. No two threads write to one line of the cache for them.
struct Source {
    /// Differs from thread to thread and from process to process, and cannot be foreseen.
    keys: RandomState,
    count: Cell<u64>,
}

impl Source {
    fn new() -> Self {
        let keys = RandomState::new();
        // The count begins anywhere, so that it tells nothing of its thread.
        let count = Cell::new(keys.hash_one(u64::MAX));
        Self { keys, count }
    }

    /// 80 bits, of which 16 differ in any 65,536 ids that follow each other.
    fn next(&self) -> u128 {
        let count = self.count.get().wrapping_add(1);
        self.count.set(count);
        u128::from(count & 0xFFFF) << 64 | u128::from(self.keys.hash_one(count))
    }
}

impl RequestId {
    /// The id with this ULID, given as a number of 128 bits.
    #[must_use]
    pub const fn from_u128(id: u128) -> Self {
        Self(id)
    }

    /// An id that no other call has: ids sort by their time, to the millisecond.
    #[must_use]
    pub fn random() -> Self {
        Self::at(SystemTime::now())
    }

    /// The same for a call at this time.
    pub(crate) fn at(time: SystemTime) -> Self {
        let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // Cheaper than `as_millis`, which has 128 bits; 64 last for 500 million years.
        let milliseconds = since_1970.as_secs() * 1000 + u64::from(since_1970.subsec_millis());
        Self(u128::from(milliseconds) << 80 | SOURCE.with(Source::next))
    }
}

#[cfg(any(feature = "axum", feature = "tonic"))]
impl RequestId {
    /// The id as it stands in a header.
    pub(crate) fn header_value(self) -> http::HeaderValue {
        let mut text = [0; 26];
        write_ulid(self.0, &mut text);
        // The text is ASCII by construction.
        http::HeaderValue::from_bytes(&text).unwrap_or_else(|_| http::HeaderValue::from_static(""))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 26];
        write_ulid(self.0, &mut text);
        // The text is ASCII by construction.
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;

    #[test]
    fn no_two_calls_have_the_same_id() {
        let time = SystemTime::now();
        let ids = move || (0..10_000).map(|_| RequestId::at(time)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(ids)).collect();
        let all: HashSet<_> = threads.into_iter().flat_map(|ids| ids.join().unwrap()).collect();
        assert_eq!(all.len(), 40_000);
    }

    #[test]
    fn ids_that_follow_each_other_differ_in_other_bits_than_those_of_the_hash() {
        let ids: HashSet<_> = (0..65_536).map(|_| RequestId::random().0 >> 64 & 0xFFFF).collect();
        assert_eq!(ids.len(), 65_536);
    }

    #[test]
    fn an_id_begins_with_its_time_in_milliseconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_732_000_000_123_999);
        assert_eq!(RequestId::at(time).0 >> 80, 1_732_000_000_123);
        assert_eq!(RequestId::at(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).0 >> 80, 0);
    }

    #[test]
    fn an_id_is_a_ulid() {
        assert_eq!(RequestId::from_u128(0).to_string(), "00000000000000000000000000");
        assert_eq!(RequestId::from_u128(u128::MAX).to_string(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }
}
