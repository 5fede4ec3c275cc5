//! The key and the group of a caller.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{
    credential::ApiKey,
    credential::{API_KEY_HEADER, GROUP_HEADER},
    names::GroupName,
};

/// An API key, and the group to execute in: what a caller presents.
///
/// `Debug` is redacted, and there is no `Display`. The key is in memory once: clones and headers
/// share it, and the last of them to be dropped overwrites it. (What a transport writes it into is
/// the transport's.)
///
/// ```
/// use meshauth_runtime::{ApiKey, client::Credentials};
///
/// let key = ApiKey::parse(b"Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE")?;
/// let credentials = Credentials::new(key, "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse()?);
/// assert_eq!(
///     format!("{credentials:?}"),
///     "Credentials { api_key: redacted, group: groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA }"
/// );
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    /// Sensitive, and backed by memory that is overwritten.
    api_key: HeaderValue,
    group: GroupName,
}

impl Credentials {
    /// Credentials of a key and a group. The caller's own copy of the key stays the caller's to
    /// overwrite.
    #[must_use]
    pub fn new(api_key: ApiKey<'_>, group: GroupName) -> Self {
        Self { api_key: key_value(api_key), group }
    }

    /// The executing group: the value of `x-group`.
    #[must_use]
    pub fn group(&self) -> GroupName {
        self.group
    }

    /// The same key in another group: a role that is granted in one group also holds below it.
    #[must_use]
    pub fn with_group(self, group: GroupName) -> Self {
        Self { group, ..self }
    }

    /// Puts `x-api-key` and `x-group` onto a request, in place of all values that they have there:
    /// a header that is given twice is refused (check 2, check 3).
    ///
    /// The key is marked as sensitive: it is not in the map's `Debug`, and HTTP/2 keeps it out of
    /// its compression table.
    pub fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(API_KEY_HEADER, self.api_key.clone());
        headers.insert(GROUP_HEADER, group_value(self.group));
    }

    /// The two headers alone, for clients that take a whole map.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(2);
        self.apply(&mut headers);
        headers
    }
}

#[expect(clippy::expect_used, reason = "base64url is visible ASCII")]
fn key_value(key: ApiKey<'_>) -> HeaderValue {
    let bytes = Bytes::from_owner(overwritten(key.bytes()));
    let mut value = HeaderValue::from_maybe_shared(bytes).expect("a key is a header value");
    value.set_sensitive(true);
    value
}

#[expect(clippy::expect_used, reason = "`groups/` and the digits of a ULID are visible ASCII")]
fn group_value(group: GroupName) -> HeaderValue {
    HeaderValue::from_bytes(&group.text()).expect("a group name is a header value")
}

/// A copy that is overwritten when it is dropped. It is on the heap from the start: moving it moves
/// no byte of it.
fn overwritten(bytes: &[u8]) -> impl AsRef<[u8]> + ZeroizeOnDrop + Send + 'static {
    Zeroizing::new(Box::<[u8]>::from(bytes))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_key", &format_args!("redacted"))
            .field("group", &self.group)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{Header, Presented};

    const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
    const GROUP: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    fn credentials() -> Credentials {
        Credentials::new(ApiKey::parse(KEY.as_bytes()).unwrap(), GROUP.parse().unwrap())
    }

    #[test]
    fn what_a_client_applies_is_what_the_server_reads() {
        let presented = Presented::read(&credentials().headers());
        let digest = ApiKey::parse(KEY.as_bytes()).unwrap().digest();
        assert_eq!(*presented.credential(), Header::Value(digest.into()));
        assert_eq!(presented.group(), Header::Value(GROUP.parse().unwrap()));
    }

    #[test]
    fn every_character_of_a_key_makes_a_header() {
        for byte in (0..=u8::MAX).filter(|byte| ApiKey::parse(&[*byte; 43]).is_ok()) {
            let key = [byte; 43];
            let credentials =
                Credentials::new(ApiKey::parse(&key).unwrap(), GroupName::from_ulid(u128::MAX));
            assert_eq!(credentials.headers()["x-api-key"].as_bytes(), key);
        }
    }

    #[test]
    fn t_b01_what_was_there_is_replaced_and_the_rest_stays() {
        let mut headers = HeaderMap::new();
        for name in ["x-api-key", "x-api-key", "x-group", "x-group", "other"] {
            headers.append(name, HeaderValue::from_static("before"));
        }
        credentials().apply(&mut headers);
        assert_eq!(headers.len(), 3);
        assert_eq!(headers["x-api-key"], KEY);
        assert_eq!(headers["x-group"], GROUP);
        assert_eq!(headers["other"], "before");
    }

    #[test]
    fn t_l01_the_key_is_in_no_debug_output() {
        let credentials = credentials();
        let headers = credentials.headers();
        assert!(headers["x-api-key"].is_sensitive());
        for shown in [format!("{credentials:?} {headers:?}"), format!("{credentials:#?}")] {
            assert!(!shown.contains(&KEY[..8]), "{shown}");
            assert!(shown.contains(GROUP), "{shown}");
        }
    }

    #[test]
    fn t_l01_clones_and_headers_share_one_copy_of_the_key() {
        let credentials = credentials();
        let at = |credentials: &Credentials| credentials.headers()["x-api-key"].as_bytes().as_ptr();
        let other = credentials.clone().with_group(GroupName::from_ulid(1));
        assert_eq!(at(&credentials), at(&credentials));
        assert_eq!(at(&credentials), at(&other));
        assert_eq!(other.headers()["x-group"], other.group().to_string().as_str());
        assert_eq!(credentials.group().to_string(), GROUP);
    }
}
