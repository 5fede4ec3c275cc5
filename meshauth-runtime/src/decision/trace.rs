//! What each of the six checks saw.

use std::fmt;

use super::check::{Check, Outcome};
use crate::{
    credential::{Header, Presented},
    names::{ClientName, EntityName, GroupName},
    policy::{AccessLevel, MethodPolicy, Operation},
    records::{Grant, Miss, VerificationStatus},
};

/// What check 1 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum MethodFinding {
    Known,
    Unknown,
    /// Work of the service itself, for which there is no method.
    NotNeeded,
}

/// What check 2 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum GroupFinding {
    NotNeeded,
    Missing,
    Malformed,
    NotLookedUp(GroupName),
    Missed(GroupName, Miss),
    Known(GroupName),
}

impl GroupFinding {
    /// The group that the caller names, if it names one.
    #[must_use]
    pub const fn name(self) -> Option<GroupName> {
        match self {
            Self::NotLookedUp(name) | Self::Missed(name, _) | Self::Known(name) => Some(name),
            Self::NotNeeded | Self::Missing | Self::Malformed => None,
        }
    }
}

/// What check 3 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum EntityFinding {
    NotReached,
    Anonymous,
    Missing,
    Malformed,
    NotLookedUp,
    Missed(Miss),
    Inactive(EntityName),
    /// The credential is not valid yet, or not any more.
    OutsideValidity(EntityName),
    Known(EntityName),
}

impl EntityFinding {
    /// Who calls, if it is known.
    #[must_use]
    pub const fn name(self) -> Option<EntityName> {
        match self {
            Self::Known(name) | Self::Inactive(name) | Self::OutsideValidity(name) => Some(name),
            _ => None,
        }
    }
}

/// What check 4 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum RoleFinding {
    NotReached,
    NotNeeded,
    NotGranted,
    Granted(Grant),
}

/// What check 5 saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum VerificationFinding {
    NotReached,
    NotNeeded,
    /// The group that owns the entity gave no hierarchy to look for a client in.
    HomeMissed(GroupName, Miss),
    /// There is no client, or no usable one.
    Missed(Miss),
    NotVerified(ClientName, VerificationStatus),
    Verified(ClientName),
}

/// What check 6 will hold the call to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum ScopeFinding {
    NotReached,
    NotNeeded,
    Scope(Operation, GroupName),
}

/// What each check saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    pub(crate) method: MethodFinding,
    pub(crate) group: GroupFinding,
    pub(crate) entity: EntityFinding,
    pub(crate) role: RoleFinding,
    pub(crate) verification: VerificationFinding,
    pub(crate) scope: ScopeFinding,
}

impl Trace {
    /// Nothing was looked at yet.
    pub(crate) const EMPTY: Self = Self {
        method: MethodFinding::Unknown,
        group: GroupFinding::NotNeeded,
        entity: EntityFinding::NotReached,
        role: RoleFinding::NotReached,
        verification: VerificationFinding::NotReached,
        scope: ScopeFinding::NotReached,
    };

    /// What can be seen before anything is looked up.
    pub(crate) fn first_look(policy: &MethodPolicy, presented: &Presented) -> Self {
        let public = policy.access_level() == AccessLevel::Public;
        Self {
            method: MethodFinding::Known,
            group: if public { GroupFinding::NotNeeded } else { presented_group(presented) },
            entity: match presented.credential() {
                Header::Missing if public => EntityFinding::Anonymous,
                Header::Missing => EntityFinding::Missing,
                Header::Malformed => EntityFinding::Malformed,
                Header::Value(_) => EntityFinding::NotLookedUp,
            },
            role: if public { RoleFinding::NotNeeded } else { RoleFinding::NotReached },
            verification: if policy.requires_verification() {
                VerificationFinding::NotReached
            } else {
                VerificationFinding::NotNeeded
            },
            scope: if public { ScopeFinding::NotNeeded } else { ScopeFinding::NotReached },
        }
    }

    /// Of a method without a policy nothing else is looked at.
    pub(crate) fn of_unknown_method(presented: &Presented) -> Self {
        Self { group: presented_group(presented), ..Self::EMPTY }
    }

    /// What check 1 saw.
    #[must_use]
    pub const fn method(&self) -> MethodFinding {
        self.method
    }

    /// What check 2 saw.
    #[must_use]
    pub const fn group(&self) -> GroupFinding {
        self.group
    }

    /// What check 3 saw.
    #[must_use]
    pub const fn entity(&self) -> EntityFinding {
        self.entity
    }

    /// What check 4 saw.
    #[must_use]
    pub const fn role(&self) -> RoleFinding {
        self.role
    }

    /// What check 5 saw.
    #[must_use]
    pub const fn verification(&self) -> VerificationFinding {
        self.verification
    }

    /// What check 6 will hold the call to.
    #[must_use]
    pub const fn scope(&self) -> ScopeFinding {
        self.scope
    }

    /// How the check ended.
    #[must_use]
    #[inline]
    pub fn outcome(&self, check: Check) -> Outcome {
        match check {
            Check::Method => match self.method {
                MethodFinding::Known => Outcome::Pass,
                MethodFinding::Unknown => Outcome::Fail,
                MethodFinding::NotNeeded => Outcome::Skip,
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

    /// The grant by which the call passed check 4.
    pub(crate) fn granted(&self) -> Option<Grant> {
        match self.role {
            RoleFinding::Granted(grant) => Some(grant),
            _ => None,
        }
    }

    /// Whether no check failed.
    #[inline]
    pub(crate) fn is_clean(&self) -> bool {
        Check::ALL.iter().all(|check| self.outcome(*check) != Outcome::Fail)
    }
}

fn presented_group(presented: &Presented) -> GroupFinding {
    match presented.group() {
        Header::Missing => GroupFinding::Missing,
        Header::Malformed => GroupFinding::Malformed,
        Header::Value(name) => GroupFinding::NotLookedUp(name),
    }
}

impl fmt::Display for GroupFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNeeded => f.write_str("not needed: the method is PUBLIC"),
            Self::Missing => f.write_str("x-group is missing"),
            Self::Malformed => f.write_str("x-group is malformed, or there twice"),
            Self::NotLookedUp(name) => write!(f, "{name}, not looked up"),
            Self::Missed(name, Miss::Unusable) => write!(f, "{name} has an inconsistent hierarchy"),
            Self::Missed(name, miss) => write!(f, "{name}: {miss}"),
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
            Self::Missed(Miss::Unknown) => f.write_str("the key is unknown"),
            Self::Missed(Miss::Unusable) => f.write_str("the record of the caller is unusable"),
            Self::Missed(miss) => write!(f, "{miss}"),
            Self::Inactive(name) => write!(f, "{name} is inactive"),
            Self::OutsideValidity(name) => {
                write!(f, "{name}: the credential is not valid yet, or not any more")
            }
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
            Self::HomeMissed(name, miss) => write!(f, "{name}, which owns the caller: {miss}"),
            Self::Missed(Miss::Unknown) => f.write_str("the caller has no client"),
            Self::Missed(Miss::Unusable) => f.write_str("the record of the client is unusable"),
            Self::Missed(miss) => write!(f, "{miss}"),
            Self::NotVerified(name, status) => {
                write!(f, "{name} is not verified: {}", status.name())
            }
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
