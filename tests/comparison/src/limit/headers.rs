//! Both headers in one pass over the map, and the hash of the key in one block.

use http::{HeaderMap, header::CONNECTION};
use sha2::block_api::compress256;

use crate::contender::Header;

/// The SHA-256 of a key.
pub(crate) type Digest = [u8; 32];

type Key = [u8; 43];

/// The key and the group, each there exactly once and canonical, or what is wrong.
pub(super) fn read(headers: &HeaderMap) -> (Header<&Key>, Header<u128>) {
    let (mut key, mut group) = (Header::Missing, Header::Missing);
    let mut hop_by_hop = false;
    for (name, value) in headers {
        // The length tells most names apart.
        match name.as_str() {
            "x-api-key" => key = once(&key, parse_key(value.as_bytes())),
            "x-group" => group = once(&group, parse_group(value.as_bytes())),
            "connection" => hop_by_hop = true,
            _ => {}
        }
    }
    if hop_by_hop {
        return drop_named(headers, key, group);
    }
    (key, group)
}

fn once<T>(before: &Header<T>, parsed: Option<T>) -> Header<T> {
    match (before, parsed) {
        (Header::Missing, Some(value)) => Header::Value(value),
        _ => Header::Malformed,
    }
}

/// A header that `Connection` names is malformed, there or not. HTTP/2 has no such header.
#[cold]
fn drop_named<'a>(
    headers: &HeaderMap,
    key: Header<&'a Key>,
    group: Header<u128>,
) -> (Header<&'a Key>, Header<u128>) {
    let named = |header: &str| {
        let lists = headers.get_all(CONNECTION).iter().map(http::HeaderValue::as_bytes);
        let mut names = lists.flat_map(|list| list.split(|byte| *byte == b','));
        names.any(|name| name.trim_ascii().eq_ignore_ascii_case(header.as_bytes()))
    };
    (
        if named("x-api-key") { Header::Malformed } else { key },
        if named("x-group") { Header::Malformed } else { group },
    )
}

const IS_BASE64URL: [bool; 256] = {
    let mut is = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        is[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        byte += 1;
    }
    is
};

fn parse_key(text: &[u8]) -> Option<&Key> {
    let key: &Key = text.try_into().ok()?;
    key.iter().fold(true, |all, byte| all & IS_BASE64URL[usize::from(*byte)]).then_some(key)
}

/// The padded message of 43 bytes is one block.
pub(super) fn digest(key: &Key) -> Digest {
    const LENGTH_IN_BITS: u16 = 43 * 8;
    let mut block = [0; 64];
    block[..43].copy_from_slice(key);
    block[43] = 0x80;
    block[62..].copy_from_slice(&LENGTH_IN_BITS.to_be_bytes());
    let mut state: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// The value of each byte as a digit of a ULID. What is none has all bits set.
const DIGITS: [u8; 256] = {
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut digits = [0xFF; 256];
    let mut value = 0;
    while value < 32_u8 {
        digits[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

fn parse_group(text: &[u8]) -> Option<u128> {
    let text: &[u8; 33] = text.try_into().ok()?;
    let (prefix, ulid) = text.split_at(7);
    if prefix != b"groups/" || ulid[0] > b'7' {
        return None;
    }
    let mut seen = 0;
    let mut number = |digits: &[u8]| {
        digits.iter().fold(0_u64, |number, byte| {
            let digit = DIGITS[usize::from(*byte)];
            seen |= digit;
            number << 5 | u64::from(digit)
        })
    };
    let (high, middle, low) = (number(&ulid[..2]), number(&ulid[2..14]), number(&ulid[14..]));
    (seen != 0xFF).then_some(u128::from(high) << 120 | u128::from(middle) << 60 | u128::from(low))
}
