//! API keys, and the digests by which they are known.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use sha2::block_api::compress256;
use subtle::ConstantTimeEq;

use crate::names::ParseNameError;

const KEY_LENGTH: usize = 43;
const DIGEST_LENGTH: usize = 32;

/// Where SHA-256 begins.
const INITIAL_STATE: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Which bytes are characters of base64url.
const BASE64URL: [bool; 256] = {
    let mut is_base64url = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        is_base64url[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        byte += 1;
    }
    is_base64url
};

/// An API key as it was presented: 43 characters of base64url without padding.
///
/// It lends the bytes, is never stored, and never shows itself: `Debug` is redacted and there is no
/// `Display`.
#[derive(Clone, Copy)]
pub struct ApiKey<'a>(&'a [u8; KEY_LENGTH]);

impl<'a> ApiKey<'a> {
    /// Reads the canonical form. The length is looked at before anything else.
    ///
    /// # Errors
    /// Any other text, and bytes that are no text.
    pub fn parse(text: &'a [u8]) -> Result<Self, ParseNameError> {
        <&[u8; KEY_LENGTH]>::try_from(text)
            .ok()
            .filter(|key| key.iter().fold(true, |all, byte| all & BASE64URL[usize::from(*byte)]))
            .map(Self)
            .ok_or(ParseNameError { expected: "43 characters of base64url without padding" })
    }

    /// The characters, for the header of a call.
    #[cfg(feature = "client")]
    pub(crate) const fn bytes(self) -> &'a [u8; KEY_LENGTH] {
        self.0
    }

    /// The SHA-256 of the characters themselves, not of the bytes that they encode: four different
    /// texts decode to the same 32 bytes, and only one of them is the key.
    #[must_use]
    pub fn digest(self) -> KeyDigest {
        KeyDigest::of_block(&self.block())
    }
}

impl ApiKey<'_> {
    /// The key as SHA-256 pads it: a bit is set behind it, and its length in bits ends the block.
    pub(super) fn block(self) -> [u8; 64] {
        const LENGTH_IN_BITS: u128 = 8 * KEY_LENGTH as u128;
        // In words: bytes that are written one by one and then read together are waited for.
        let word = |first: usize| {
            self.0[first..].first_chunk().map_or(0, |word: &[u8; 16]| u128::from_be_bytes(*word))
        };
        let end = word(KEY_LENGTH - 16) << 40 | 0x80 << 32;
        let mut block = [0; 64];
        let words = [word(0), word(16), end, LENGTH_IN_BITS];
        for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_be_bytes();
        }
        block
    }
}

impl fmt::Debug for ApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

/// The SHA-256 of an API key: what a directory stores and looks up. Written as 64 lower-case
/// hexadecimal digits. Two are compared in a time that does not depend on where they differ.
///
/// ```
/// use meshauth_runtime::{ApiKey, KeyDigest};
///
/// let key = ApiKey::parse(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
/// let stored: KeyDigest = "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a".parse()?;
/// assert_eq!(key.digest(), stored);
/// assert_eq!(format!("{key:?} {stored:?}"), "ApiKey(redacted) KeyDigest(redacted)");
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Clone, Copy)]
// Aligned, so that it is copied in words.
#[repr(align(8))]
pub struct KeyDigest([u8; DIGEST_LENGTH]);

impl KeyDigest {
    /// The digest of these 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; DIGEST_LENGTH]) -> Self {
        Self(bytes)
    }

    /// The digest of no key that anybody will find.
    pub(crate) const NONE: Self = Self([0; DIGEST_LENGTH]);

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIGEST_LENGTH] {
        &self.0
    }

    /// A padded key is one block, always: a hasher for any length would cost as much again as all
    /// that is done with the digest.
    pub(super) fn of_block(key: &[u8; 64]) -> Self {
        let mut state = INITIAL_STATE;
        compress256(&mut state, std::slice::from_ref(key));
        let mut digest = [0; DIGEST_LENGTH];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Self(digest)
    }

    /// Each part of a digest is as random as the whole, so that a quarter of it tells one from
    /// another.
    pub(crate) const fn prefix(&self) -> u64 {
        let [first, ..] = self.0.as_chunks().0 else { return 0 };
        u64::from_ne_bytes(*first)
    }
}

