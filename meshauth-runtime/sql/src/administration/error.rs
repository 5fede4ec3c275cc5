//! Why a change is refused.

use meshauth_runtime::{Denial, EntityName};

use crate::error::SqlError;

/// Why a change of a directory was not made. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// Whoever makes the change is not ACTIVE any more, or holds no role for it in the executing group.
    #[error("whoever makes the change holds no role for it in the executing group")]
    NotAuthorised,
    /// What is to be changed, or a group that is named, is not there, or neither in the executing group
    /// nor below it.
    #[error("it is not there, or out of reach of the executing group")]
    NotFound,
    /// What is to be changed is owned by a group below the executing group.
    #[error(
        "it is owned by a group below the executing group: name that one as the executing group"
    )]
    NotOwned,
    /// The role, or a role of the entity that would be let in, is not held by whoever makes the change.
    #[error("whoever makes the change does not hold the role that it would give")]
    MayNotGrant,
    /// A move would go to another tree, whose rules and people are not those of this one.
    #[error("the new parent is in another tree: make the group or entity anew there")]
    AnotherTree,
    /// Rules of administration belong to the root of a tree, and the executing group is none.
    #[error("the executing group is not the root of a tree: name the root as the executing group")]
    NoRoot,
    /// Four eyes are of 2 to 9 people, and a proposal lives for a minute to a year.
    #[error("four eyes are of 2 to 9 people, and a proposal lives for a minute to a year")]
    NoSuchRule,
    /// Four eyes would lock everybody out: too few ACTIVE users hold a role for such changes in the
    /// root.
    #[error(
        "too few active users hold a role for such changes in the root: grant it to more, or ask for \
         fewer people"
    )]
    TooFewPeople,
    /// A program agrees to a proposal, and only people count.
    #[error("only users agree to a proposal, and this is an API user")]
    NoPerson,
    /// Whoever agrees has proposed the change, or has agreed to it before.
    #[error("whoever proposed the change or agreed to it counts once: have somebody else agree")]
    CountsAlready,
    /// Whoever agrees may be the same person as whoever proposed the change, or agreed before.
    #[error(
        "one person may be behind this agreement and an earlier one, since one has made a key of the \
         other, or a third one of both: have somebody else agree"
    )]
    SamePerson,
    /// The proposal was carried out or withdrawn, or its time is over.
    #[error("the proposal is not open any more: propose the change again")]
    ProposalClosed,
    /// Whoever proposed the change may not make it any more.
    #[error("whoever proposed the change has no right to it any more: propose it again")]
    ProposerLostRight,
    /// The key that an operator proves itself by is unknown or not valid now, or its entity is not
    /// ACTIVE.
    #[error("the operator's key is unknown or not valid now, or its entity is not active")]
    UnknownOperator,
    /// The key was used meanwhile, or its use could not have been noted.
    #[error("the key is not known to be unused for so long")]
    KeyInUse,
    /// Somebody was let in by breaking the glass, and the time is not over.
    #[error("the glass of this tree is broken: {0} is let in until its hour is over")]
    GlassIsBroken(EntityName),
    /// The directory holds groups, so that it has been founded before.
    #[error("the directory is not empty, it was founded before")]
    Founded,
    /// The system has no random numbers for a key.
    #[error("the system gives no random numbers for a key")]
    NoRandom,
    /// The database refuses the change, or cannot make it.
    #[error(transparent)]
    Database(#[from] SqlError),
}

impl AdministrationError {
    /// What the caller of an administrative method is told, where the rules of access refuse the change
    /// or the directory is out of reach. Other refusals, such as a name that is there already, are for
    /// the method to tell.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match self {
            Self::NotAuthorised | Self::MayNotGrant | Self::UnknownOperator => {
                Some(Denial::RoleRequired)
            }
            Self::NotFound => Some(Denial::ResourceNotFound),
            Self::NotOwned => Some(Denial::ResourceNotOwned),
            Self::Database(SqlError::Unreachable(_) | SqlError::Standby) => {
                Some(Denial::DirectoryUnavailable)
            }
            _ => None,
        }
    }

    /// Whether somebody's right was looked at and did not do, and not that the change could not be
    /// made.
    pub(super) const fn is_judgement(&self) -> bool {
        matches!(
            self,
            Self::NotAuthorised
                | Self::NotFound
                | Self::NotOwned
                | Self::MayNotGrant
                | Self::NoPerson
                | Self::CountsAlready
                | Self::SamePerson
                | Self::ProposalClosed
                | Self::ProposerLostRight
        )
    }
}
