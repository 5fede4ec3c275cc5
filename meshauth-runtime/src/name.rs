//! Names of groups, API users and clients: parsed once, canonical, 16 bytes each.

use std::{fmt, str::FromStr};

const ULID_LENGTH: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const NOT_A_DIGIT: u8 = 0xFF;

/// The value of each byte as a digit of a ULID. Anything but the 32 canonical characters is none,
/// which sets all bits: no digit can unset them.
const DIGITS: [u8; 256] = {
    let mut digits = [NOT_A_DIGIT; 256];
    let mut value = 0_u8;
    while (value as usize) < ALPHABET.len() {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// Reads 26 canonical characters. A first character over `7` would be the 129th bit.
fn parse_ulid(text: &[u8]) -> Option<u128> {
    let text = <&[u8; ULID_LENGTH]>::try_from(text).ok()?;
    if text[0] > b'7' {
        return None;
    }
    // In chunks that fit a machine word; whether all were digits is looked at once.
    let mut seen = 0;
    let mut chunk = |chunk: &[u8]| {
        chunk.iter().fold(0_u64, |value, byte| {
            let digit = DIGITS[usize::from(*byte)];
            seen |= digit;
            value << 5 | u64::from(digit)
        })
    };
    let (high, middle, low) = (chunk(&text[..2]), chunk(&text[2..14]), chunk(&text[14..]));
    let value = u128::from(high) << 120 | u128::from(middle) << 60 | u128::from(low);
    (seen != NOT_A_DIGIT).then_some(value)
}

pub(crate) fn write_ulid(mut value: u128, text: &mut [u8]) {
    for byte in text.iter_mut().rev() {
        *byte = ALPHABET[(value & 0x1F) as usize];
        value >>= 5;
    }
}

/// A text that is not the canonical form of a name.
///
/// It does not repeat the text: a name that does not parse may be anything, a key included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseNameError {
    pub(crate) expected: &'static str,
}

impl fmt::Display for ParseNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for ParseNameError {}

macro_rules! resource_name {
    ($(#[$doc:meta])* $name:ident, $collection:literal, $text_length:literal) => {
        $(#[$doc])*
        ///
        /// Canonical form: the collection, `/`, and 26 characters of
        /// `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, the first at most `7`. Nothing is trimmed or folded,
        /// so two different texts never name the same thing.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            const PREFIX: &'static str = concat!($collection, "/");

            /// The name with this ULID, given as a number of 128 bits.
            #[must_use]
            pub const fn from_ulid(ulid: u128) -> Self {
                Self(ulid.to_be_bytes())
            }

            /// The ULID as a number of 128 bits.
            #[must_use]
            pub const fn ulid(self) -> u128 {
                u128::from_be_bytes(self.0)
            }

            /// Reads the canonical form.
            ///
            /// # Errors
            /// Any other text, and bytes that are no text.
            pub fn parse(text: &[u8]) -> Result<Self, ParseNameError> {
                text.strip_prefix(Self::PREFIX.as_bytes())
                    .and_then(parse_ulid)
                    .map(Self::from_ulid)
                    .ok_or(ParseNameError {
                        expected: concat!(
                            "`", $collection, "/` and a ULID: 26 characters of ",
                            "0123456789ABCDEFGHJKMNPQRSTVWXYZ, the first at most 7"
                        ),
                    })
            }

            /// The canonical form, without an allocation.
            pub(crate) fn text(self) -> [u8; $text_length] {
                let mut text = [0; $text_length];
                let (prefix, ulid) = text.split_at_mut(Self::PREFIX.len());
                prefix.copy_from_slice(Self::PREFIX.as_bytes());
                write_ulid(self.ulid(), ulid);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The text is ASCII by construction.
                f.pad(std::str::from_utf8(&self.text()).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseNameError;

            fn from_str(text: &str) -> Result<Self, ParseNameError> {
                Self::parse(text.as_bytes())
            }
        }
    };
}

resource_name! {
    /// The name of a group: a node of the tree that owns resources and in which roles are granted.
    ///
    /// ```
    /// use meshauth_runtime::GroupName;
    ///
    /// let group: GroupName = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse()?;
    /// assert_eq!(group.to_string(), "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA");
    /// assert!("groups/01jd8q5v9wxkz3t7b2n4m6p8ra".parse::<GroupName>().is_err());
    /// # Ok::<(), meshauth_runtime::ParseNameError>(())
    /// ```
    GroupName, "groups", 33
}

resource_name! {
    /// The name of an API user: an entity that proves itself with an API key.
    ApiUserName, "api_users", 36
}

resource_name! {
    /// The name of a client: a legal entity, owned by a group.
    ClientName, "clients", 34
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    #[test]
    fn a_name_survives_parsing_and_formatting() {
        for ulid in [0, 1, u128::MAX, 0x0193_510B_ED3C_ECFE_3D1D_6B15_2B4C_2300] {
            let name = GroupName::from_ulid(ulid);
            assert_eq!(name.to_string().parse(), Ok(name));
            assert_eq!(name.ulid(), ulid);
        }
        assert_eq!(CANONICAL.parse::<GroupName>().unwrap().to_string(), CANONICAL);
        let largest = "groups/7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
        assert_eq!(largest.parse(), Ok(GroupName::from_ulid(u128::MAX)));
    }

    #[test]
    fn t_d01_another_spelling_is_refused_never_folded() {
        for position in 7..CANONICAL.len() {
            for other in ['a', 'i', 'I', 'L', 'O', 'U', ' ', '-', '/', '\n', '\0', '٣'] {
                let mut text: Vec<char> = CANONICAL.chars().collect();
                text[position] = other;
                let text: String = text.into_iter().collect();
                assert!(text.parse::<GroupName>().is_err(), "{text:?}");
            }
        }
    }

    #[test]
    fn t_d02_a_ulid_over_128_bits_is_refused() {
        for first in b"89ABCDEFGHJKMNPQRSTVWXYZ" {
            let text = format!("groups/{}ZZZZZZZZZZZZZZZZZZZZZZZZZ", char::from(*first));
            assert!(text.parse::<GroupName>().is_err(), "{text}");
        }
    }

    #[test]
    fn t_d03_another_length_or_an_extra_segment_is_refused() {
        for length in 0..CANONICAL.len() {
            assert!(CANONICAL[..length].parse::<GroupName>().is_err());
        }
        for suffix in ["\n", "\0", " ", "A", "/", "/roles/1"] {
            assert!(format!("{CANONICAL}{suffix}").parse::<GroupName>().is_err());
        }
        for prefix in [" ", "/", "Groups/", "groups//"] {
            assert!(CANONICAL.replace("groups/", prefix).parse::<GroupName>().is_err());
        }
        assert!(GroupName::parse(b"\xFFroups/01JD8Q5V9WXKZ3T7B2N4M6P8RA").is_err());
    }

    #[test]
    fn a_name_of_another_collection_is_refused() {
        assert!(CANONICAL.parse::<ApiUserName>().is_err());
        assert!("clients/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse::<ClientName>().is_ok());
        assert!("api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse::<ApiUserName>().is_ok());
    }
}
