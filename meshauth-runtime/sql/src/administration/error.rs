//! Why a change is refused.

use meshauth_runtime::Denial;

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
            Self::NotAuthorised | Self::MayNotGrant => Some(Denial::RoleRequired),
            Self::NotFound => Some(Denial::ResourceNotFound),
            Self::NotOwned => Some(Denial::ResourceNotOwned),
            Self::Database(SqlError::Unreachable(_) | SqlError::Standby) => {
                Some(Denial::DirectoryUnavailable)
            }
            _ => None,
        }
    }
}
