//! What a caller presents: headers, read strictly.

use http::{HeaderMap, HeaderName, HeaderValue, header::CONNECTION};

use super::{Credential, KeyDigest, api_key::ApiKey};
use crate::names::GroupName;

/// The header that proves who calls.
pub const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The header that names the executing group.
pub const GROUP_HEADER: HeaderName = HeaderName::from_static("x-group");

/// A header that must be there exactly once, in its canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Header<T> {
    /// It is not there at all.
    Missing,
    /// It is there, but twice (even with equal values), or not in its canonical form. Bytes that
    /// are no text are malformed, never missing.
    Malformed,
    /// It is there and canonical.
    Value(T),
}

impl<T> Header<T> {
    /// Takes the header off, in one look-up: how many values it had shows in how many are gone.
    fn take(
        headers: &mut HeaderMap,
        name: &HeaderName,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Self {
        let before = headers.len();
        match headers.remove(name) {
            None => Self::Missing,
            Some(value) if before - headers.len() == 1 => {
                parse(value.as_bytes()).map_or(Self::Malformed, Self::Value)
            }
            Some(_) => Self::Malformed,
        }
    }

    fn map<U>(self, value: impl FnOnce(T) -> U) -> Header<U> {
        match self {
            Self::Missing => Header::Missing,
            Self::Malformed => Header::Malformed,
            Self::Value(found) => Header::Value(value(found)),
        }
    }

    fn read(
        headers: &HeaderMap,
        name: &HeaderName,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Missing,
            (Some(value), None) => parse(value.as_bytes()).map_or(Self::Malformed, Self::Value),
            (Some(_), Some(_)) => Self::Malformed,
        }
    }
}

/// What a caller presents. The key itself is gone: only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Presented {
    credential: Header<Credential>,
    group: Header<GroupName>,
}

impl Presented {
    /// Reads the headers.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let mut presented = Self {
            credential: Header::read(headers, &API_KEY_HEADER, credential),
            group: Header::read(headers, &GROUP_HEADER, group),
        };
        presented.unless_hop_by_hop(headers);
        presented
    }

    /// Reads the headers and takes them off the request, so that no handler sees them.
    #[must_use]
    pub fn take(headers: &mut HeaderMap) -> Self {
        // The key is copied and hashed later: letting a value go counts references, and a processor
        // does nothing else until that is done, least of all beside the hash.
        let key = Header::take(headers, &API_KEY_HEADER, |value| {
            ApiKey::parse(value).ok().map(ApiKey::block)
        });
        let mut presented = Self {
            group: Header::take(headers, &GROUP_HEADER, group),
            credential: key.map(|block| KeyDigest::of_block(&block).into()),
        };
        presented.unless_hop_by_hop(headers);
        presented
    }

    /// What was read elsewhere than in headers: for tools that explain a decision.
    #[must_use]
    pub const fn new(credential: Header<Credential>, group: Header<GroupName>) -> Self {
        Self { credential, group }
    }

    /// How the caller proves itself.
    #[must_use]
    pub const fn credential(&self) -> &Header<Credential> {
        &self.credential
    }

    /// The executing group, as the caller names it.
    #[must_use]
    pub const fn group(&self) -> Header<GroupName> {
        self.group
    }

    /// A `Connection` header that names one of ours tells proxies to drop it, so that a caller
    /// with a bad key would arrive as one without: that header is malformed, there or not.
    #[inline]
    fn unless_hop_by_hop(&mut self, headers: &HeaderMap) {
        // HTTP/2 has no such header: this is one look-up that finds nothing.
        if headers.contains_key(CONNECTION) {
            self.drop_hop_by_hop(headers);
        }
    }

    #[cold]
    fn drop_hop_by_hop(&mut self, headers: &HeaderMap) {
        let named = |header: &HeaderName| {
            let lists = headers.get_all(CONNECTION).iter().map(HeaderValue::as_bytes);
            let mut names = lists.flat_map(|list| list.split(|byte| *byte == b','));
            names.any(|name| name.trim_ascii().eq_ignore_ascii_case(header.as_str().as_bytes()))
        };
        if named(&API_KEY_HEADER) {
            self.credential = Header::Malformed;
        }
        if named(&GROUP_HEADER) {
            self.group = Header::Malformed;
        }
    }

    /// Whether one of the headers is there, whatever else is said of them.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn is_in(headers: &HeaderMap) -> bool {
        headers.contains_key(API_KEY_HEADER) || headers.contains_key(GROUP_HEADER)
    }
}

fn credential(value: &[u8]) -> Option<Credential> {
    ApiKey::parse(value).ok().map(|key| Credential::ApiKey(key.digest()))
}

