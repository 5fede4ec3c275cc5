//! Names, keys and grants: canonical ones, and ones that are nearly so.

use sha2::{Digest, Sha256};

use super::{
    ROLES,
    rng::{Rng, mix},
};

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
pub(super) const BASE64URL: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A canonical group name, another one for every index. Names of neighbours often differ in their
/// last character only.
pub fn group_name(i: usize) -> String {
    let low = i as u64;
    let high = mix(low >> 3);
    let mut name = String::from("groups/");
    name.push(char::from(CROCKFORD[(high >> 61) as usize]));
    for k in 0..12 {
        name.push(char::from(CROCKFORD[(high >> (5 * k)) as usize & 31]));
    }
    for k in (0..13).rev() {
        name.push(char::from(CROCKFORD[(low >> (5 * k)) as usize & 31]));
    }
    name
}

/// A key of 43 base64url characters, another one for every index: 32 bytes, encoded as an encoder
/// does (the last two bits are 0).
pub fn api_key(i: usize) -> String {
    encode_key(&key_bytes(i))
}

/// The SHA-256 of a key as sent: 64 lower-case hexadecimal digits.
pub fn key_sha256(key: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(key) {
        text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    text
}

pub(super) fn key_bytes(i: usize) -> [u8; 32] {
    let i = i as u64;
    let mut bytes = [0; 32];
    for k in 0..3 {
        let word = mix(i.wrapping_mul(3).wrapping_add(k as u64 + 1));
        bytes[8 * k..8 * k + 8].copy_from_slice(&word.to_be_bytes());
    }
    bytes[24..].copy_from_slice(&i.to_be_bytes());
    bytes
}

pub(super) fn encode_key(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(43);
    for position in 0..43 {
        let mut sextet = 0;
        for bit in 6 * position..6 * position + 6 {
            let value = if bit < 256 { bytes[bit / 8] >> (7 - bit % 8) & 1 } else { 0 };
            sextet = sextet << 1 | value;
        }
        text.push(char::from(BASE64URL[usize::from(sextet)]));
    }
    text
}

pub(super) fn grant(group: &str, role: impl std::fmt::Display) -> String {
    format!("{group}/roles/{role}")
}

/// `text` with the character at `at` (in bytes; ASCII) replaced.
pub(super) fn replaced(text: &str, at: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..at], &text[at + 1..])
}

/// Something that resembles a canonical group name, but is none.
pub(super) fn malformed_group(rng: &mut Rng, name: &str) -> String {
    let ulid = &name[7..];
    let at = 8 + rng.below(25);
    let text = match rng.below(38) {
        0 | 1 => format!("groups/{}", ulid.to_lowercase()),
        2 => format!("groups/{}{}", ulid[..25].to_owned(), ulid[25..].to_lowercase()),
        3 | 4 => replaced(name, 7, ["8", "9", "A", "Z"][rng.below(4)]),
        5 => replaced(name, at, "I"),
        6 => replaced(name, at, "L"),
        7 => replaced(name, at, "O"),
        8 => replaced(name, at, "U"),
        9 => name[..32].to_string(),
        10 => format!("{name}0"),
        11 => format!(" {name}"),
        12 => format!("{name} "),
        13 => format!("{name}\n"),
        14 => format!("\t{name}"),
        15 => format!("{name}\0"),
        16 => ulid.to_string(),
        17 => format!("group/{ulid}"),
        18 => format!("Groups/{ulid}"),
        19 => format!("/{name}"),
        20 => format!("{name}/"),
        21 => format!("groups//{ulid}"),
        22 => grant(name, rng.pick(&ROLES)),
        23 => replaced(name, at, "\u{FF11}"),
        24 => replaced(name, at, "\u{0661}"),
        25 => replaced(name, at, "-"),
        26 => format!("groups%2F{ulid}"),
        27 => "groups/*".to_string(),
        28 => "groups/".to_string(),
        29 => "*".to_string(),
        30 => format!("\"{name}\""),
        31 => format!("{name},{name}"),
        32 => "groups/0188D2C4-6F3A-7B1E-9C5D-2A4B6C8D0E1F".to_string(),
        33 => format!("{name}\u{200B}"),
        34 => replaced(name, at, " "),
        35 => format!("GROUPS/{ulid}"),
        36 => format!("groups/{}", "\u{0660}".repeat(13)),
        _ => format!("users/{ulid}"),
    };
    // A name without a letter has no lower case.
    if text == name { format!("{name}_") } else { text }
}

/// Something that resembles a grant, but is none. Read carelessly, most of them grant `role` in
/// `group`.
pub(super) fn malformed_grant(rng: &mut Rng, group: &str, role: i32) -> String {
    match rng.below(42) {
        0 => grant(group, format!("+{role}")),
        1 => grant(group, format!("0{role}")),
        2 => grant(group, format!("0000000000{role}")),
        3 => grant(group, 0),
        4 => grant(group, format!("-{role}")),
        5 => grant(group, i64::from(role) + (1 << 32)),
        6 => grant(group, 2_147_483_648_u32),
        7 => grant(group, u32::MAX),
        8 => grant(group, i128::from(role) + (1 << 64)),
        9 => grant(group, "99999999999999999999999999999999999999999"),
        10 => grant(group, ""),
        11 => grant(group, format!("{role} ")),
        12 => grant(group, format!(" {role}")),
        13 => grant(group, format!("{role}\n")),
        14 => grant(group, format!("{role}.0")),
        15 => grant(group, format!("{role}e0")),
        16 => grant(group, format!("0x{role:x}")),
        17 => grant(group, "\u{FF11}"),
        18 => grant(group, "\u{0661}"),
        19 => {
            grant(&group.to_lowercase(), role)
                + if group.to_lowercase() == group { "\t" } else { "" }
        }
        20 => format!("roles/{role}"),
        21 => format!("{group}/role/{role}"),
        22 => format!("{group}/roles{role}"),
        23 => group.to_string(),
        24 => format!("{group}/roles"),
        25 => grant(group, "ROLE_TRADING_ADMIN"),
        26 => grant(group, format!("{role}/")),
        27 => grant(&grant(group, role), role),
        28 => format!("/{}", grant(group, role)),
        29 => format!(" {}", grant(group, role)),
        30 => String::new(),
        31 => format!("roles/{role}/{group}"),
        32 => grant(&format!("{group}/{group}"), role),
        33 => grant("groups/*", role),
        34 => format!("{group}%2Froles%2F{role}"),
        35 => format!("{},{}", grant(group, role), grant(group, role)),
        36 => grant(group, "-0"),
        37 => grant(group, "*"),
        38 => format!("{group}/Roles/{role}"),
        39 => grant(group, format!("{role}\0")),
        40 => grant(group, "1_0"),
        _ => grant(&malformed_group(rng, group), role),
    }
}

/// A header value must not hold control characters other than the tab; HTTP libraries refuse to
/// make one.
pub(super) fn header_value(bytes: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut bytes: Vec<u8> = bytes.into();
    for byte in &mut bytes {
        if (*byte < 32 && *byte != b'\t') || *byte == 127 {
            *byte = b'\t';
        }
    }
    bytes
}
