//! The methods: what is said of each is known when this is compiled, as it is in generated code.

use super::{Method, rng::mix, roles};

/// As many as the largest world has.
pub(crate) const COUNT: usize = 1_000;

const PATH: &[u8] = b"/comparison.s00.v1.Service00/Method000";

/// A method, known by its index.
#[derive(Debug)]
pub(crate) struct Known<const INDEX: usize>;

impl<const INDEX: usize> Known<INDEX> {
    /// Its path on the wire.
    pub(crate) const PATH: &'static str = text(&Self::PATH_BYTES);
    const PATH_BYTES: [u8; PATH.len()] = path(INDEX);

    /// The full name of its service.
    pub(crate) const SERVICE_NAME: &'static str =
        text(Self::PATH_BYTES.split_at(28).0.split_at(1).1);

    /// The roles that may call it, by number.
    pub(crate) const ROLES: &'static [u32] = Self::ALL_ROLES.split_at(role_count(INDEX)).0;
    const ALL_ROLES: [u32; MOST_ROLES] = role_numbers(INDEX);

    /// Whether it asks for a verified client.
    pub(crate) const VERIFIED: bool = mix(INDEX as u64).is_multiple_of(4);
}

/// Every method.
pub(crate) const ALL: &[Method; COUNT] = {
    const fn row<const INDEX: usize>() -> Method {
        Method {
            path: Known::<INDEX>::PATH,
            roles: Known::<INDEX>::ROLES,
            verified: Known::<INDEX>::VERIFIED,
        }
    }
    &include!(concat!(env!("OUT_DIR"), "/rows.rs"))
};

/// Ten methods to a service, the number of each in its path.
const fn path(index: usize) -> [u8; PATH.len()] {
    let mut path = [0; PATH.len()];
    path.copy_from_slice(PATH);
    let digits = [index / 100, index / 10 % 10, index % 10];
    let (mut at, places) = (0, [(13, 0), (14, 1), (26, 0), (27, 1), (35, 0), (36, 1), (37, 2)]);
    while at < places.len() {
        let (place, digit) = places[at];
        path[place] = digit_of(digits[digit]);
        at += 1;
    }
    path
}

#[expect(clippy::cast_possible_truncation, reason = "it is one digit")]
const fn digit_of(digit: usize) -> u8 {
    b'0' + digit as u8
}

/// As many roles as a method may list.
pub(crate) const MOST_ROLES: usize = 6;

/// Two to six.
const fn role_count(index: usize) -> usize {
    2 + below(MOST_ROLES - 1, index ^ 0xC0DE)
}

/// A number below `n` that a seed stands for.
#[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
const fn below(n: usize, seed: usize) -> usize {
    (mix(seed as u64) % n as u64) as usize
}

const fn role_numbers(index: usize) -> [u32; MOST_ROLES] {
    let start = below(roles::COUNT, index ^ 0x5017);
    let mut numbers = [0; MOST_ROLES];
    let mut at = 0;
    while at < MOST_ROLES {
        // Steps of a number that has no divisor with 40: no role comes twice.
        numbers[at] = roles::number((start + 7 * at) % roles::COUNT);
        at += 1;
    }
    numbers
}

const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("it is ASCII"),
    }
}
