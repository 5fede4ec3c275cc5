//! What each of the six checks saw.

use std::fmt;

use crate::{
    grant::Grant,
    name::{ApiUserName, ClientName, GroupName},
    policy::Operation,
};

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
    pub const ALL: [Self; 6] =
        [Self::Method, Self::Group, Self::Entity, Self::Role, Self::Verification, Self::Scope];

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

/// What check 1 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MethodFinding {
    Known,
    Unknown,
}

/// What check 2 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum GroupFinding {
    NotNeeded,
    Missing,
    Malformed,
    NotLookedUp(GroupName),
    Unavailable(GroupName),
    Unknown(GroupName),
    Inconsistent(GroupName),
    AnotherAnswered { asked: GroupName, answered: GroupName },
    Panicked(GroupName),
    Known(GroupName),
}

/// What check 3 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum EntityFinding {
    NotReached,
    Anonymous,
    Missing,
    Malformed,
    NotLookedUp,
    Unavailable,
    Unknown,
    Unusable,
    AnotherAnswered(ApiUserName),
    Panicked,
    Inactive(ApiUserName),
    Known(ApiUserName),
}

/// What check 4 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum RoleFinding {
    NotReached,
    NotNeeded,
    NotGranted,
    Granted(Grant),
}

/// What check 5 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum VerificationFinding {
    NotReached,
    NotNeeded,
    Unavailable,
    NoHome(GroupName),
    NoClient,
    Unusable,
    AnotherAnswered,
    Panicked,
    Unverified(ClientName),
    Verified(ClientName),
}

/// What check 6 will hold the call to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ScopeFinding {
    NotReached,
    NotNeeded,
    Scope(Operation, GroupName),
}

/// What each check saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Check 1.
    pub method: MethodFinding,
    /// Check 2.
    pub group: GroupFinding,
    /// Check 3.
    pub entity: EntityFinding,
    /// Check 4.
    pub role: RoleFinding,
    /// Check 5.
    pub verification: VerificationFinding,
    /// Check 6.
    pub scope: ScopeFinding,
}

impl Trace {
    /// Nothing was looked at yet.
    pub const EMPTY: Self = Self {
        method: MethodFinding::Unknown,
        group: GroupFinding::NotNeeded,
        entity: EntityFinding::NotReached,
        role: RoleFinding::NotReached,
        verification: VerificationFinding::NotReached,
        scope: ScopeFinding::NotReached,
    };

    /// How the check ended.
    #[must_use]
    #[inline]
    pub fn outcome(&self, check: Check) -> Outcome {
        match check {
            Check::Method => match self.method {
                MethodFinding::Known => Outcome::Pass,
                MethodFinding::Unknown => Outcome::Fail,
            },
            Check::Group => match self.group {
                GroupFinding::Known(_) => Outcome::Pass,
                GroupFinding::NotNeeded | GroupFinding::NotLookedUp(_) => Outcome::Skip,
                _ => Outcome::Fail,
            },
            Check::Entity => match self.entity {
                EntityFinding::Known(_) => Outcome::Pass,
                EntityFinding::Anonymous
                | EntityFinding::NotReached
                | EntityFinding::NotLookedUp => Outcome::Skip,
                _ => Outcome::Fail,
            },
            Check::Role => match self.role {
                RoleFinding::Granted(_) => Outcome::Pass,
                RoleFinding::NotNeeded | RoleFinding::NotReached => Outcome::Skip,
                RoleFinding::NotGranted => Outcome::Fail,
            },
            Check::Verification => match self.verification {
                VerificationFinding::Verified(_) => Outcome::Pass,
                VerificationFinding::NotNeeded | VerificationFinding::NotReached => Outcome::Skip,
                _ => Outcome::Fail,
            },
            Check::Scope => match self.scope {
                ScopeFinding::Scope(..) => Outcome::Pass,
                ScopeFinding::NotNeeded | ScopeFinding::NotReached => Outcome::Skip,
            },
        }
    }

    /// Whether no check failed.
    #[inline]
    pub(crate) fn is_clean(&self) -> bool {
        Check::ALL.into_iter().all(|check| self.outcome(check) != Outcome::Fail)
    }
}

impl fmt::Display for GroupFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNeeded => f.write_str("not needed: the method is PUBLIC"),
            Self::Missing => f.write_str("x-group is missing"),
            Self::Malformed => f.write_str("x-group is malformed, or there twice"),
            Self::NotLookedUp(name) => write!(f, "{name}, not looked up"),
            Self::Unavailable(name) => write!(f, "{name}: the directory did not answer"),
            Self::Unknown(name) => write!(f, "{name} is unknown"),
            Self::Inconsistent(name) => write!(f, "{name} has an inconsistent hierarchy"),
            Self::AnotherAnswered { asked, answered } => {
                write!(f, "asked for {asked}, the directory answered {answered}")
            }
            Self::Panicked(name) => write!(f, "{name}: the directory panicked"),
            Self::Known(name) => write!(f, "{name}"),
        }
    }
}

impl fmt::Display for EntityFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached => f.write_str("not reached"),
            Self::Anonymous => f.write_str("anonymous: the method is PUBLIC and no key was sent"),
            Self::Missing => f.write_str("x-api-key is missing"),
            Self::Malformed => f.write_str("x-api-key is malformed, or there twice"),
            Self::NotLookedUp => f.write_str("not looked up"),
            Self::Unavailable => f.write_str("the directory did not answer"),
            Self::Unknown => f.write_str("the key is unknown"),
            Self::Unusable => f.write_str("the record of the API user is unusable"),
            Self::AnotherAnswered(name) => {
                write!(f, "the directory answered {name}, which has another key")
            }
            Self::Panicked => f.write_str("the directory panicked"),
            Self::Inactive(name) => write!(f, "{name} is inactive"),
            Self::Known(name) => write!(f, "{name}"),
        }
    }
}

impl fmt::Display for RoleFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached => f.write_str("not reached"),
            Self::NotNeeded => f.write_str("not needed: the method is PUBLIC"),
            Self::NotGranted => f.write_str("no role of the method is granted"),
            Self::Granted(grant) => write!(f, "{grant}"),
        }
    }
}

impl fmt::Display for VerificationFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached => f.write_str("not reached"),
            Self::NotNeeded => f.write_str("not needed: the method does not ask for it"),
            Self::Unavailable => f.write_str("the directory did not answer"),
            Self::NoHome(name) => {
                write!(f, "{name}, which owns the API user, is unknown or inconsistent")
            }
            Self::NoClient => f.write_str("the API user has no client"),
            Self::AnotherAnswered => f.write_str("the directory answered what was not asked for"),
            Self::Unusable => f.write_str("the record of the client is unusable"),
            Self::Panicked => f.write_str("the directory panicked"),
            Self::Unverified(name) => write!(f, "{name} is not verified"),
            Self::Verified(name) => write!(f, "{name} is verified"),
        }
    }
}

impl fmt::Display for ScopeFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached => f.write_str("not reached"),
            Self::NotNeeded => f.write_str("none: the method is PUBLIC"),
            Self::Scope(Operation::Read, group) => {
                write!(f, "what {group} and its descendants own")
            }
            Self::Scope(Operation::Write, group) => write!(f, "what {group} owns itself"),
        }
    }
}
