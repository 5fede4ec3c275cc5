//! The 40 roles: five in each of eight domains.

pub(crate) const COUNT: usize = 40;

const IN_A_DOMAIN: u32 = 5;

/// The number of a role.
#[expect(clippy::cast_possible_truncation, reason = "there are few roles")]
pub(crate) const fn number(index: usize) -> u32 {
    let index = index as u32;
    (index / IN_A_DOMAIN + 1) * 1_000_000 + index % IN_A_DOMAIN
}

/// The index of the role with this number.
#[expect(clippy::cast_possible_truncation, reason = "there are few roles")]
pub(crate) const fn index(number: u32) -> u8 {
    ((number / 1_000_000 - 1) * IN_A_DOMAIN + number % 1_000_000) as u8
}