fn group(value: &[u8]) -> Option<GroupName> {
    GroupName::parse(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
    const GROUP: &[u8] = b"groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    fn headers(name: &HeaderName, values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    /// What is read is what is taken, and what is taken is gone.
    fn presented(mut headers: HeaderMap) -> Presented {
        let read = Presented::read(&headers);
        headers.insert("other", HeaderValue::from_static("stays"));
        assert_eq!(Presented::take(&mut headers), read);
        assert_eq!(headers.len(), 1);
        read
    }

    fn key(values: &[&[u8]]) -> Header<Credential> {
        presented(headers(&API_KEY_HEADER, values)).credential
    }

    fn group(values: &[&[u8]]) -> Header<GroupName> {
        presented(headers(&GROUP_HEADER, values)).group
    }

    #[test]
    fn a_header_that_is_there_once_and_canonical_is_read() {
        assert_eq!(key(&[KEY]), Header::Value(ApiKey::parse(KEY).unwrap().digest().into()));
        assert_eq!(group(&[GROUP]), Header::Value(GroupName::parse(GROUP).unwrap()));
        assert_eq!(key(&[]), Header::Missing);
        assert_eq!(group(&[]), Header::Missing);
    }

    #[test]
    fn t_b01_a_header_given_twice_is_malformed_even_with_equal_values() {
        for count in [2, 3, 200] {
            assert_eq!(key(&vec![KEY; count]), Header::Malformed);
            assert_eq!(group(&vec![GROUP; count]), Header::Malformed);
        }
        assert_eq!(key(&[KEY, b""]), Header::Malformed);
        assert_eq!(group(&[b"", GROUP]), Header::Malformed);
    }

    #[test]
    fn t_b02_comma_joined_values_are_malformed() {
        assert_eq!(key(&[&[KEY, b",", KEY].concat()]), Header::Malformed);
        assert_eq!(group(&[&[GROUP, b",", GROUP].concat()]), Header::Malformed);
        assert_eq!(group(&[&[GROUP, b", "].concat()]), Header::Malformed);
    }

    #[test]
    fn t_b03_space_at_either_end_is_malformed_never_trimmed() {
        for space in [b" ", b"\t"] {
            assert_eq!(key(&[&[space.as_slice(), KEY].concat()]), Header::Malformed);
            assert_eq!(key(&[&[KEY, space.as_slice()].concat()]), Header::Malformed);
            assert_eq!(group(&[&[space.as_slice(), GROUP].concat()]), Header::Malformed);
            assert_eq!(group(&[&[GROUP, space.as_slice()].concat()]), Header::Malformed);
        }
    }

    #[test]
    fn t_b04_empty_values_and_bytes_that_are_no_text_are_malformed_never_missing() {
        for bytes in [b"".as_slice(), b"k\xe9", b"\xff", "ключ".as_bytes()] {
            assert_eq!(key(&[bytes]), Header::Malformed);
            assert_eq!(group(&[bytes]), Header::Malformed);
        }
    }

    #[test]
    fn t_b05_look_alike_headers_are_not_read() {
        for name in ["x-api-key-bin", "x_api_key", "x-apikey", "api-key", "x-group-bin", "x_group"]
        {
            let name = HeaderName::from_static(name);
            let presented = Presented::read(&headers(&name, &[KEY]));
            assert_eq!(
                presented,
                Presented { credential: Header::Missing, group: Header::Missing }
            );
        }
    }

    #[test]
    fn t_b07_a_header_that_connection_names_is_malformed_there_or_not() {
        for (connection, key, group) in [
            ("x-api-key", true, false),
            ("close, X-Group ", false, true),
            ("keep-alive,x-api-key,\tx-group", true, true),
            ("keep-alive", false, false),
            ("x-api-key-too", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(CONNECTION, HeaderValue::from_static("te"));
            headers.append(CONNECTION, HeaderValue::from_static(connection));
            let presented = Presented::read(&headers);
            assert_eq!(presented.credential == Header::Malformed, key, "{connection}");
            assert_eq!(presented.group == Header::Malformed, group, "{connection}");
            headers.insert(API_KEY_HEADER, HeaderValue::from_bytes(KEY).unwrap());
            assert_eq!(
                Presented::read(&headers).credential == Header::Malformed,
                key,
                "{connection}"
            );
            assert_eq!(Presented::take(&mut headers).credential == Header::Malformed, key);
        }
    }

    #[test]
    fn t_b09_both_headers_are_taken_off_whatever_they_hold() {
        for values in [vec![KEY], vec![KEY, KEY], vec![b"\xff".as_slice()]] {
            let mut headers = headers(&API_KEY_HEADER, &values);
            headers.extend(self::headers(&GROUP_HEADER, &values));
            let _ = Presented::take(&mut headers);
            assert!(headers.is_empty());
        }
    }
}
