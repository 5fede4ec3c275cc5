//! ULIDs in their one spelling: 26 characters, 128 bits.

use std::fmt;

pub(super) const ULID_LENGTH: usize = 26;
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
pub(super) fn parse_ulid(text: &[u8]) -> Option<u128> {
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

/// The 128 bits of a ULID, aligned to a byte so that names stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ulid([u8; 16]);

impl Ulid {
    #[inline]
    pub(super) const fn from_u128(value: u128) -> Self {
        Self(value.to_be_bytes())
    }

    #[inline]
    pub(super) const fn as_u128(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

impl fmt::Display for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; ULID_LENGTH];
        write_ulid(self.as_u128(), &mut text);
        // The text is ASCII by construction.
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}
