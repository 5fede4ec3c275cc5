//! The calls of the matrix: who calls, and what is wrong with it.

use std::fmt;

use meshauth_runtime::{Presented, Role, RoleNumber};

/// A call that is made of every method.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) situation: Situation,
    pub(super) presented: Presented,
}

/// Who calls, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Situation {
    /// A known and active API user in a known group.
    Granted {
        held: Held,
        client: ClientState,
    },
    NoKey,
    UnknownKey,
    /// These three hold every role in the executing group, and their client is verified.
    Inactive,
    NoGroup,
    UnknownGroup,
}

/// The role that the caller holds, and where it is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    Listed(Role<'static>, Place),
    /// A role that no table knows.
    Unlisted(RoleNumber, Place),
    /// All roles of all tables.
    Every(Place),
}

/// Where a role is granted, as seen from the executing group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Parent,
    Executing,
    Sibling,
    Child,
}

impl Place {
    pub(super) const ALL: [Self; 5] =
        [Self::Executing, Self::Parent, Self::Root, Self::Sibling, Self::Child];
}

/// What the client of the caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientState {
    /// The caller is owned by the executing group, which owns the client.
    VerifiedHere,
    /// The caller is owned by another group, with a client of its own.
    Verified,
    Unverified,
    Missing,
}

impl ClientState {
    pub(super) const ALL: [Self; 4] =
        [Self::VerifiedHere, Self::Verified, Self::Unverified, Self::Missing];
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted { held, client } => write!(f, "{held}, {client}"),
            Self::NoKey => f.write_str("no key"),
            Self::UnknownKey => f.write_str("an unknown key"),
            Self::Inactive => f.write_str("inactive, every role"),
            Self::NoGroup => f.write_str("every role, no group"),
            Self::UnknownGroup => f.write_str("every role, an unknown group"),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("no role"),
            Self::Listed(role, place) => write!(f, "{} granted in {place}", role.name()),
            Self::Every(place) => write!(f, "every role granted in {place}"),
            Self::Unlisted(number, place) => {
                write!(f, "a role of no table ({number}) granted in {place}")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "the root",
            Self::Parent => "the parent of the executing group",
            Self::Executing => "the executing group",
            Self::Sibling => "a sibling of the executing group",
            Self::Child => "a child of the executing group",
        })
    }
}

impl fmt::Display for ClientState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VerifiedHere => "a verified client of the executing group",
            Self::Verified => "a verified client",
            Self::Unverified => "an unverified client",
            Self::Missing => "no client",
        })
    }
}
