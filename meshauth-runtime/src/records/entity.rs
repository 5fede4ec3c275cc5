//! Who calls.

use super::grant::{Grant, Grants};
use crate::{
    credential::{Credential, Validity},
    names::{EntityName, GroupName},
};

/// Whether an entity may act at all (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityState {
    /// It may act.
    Active,
    /// It may not; to the caller it looks as if it did not exist.
    Inactive,
}

/// An API user or a user as a directory knows it: who owns it, how it proves itself, and its role
/// grants.
///
/// ```
/// use meshauth_runtime::{ApiKey, Entity, EntityName, GroupName};
///
/// let desk = GroupName::from_ulid(2);
/// let key = ApiKey::parse(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
/// let bot = Entity::new(EntityName::api_user(1), desk)
///     .with_credential(key.digest())
///     .with_grants(["groups/00000000000000000000000002/roles/1000000".parse()?]);
/// # assert_eq!(bot.grants().iter().count(), 1);
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    name: EntityName,
    owner: GroupName,
    state: EntityState,
    credentials: Vec<(Credential, Validity)>,
    grants: Grants,
}

impl Entity {
    /// An active entity that this group owns, so far without a credential or a grant.
    ///
    /// From its owner up its client is looked for. The owner is never a default executing group.
    #[must_use]
    pub fn new(name: EntityName, owner: GroupName) -> Self {
        Self {
            name,
            owner,
            state: EntityState::Active,
            credentials: Vec::new(),
            grants: Grants::default(),
        }
    }

    /// The same in this state.
    #[must_use]
    pub fn with_state(self, state: EntityState) -> Self {
        Self { state, ..self }
    }

    /// The same with one more credential, which is always valid.
    #[must_use]
    pub fn with_credential(self, credential: impl Into<Credential>) -> Self {
        self.with_credential_during(credential, Validity::ALWAYS)
    }

    /// The same with one more credential, which is valid for a time.
    #[must_use]
    pub fn with_credential_during(
        mut self,
        credential: impl Into<Credential>,
        validity: Validity,
    ) -> Self {
        self.credentials.push((credential.into(), validity));
        self
    }

    /// The same with these grants, and no others.
    #[must_use]
    pub fn with_grants(self, grants: impl IntoIterator<Item = Grant>) -> Self {
        Self { grants: grants.into_iter().collect(), ..self }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> EntityName {
        self.name
    }

    /// The group that owns it.
    #[must_use]
    pub const fn owner(&self) -> GroupName {
        self.owner
    }

    /// Whether it may act.
    #[must_use]
    pub const fn state(&self) -> EntityState {
        self.state
    }

    /// How it proves itself, and when each way counts.
    #[must_use]
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = (&Credential, Validity)> + '_ {
        self.credentials.iter().map(|(credential, validity)| (credential, *validity))
    }

    /// Its role grants.
    #[must_use]
    pub const fn grants(&self) -> &Grants {
        &self.grants
    }

    /// How often it has this credential: all are compared, whichever it is.
    pub(crate) fn count(&self, credential: &Credential) -> usize {
        self.credentials().filter(|(held, _)| *held == credential).count()
    }

    /// When this credential counts; none if the entity does not have it.
    pub(crate) fn validity(&self, credential: &Credential) -> Option<Validity> {
        // All are compared, so that the time does not tell which of them it is.
        let has = |found: Option<Validity>, (held, validity): (&Credential, Validity)| {
            if held == credential { Some(validity) } else { found }
        };
        self.credentials().fold(None, has)
    }
}
