//! Keys for tests: the same for the same user in every run.

use std::fmt;

use http::HeaderValue;
use meshauth_runtime::{ApiKey, KeyDigest};
use sha2::{Digest, Sha256};

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH: usize = 43;

/// An API key in its canonical form. As a real one, it never shows itself.
#[derive(Clone, Copy)]
pub(super) struct TestKey([u8; LENGTH]);

impl TestKey {
    /// The key of the API user at this place in its world.
    pub(super) fn of_user(index: usize) -> Self {
        Self::derived(&format!("user {index}"))
    }

    /// A key that no API user of any world has.
    pub(super) fn of_nobody() -> Self {
        Self::derived("nobody")
    }

    fn derived(from: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(format!("meshauth test key of {from}")).into();
        let bit = |at: usize| digest.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
        let sextet = |at: usize| (0..6).fold(0, |value, next| value << 1 | bit(at * 6 + next));
        Self(std::array::from_fn(|at| BASE64URL[usize::from(sextet(at))]))
    }

    pub(super) fn digest(&self) -> KeyDigest {
        match ApiKey::parse(&self.0) {
            Ok(key) => key.digest(),
            Err(_) => unreachable!("43 characters of the alphabet are a key"),
        }
    }

    /// The canonical form.
    pub(super) fn text(&self) -> &[u8] {
        &self.0
    }

    /// One character short of a key.
    pub(super) fn malformed(&self) -> &[u8] {
        &self.0[1..]
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestKey(redacted)")
    }
}

/// A header of visible ASCII, which names and keys are made of.
pub(super) fn header(text: &[u8]) -> HeaderValue {
    match HeaderValue::from_bytes(text) {
        Ok(value) => value,
        Err(_) => unreachable!("names and keys are visible ASCII"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_user_has_a_canonical_key_of_its_own_the_same_in_every_run() {
        let keys: HashSet<_> = (0..1000).map(|index| TestKey::of_user(index).0).collect();
        assert_eq!(keys.len(), 1000);
        assert!(keys.iter().all(|key| ApiKey::parse(key).is_ok()));
        assert!(!keys.contains(&TestKey::of_nobody().0));
        assert_eq!(TestKey::of_user(7).0, TestKey::of_user(7).0);
        assert!(ApiKey::parse(TestKey::of_user(7).malformed()).is_err());
    }

    #[test]
    fn a_key_is_all_of_a_digest_in_base64url() {
        // Sixteen bits are two characters and four bits of a third: the last one of 43 has two
        // bits that are always zero.
        for index in 0..100 {
            let last = TestKey::of_user(index).0[LENGTH - 1];
            assert!(b"AEIMQUYcgkosw048".contains(&last));
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", TestKey::of_nobody()), "TestKey(redacted)");
    }
}
