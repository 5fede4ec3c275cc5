//! Names of groups.

use std::{fmt, str::FromStr};

use super::{
    error::ParseNameError,
    ulid::{ULID_LENGTH, parse_ulid, write_ulid},
};

const PREFIX: &str = "groups/";
const LENGTH: usize = PREFIX.len() + ULID_LENGTH;

/// The name of a group: a node of the tree that owns resources and in which roles are granted.
///
/// Canonical form: `groups/` and 26 characters of `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, the first at
/// most `7`. Nothing is trimmed or folded, so two different texts never name the same group.
///
/// ```
/// use meshauth_runtime::GroupName;
///
/// let group: GroupName = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse()?;
/// assert_eq!(group.to_string(), "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA");
/// assert!("groups/01jd8q5v9wxkz3t7b2n4m6p8ra".parse::<GroupName>().is_err());
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupName {
    // Two words, which travel in registers: sixteen bytes would be copied through memory.
    high: u64,
    low: u64,
}

impl GroupName {
    /// The name with this ULID, given as a number of 128 bits.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "both halves are kept")]
    pub const fn from_ulid(ulid: u128) -> Self {
        Self { high: (ulid >> 64) as u64, low: ulid as u64 }
    }

    /// The ULID as a number of 128 bits.
    #[must_use]
    #[inline]
    pub const fn ulid(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// Any other text, and bytes that are not text.
    pub fn parse(text: &[u8]) -> Result<Self, ParseNameError> {
        text.strip_prefix(PREFIX.as_bytes()).and_then(parse_ulid).map(Self::from_ulid).ok_or(
            ParseNameError {
                expected: "`groups/` and a ULID: 26 characters of \
                           0123456789ABCDEFGHJKMNPQRSTVWXYZ, the first at most 7",
            },
        )
    }

    /// The length of the canonical form.
    pub(crate) const LENGTH: usize = LENGTH;

    /// The canonical form, without an allocation.
    pub(crate) fn text(self) -> [u8; LENGTH] {
        let mut text = [0; LENGTH];
        let (prefix, ulid) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        write_ulid(self.ulid(), ulid);
        text
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text is ASCII by construction.
        f.pad(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for GroupName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Self::parse(text.as_bytes())
    }
}
