//! The forms in which a key could show.

use meshauth_tests::worlds::{api_key, key_sha256};

use crate::service::{
    BROKER_ADMIN, CLIENTLESS, CORPORATE_ADMIN, CORPORATE_VIEWER, INACTIVE, UNUSABLE, UNVERIFIED,
    WITHOUT_ROLE,
};

/// Whose keys are sent; the last one is known to nobody.
pub(crate) const USERS: [usize; 9] = [
    BROKER_ADMIN,
    CORPORATE_ADMIN,
    CORPORATE_VIEWER,
    INACTIVE,
    WITHOUT_ROLE,
    UNVERIFIED,
    CLIENTLESS,
    UNUSABLE,
    99,
];

/// What is sent as a key or a group and is none; and what a message holds.
pub(crate) const HEADER: &str = "canary-of-a-header";
pub(crate) const MESSAGE: &str = "canary-of-a-message";

fn decode(key: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let bits = key.bytes().flat_map(|byte| (0..6).rev().map(move |bit| value(byte) >> bit & 1));
    let bits: Vec<_> = bits.collect();
    bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A list of numbers, as `Debug` writes bytes; the brackets may be further away.
fn list(bytes: &[u8]) -> String {
    let text = format!("{bytes:?}");
    text[1..text.len() - 1].to_owned()
}

/// All forms of all keys, in lower case. A part of a key is one, too.
fn forms() -> Vec<String> {
    let of_one = |user: &usize| {
        let (key, digest) = (api_key(*user), key_sha256(api_key(*user).as_bytes()));
        assert_eq!(decode(&key).len(), 32);
        // The first digits of all keys of the tests differ.
        let part = key[..12].to_owned();
        let texts = [part, list(key.as_bytes()), hex(key.as_bytes())];
        let decoded = [hex(&decode(&key))[..16].to_owned(), list(&decode(&key)[..8])];
        let digests = [digest[..16].to_owned(), list(&unhex(&digest)[..8])];
        texts.into_iter().chain(decoded).chain(digests)
    };
    let keys = USERS.iter().flat_map(of_one);
    let others = [HEADER, MESSAGE].map(str::to_owned);
    keys.chain(others).map(|form| form.to_lowercase()).collect()
}

pub(crate) fn is_in(all: &str) -> bool {
    let all = all.to_lowercase();
    forms().iter().any(|form| all.contains(form))
}

pub(crate) fn assert_in_none(all: &str) {
    let all = all.to_lowercase();
    for form in forms() {
        if let Some(line) = all.lines().find(|line| line.contains(&form)) {
            panic!("{form}: {}", line.chars().take(2000).collect::<String>());
        }
    }
}
