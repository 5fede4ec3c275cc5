//! Roles: a number that decides, and a name that explains.

use std::{fmt, num::NonZeroU32};

use super::error::PolicyError;

/// The number of a role, from 1 to 2147483647: as the Role enum has it, without its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleNumber(NonZeroU32);

impl RoleNumber {
    /// The largest number a proto enum can have.
    const MAX: u32 = i32::MAX as u32;

    /// A role of this number, if it is in range. Zero is `ROLE_UNSPECIFIED` and grants nothing.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(nonzero) if number <= Self::MAX => Some(Self(nonzero)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0.get()
    }

    /// Reads a decimal number without sign or leading zero.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        // Ten digits are at most 9,999,999,999: no overflow in 64 bits, and the range is checked
        // after.
        if text.is_empty() || text.len() > 10 || text[0] == b'0' {
            return None;
        }
        let mut number = 0_u64;
        for byte in text {
            if !byte.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u64::from(byte - b'0');
        }
        u32::try_from(number).ok().and_then(Self::new)
    }
}

impl From<Role<'_>> for RoleNumber {
    fn from(role: Role<'_>) -> Self {
        role.number
    }
}

impl fmt::Display for RoleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RoleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A role that a method lists: the number decides, the name explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role<'a> {
    number: RoleNumber,
    name: &'a str,
}

impl<'a> Role<'a> {
    /// A role of the Role enum.
    ///
    /// # Panics
    /// If the number is not one a role can have, or the name is not one of an enum value. In a
    /// generated table that is a compile-time error.
    #[must_use]
    pub const fn new(number: u32, name: &'a str) -> Self {
        assert!(is_enum_value(name), "the name of a role holds letters, digits and underscores");
        match RoleNumber::new(number) {
            Some(number) => Self { number, name },
            None => panic!("a role has a number from 1 to 2147483647"),
        }
    }

    /// A role of a table that is read from data.
    ///
    /// # Errors
    /// A number that no role can have, and a name that is not one of an enum value.
    pub const fn try_new(number: u32, name: &'a str) -> Result<Self, PolicyError> {
        if !is_enum_value(name) {
            return Err(PolicyError::RoleName);
        }
        match RoleNumber::new(number) {
            Some(number) => Ok(Self { number, name }),
            None => Err(PolicyError::RoleNumber(number)),
        }
    }

    pub(super) const fn from_parts(number: RoleNumber, name: &'a str) -> Self {
        Self { number, name }
    }

    /// The number of the role.
    #[must_use]
    pub const fn number(self) -> RoleNumber {
        self.number
    }

    /// The name of the role, for operators.
    #[must_use]
    pub const fn name(self) -> &'a str {
        self.name
    }
}

const fn is_enum_value(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'_' {
            return false;
        }
        at += 1;
    }
    true
}
