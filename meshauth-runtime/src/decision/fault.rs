//! What is wrong on the service's own side.

use std::fmt;

use super::trace::{EntityFinding, GroupFinding, Trace, VerificationFinding};
use crate::records::Miss;

/// A fault that operators have to mend, whatever the caller was told: some of them look to the
/// caller like a role that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The stored hierarchy of a group is inconsistent (check 2).
    HierarchyCorrupt,
    /// The stored record of an entity or a client breaks a rule.
    RecordUnusable,
    /// The directory is out of reach, or too slow.
    DirectoryUnavailable,
    /// The directory answered for another key, group or client than it was asked.
    DirectoryMistaken,
    /// The directory panicked.
    DirectoryPanicked,
    /// A handler asked for the access of a system task instead of using its own.
    SystemAccessInRequest,
}

impl Fault {
    /// Its name in log and records: stable, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HierarchyCorrupt => "HIERARCHY_CORRUPT",
            Self::RecordUnusable => "RECORD_UNUSABLE",
            Self::DirectoryUnavailable => "DIRECTORY_UNAVAILABLE",
            Self::DirectoryMistaken => "DIRECTORY_MISTAKEN",
            Self::DirectoryPanicked => "DIRECTORY_PANICKED",
            Self::SystemAccessInRequest => "SYSTEM_ACCESS_IN_REQUEST",
        }
    }
}

impl Fault {
    /// The fault behind a group that gave no record.
    pub(crate) fn of_group(miss: Miss) -> Option<Self> {
        Self::of(miss, Self::HierarchyCorrupt)
    }

    fn of(miss: Miss, unusable: Self) -> Option<Self> {
        match miss {
            Miss::Unknown => None,
            Miss::Unusable => Some(unusable),
            Miss::Mistaken => Some(Self::DirectoryMistaken),
            Miss::Unavailable => Some(Self::DirectoryUnavailable),
            Miss::Panicked => Some(Self::DirectoryPanicked),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Trace {
    /// The fault that one of the checks met.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let of_entity = match self.entity {
            EntityFinding::Missed(miss) => Fault::of(miss, Fault::RecordUnusable),
            _ => None,
        };
        let of_group = match self.group {
            GroupFinding::Missed(_, miss) => Fault::of_group(miss),
            _ => None,
        };
        let of_client = match self.verification {
            // Whoever is owned by a group that is not there has no hierarchy either.
            VerificationFinding::HomeMissed(_, Miss::Unknown) => Some(Fault::HierarchyCorrupt),
            VerificationFinding::HomeMissed(_, miss) => Fault::of_group(miss),
            VerificationFinding::Missed(miss) => Fault::of(miss, Fault::RecordUnusable),
            _ => None,
        };
        of_entity.or(of_group).or(of_client)
    }
}
