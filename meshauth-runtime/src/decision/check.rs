//! The six checks of a call.

use std::fmt;

/// The six checks, in the order in which a decision is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// 1. Method lookup.
    Method = 1,
    /// 2. Group resolution.
    Group,
    /// 3. Entity identification.
    Entity,
    /// 4. Role check.
    Role,
    /// 5. Verification check.
    Verification,
    /// 6. Resource scoping.
    Scope,
}

impl Check {
    /// All of them, in order.
    pub const ALL: &[Self] =
        &[Self::Method, Self::Group, Self::Entity, Self::Role, Self::Verification, Self::Scope];

    /// Its number in the specification, 1 to 6.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Method => "method",
            Self::Group => "group",
            Self::Entity => "entity",
            Self::Role => "role",
            Self::Verification => "verification",
            Self::Scope => "scope",
        })
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It was not made: the method does not ask for it, or the decision fell before.
    Skip,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        })
    }
}