/// A caller chooses the key, so it also knows the digest that is compared with the stored ones. A
/// comparison that stops at the first difference would tell, by its time, how much of a stored
/// digest the caller has met.
impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        // In two words: byte by byte, it would cost as much as the rest of the decision.
        let half = |digest: &Self, half: usize| {
            let bytes: [u8; 16] = std::array::from_fn(|at| digest.0[16 * half + at]);
            u128::from_ne_bytes(bytes)
        };
        let equal = half(self, 0).ct_eq(&half(other, 0)) & half(self, 1).ct_eq(&half(other, 1));
        equal.into()
    }
}

impl Eq for KeyDigest {}

/// Equal digests have equal hashes.
impl Hash for KeyDigest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.prefix());
    }
}

impl FromStr for KeyDigest {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        parse_hex(text.as_bytes()).map(Self).ok_or(ParseNameError {
            expected: "the SHA-256 of an API key as 64 lower-case hexadecimal digits",
        })
    }
}

fn parse_hex(text: &[u8]) -> Option<[u8; DIGEST_LENGTH]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    let pairs: &[[u8; 2]; DIGEST_LENGTH] = pairs.try_into().ok()?;
    let mut bytes = [0; DIGEST_LENGTH];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    const KEY: &[u8; 43] = b"Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";

    #[test]
    fn t_b11_a_key_of_another_length_is_refused() {
        assert!(ApiKey::parse(KEY).is_ok());
        for length in 0..KEY.len() {
            assert!(ApiKey::parse(&KEY[..length]).is_err());
        }
        assert!(ApiKey::parse(&[b'A'; 44]).is_err());
        assert!(ApiKey::parse(&vec![b'A'; 1 << 20]).is_err());
    }

    #[test]
    fn t_b04_only_base64url_characters_make_a_key() {
        for byte in 0..=u8::MAX {
            let mut key = *KEY;
            key[7] = byte;
            let allowed = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            assert_eq!(ApiKey::parse(&key).is_ok(), allowed, "{byte:#x}");
        }
    }

    #[test]
    fn a_digest_is_the_sha_256_of_the_characters() {
        for at in 0..KEY.len() {
            for byte in [b'-', b'0', b'A', b'_', b'z'] {
                let mut key = *KEY;
                key[at] = byte;
                let digest = ApiKey::parse(&key).unwrap().digest();
                assert_eq!(digest.as_bytes()[..], Sha256::digest(key)[..]);
            }
        }
    }

    #[test]
    fn t_b13_the_siblings_that_decode_to_the_same_bytes_have_other_digests() {
        let digest = ApiKey::parse(KEY).unwrap().digest();
        for last in [b'F', b'G', b'H'] {
            let mut sibling = *KEY;
            sibling[42] = last;
            assert_ne!(ApiKey::parse(&sibling).unwrap().digest(), digest);
        }
    }

    #[test]
    fn t_h01_digests_are_equal_if_and_only_if_every_bit_is() {
        let digest = ApiKey::parse(KEY).unwrap().digest();
        assert_eq!(digest, KeyDigest::from_bytes(*digest.as_bytes()));
        for bit in 0..8 * DIGEST_LENGTH {
            let mut bytes = *digest.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(digest, KeyDigest::from_bytes(bytes), "bit {bit}");
            assert_ne!(KeyDigest::from_bytes(bytes), digest, "bit {bit}");
        }
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let hex = "c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60";
        assert!(hex.parse::<KeyDigest>().is_ok());
        assert!(hex.to_uppercase().parse::<KeyDigest>().is_err());
        assert!(hex[1..].parse::<KeyDigest>().is_err());
        assert!(hex[2..].parse::<KeyDigest>().is_err());
        assert!(format!("{hex}00").parse::<KeyDigest>().is_err());
        assert!(hex.replace('c', "g").parse::<KeyDigest>().is_err());
    }
}
