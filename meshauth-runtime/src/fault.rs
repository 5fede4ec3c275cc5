//! What is wrong on the service's own side.

use std::fmt;

use crate::trace::{EntityFinding, GroupFinding, Trace, VerificationFinding};

/// A fault that operators have to mend, whatever the caller was told: some of them look to the
/// caller like a role that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The stored hierarchy of a group is inconsistent (check 2).
    HierarchyCorrupt,
    /// The stored record of an API user or a client breaks a rule.
    RecordUnusable,
    /// The directory is out of reach, or too slow.
    DirectoryUnavailable,
    /// The directory answered for another key, group or client than it was asked.
    DirectoryMistaken,
    /// The directory panicked.
    DirectoryPanicked,
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
        let of_group = match self.group {
            GroupFinding::Inconsistent(_) => Some(Fault::HierarchyCorrupt),
            GroupFinding::Unavailable(_) => Some(Fault::DirectoryUnavailable),
            GroupFinding::AnotherAnswered { .. } => Some(Fault::DirectoryMistaken),
            GroupFinding::Panicked(_) => Some(Fault::DirectoryPanicked),
            _ => None,
        };
        let of_entity = match self.entity {
            EntityFinding::Unusable => Some(Fault::RecordUnusable),
            EntityFinding::Unavailable => Some(Fault::DirectoryUnavailable),
            EntityFinding::AnotherAnswered(_) => Some(Fault::DirectoryMistaken),
            EntityFinding::Panicked => Some(Fault::DirectoryPanicked),
            _ => None,
        };
        let of_client = match self.verification {
            VerificationFinding::NoHome(_) => Some(Fault::HierarchyCorrupt),
            VerificationFinding::Unusable => Some(Fault::RecordUnusable),
            VerificationFinding::Unavailable => Some(Fault::DirectoryUnavailable),
            VerificationFinding::AnotherAnswered => Some(Fault::DirectoryMistaken),
            VerificationFinding::Panicked => Some(Fault::DirectoryPanicked),
            _ => None,
        };
        of_entity.or(of_group).or(of_client)
    }
}
