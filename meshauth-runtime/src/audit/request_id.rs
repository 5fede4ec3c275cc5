//! What ties the records of one call together.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
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

/// Differs from process to process, and cannot be foreseen.
static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static COUNT: AtomicU64 = AtomicU64::new(0);

impl RequestId {
    /// The id with this ULID, given as a number of 128 bits.
    #[must_use]
    pub const fn from_u128(id: u128) -> Self {
        Self(id)
    }

    /// An id that no other call has: ids sort by their time, to the millisecond.
    #[must_use]
    pub fn random() -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let milliseconds = since_1970.map_or(0, |since| since.as_millis());
        let high = u128::from(PROCESS.hash_one((count, 0_u8)) & 0xFFFF);
        let low = u128::from(PROCESS.hash_one((count, 1_u8)));
        Self(milliseconds << 80 | high << 64 | low)
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
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_calls_have_the_same_id() {
        let ids: HashSet<_> = (0..10_000).map(|_| RequestId::random()).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn an_id_is_a_ulid() {
        assert_eq!(RequestId::from_u128(0).to_string(), "00000000000000000000000000");
        assert_eq!(RequestId::from_u128(u128::MAX).to_string(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }
}
