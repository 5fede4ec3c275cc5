//! The decision: a pure function, and the one place where the order of the checks is written down.
//!
//! It is generic over the records that it asks (a packed view, or what was looked up so far) and
//! over what it writes down: nothing, which is all that an allowed call needs, or a [`Trace`].

use std::{ops::ControlFlow, sync::OnceLock, time::SystemTime};

use super::{
    check::Check,
    denial::Denial,
    shadow::ShadowedChecks,
    trace::{EntityFinding, GroupFinding, RoleFinding, ScopeFinding, Trace, VerificationFinding},
};
use crate::{
    credential::{Credential, Header, Presented, Validity},
    names::{EntityName, GroupName},
    policy::{AccessLevel, MethodPolicy},
    records::{Client, Grant, Miss, VerificationStatus},
};

/// A call that is to be decided.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// None if the method has no policy.
    pub(crate) policy: Option<&'a MethodPolicy>,
    pub(crate) presented: &'a Presented,
    /// Checks whose refusal does not end the call.
    pub(crate) shadowed: ShadowedChecks,
    pub(crate) time: Time,
}

/// The time of a decision: read once, and only if something depends on it.
#[derive(Debug)]
pub(crate) struct Time {
    clock: fn() -> SystemTime,
    read: OnceLock<SystemTime>,
}

impl Time {
    pub(crate) const fn of(clock: fn() -> SystemTime) -> Self {
        Self { clock, read: OnceLock::new() }
    }

    #[inline]
    fn is_within(&self, validity: Validity) -> bool {
        validity == Validity::ALWAYS || validity.contains(*self.read.get_or_init(self.clock))
    }
}

/// What a record is asked for, or what has to be looked up first.
pub(crate) type Answer<T, Gap> = ControlFlow<Gap, Result<T, Miss>>;

/// What is known of groups, entities and clients.
pub(crate) trait Records: Copy {
    type Entity: Copy;
    type Group: Copy;
    type Grant: Copy;
    /// A record that is not here yet, and can be looked up.
    type Gap;

    fn entity(self, credential: &Credential) -> Answer<Self::Entity, Self::Gap>;
    fn entity_name(self, entity: Self::Entity) -> EntityName;
    fn is_active(self, entity: Self::Entity) -> bool;
    fn validity(self, entity: Self::Entity, credential: &Credential) -> Validity;
    fn group(self, name: GroupName) -> Answer<Self::Group, Self::Gap>;
    /// A grant of one of the method's roles, in the group or above it.
    fn grant(
        self,
        entity: Self::Entity,
        group: Self::Group,
        policy: &MethodPolicy,
    ) -> Option<Self::Grant>;
    fn grant_of(self, grant: Self::Grant) -> Grant;
    /// The client of the entity: that of the nearest group, from its owner up.
    fn client(
        self,
        entity: Self::Entity,
        executing: Self::Group,
    ) -> ControlFlow<Self::Gap, Result<Client, ClientMiss>>;
}

/// Why there is no client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ClientMiss {
    /// The group that owns the entity gave no hierarchy.
    Home(GroupName, Miss),
    /// The client itself.
    Client(Miss),
}

/// What is written down of a decision.
pub(crate) trait Notes {
    fn write(&mut self, note: impl FnOnce(&mut Trace));
}

/// Nothing.
pub(crate) struct NoNotes;

impl Notes for NoNotes {
    #[inline]
    fn write(&mut self, _: impl FnOnce(&mut Trace)) {}
}

impl Notes for Trace {
    fn write(&mut self, note: impl FnOnce(&mut Trace)) {
        note(self);
    }
}

/// What comes of a call.
#[derive(Debug)]
pub(crate) enum Ruling<R: Records> {
    /// A PUBLIC method: no executing group, no scope.
    Public(Option<R::Entity>),
    /// An AUTHORISED method: who calls, and the executing group.
    Authorised(R::Entity, R::Group),
    Deny {
        denial: Denial,
        by: Check,
    },
}

impl<R: Records> Ruling<R> {
    /// What the caller is told; none if it is let in.
    pub(crate) fn denial(&self) -> Option<Denial> {
        match self {
            Self::Public(_) | Self::Authorised(..) => None,
            Self::Deny { denial, .. } => Some(*denial),
        }
    }

    /// The check that refuses it.
    pub(crate) fn refused_by(&self) -> Option<Check> {
        match self {
            Self::Public(_) | Self::Authorised(..) => None,
            Self::Deny { by, .. } => Some(*by),
        }
    }

    const fn deny(by: Check, denial: Denial) -> Self {
        Self::Deny { denial, by }
    }
}

/// Makes the checks 1 to 5 of a call, in the order in which a caller may learn of them: no group is
/// looked at before the caller is known, and no client before a role was found.
#[inline]
pub(crate) fn evaluate<R: Records>(
    question: &Question<'_>,
    records: R,
    notes: &mut impl Notes,
) -> ControlFlow<R::Gap, Ruling<R>> {
    let Question { policy, presented, shadowed, .. } = question;
    let Some(policy) = policy else {
        notes.write(|trace| *trace = Trace::of_unknown_method(presented));
        return ControlFlow::Continue(Ruling::deny(Check::Method, Denial::MethodUnknown));
    };
    notes.write(|trace| *trace = Trace::first_look(policy, presented));
    let entity = match presented.credential() {
        Header::Value(credential) => identify(question, credential, records, notes)?,
        Header::Malformed => Err(Denial::CredentialsInvalid),
        Header::Missing if policy.access_level() == AccessLevel::Public => {
            return ControlFlow::Continue(Ruling::Public(None));
        }
        Header::Missing => Err(Denial::CredentialsMissing),
    };
    let entity = match entity {
        Ok(entity) => entity,
        Err(denial) => return ControlFlow::Continue(Ruling::deny(Check::Entity, denial)),
    };
    if policy.access_level() == AccessLevel::Public {
        return ControlFlow::Continue(Ruling::Public(Some(entity)));
    }
    let group = match resolve(presented, records, notes)? {
        Ok(group) => group,
        Err(denial) => return ControlFlow::Continue(Ruling::deny(Check::Group, denial)),
    };
    let grant = records.grant(entity, group, policy);
    notes.write(|trace| {
        let granted = grant.map(|grant| records.grant_of(grant));
        trace.role = granted.map_or(RoleFinding::NotGranted, RoleFinding::Granted);
    });
    if grant.is_none() && !shadowed.role {
        return ControlFlow::Continue(Ruling::deny(Check::Role, Denial::RoleRequired));
    }
    if policy.requires_verification()
        && let Err(denial) = verify(records.client(entity, group)?, *shadowed, notes)
    {
        return ControlFlow::Continue(Ruling::deny(Check::Verification, denial));
    }
    notes.write(|trace| {
        if let GroupFinding::Known(group) = trace.group {
            trace.scope = ScopeFinding::Scope(policy.operation(), group);
        }
    });
    ControlFlow::Continue(Ruling::Authorised(entity, group))
}

/// Check 3.
#[inline]
fn identify<R: Records>(
    question: &Question<'_>,
    credential: &Credential,
    records: R,
    notes: &mut impl Notes,
) -> ControlFlow<R::Gap, Result<R::Entity, Denial>> {
    let entity = match records.entity(credential)? {
        Ok(entity) => entity,
        Err(miss) => {
            notes.write(|trace| trace.entity = EntityFinding::Missed(miss));
            return ControlFlow::Continue(Err(match miss {
                Miss::Unknown => Denial::CredentialsInvalid,
                Miss::Unavailable => Denial::DirectoryUnavailable,
                Miss::Unusable | Miss::Mistaken | Miss::Panicked => Denial::Internal,
            }));
        }
    };
    if !records.is_active(entity) {
        let name = || records.entity_name(entity);
        notes.write(|trace| trace.entity = EntityFinding::Inactive(name()));
        return ControlFlow::Continue(Err(Denial::CredentialsInvalid));
    }
    if !question.time.is_within(records.validity(entity, credential)) {
        let name = || records.entity_name(entity);
        notes.write(|trace| trace.entity = EntityFinding::OutsideValidity(name()));
        return ControlFlow::Continue(Err(Denial::CredentialsInvalid));
    }
    notes.write(|trace| trace.entity = EntityFinding::Known(records.entity_name(entity)));
    ControlFlow::Continue(Ok(entity))
}

/// Check 2.
#[inline]
fn resolve<R: Records>(
    presented: &Presented,
    records: R,
    notes: &mut impl Notes,
) -> ControlFlow<R::Gap, Result<R::Group, Denial>> {
    let name = match presented.group() {
        Header::Value(name) => name,
        Header::Missing => return ControlFlow::Continue(Err(Denial::GroupMissing)),
        Header::Malformed => return ControlFlow::Continue(Err(Denial::GroupMalformed)),
    };
    let found = records.group(name)?;
    notes.write(|trace| {
        trace.group = match &found {
            Ok(_) => GroupFinding::Known(name),
            Err(miss) => GroupFinding::Missed(name, *miss),
        };
    });
    ControlFlow::Continue(found.map_err(denial_of_group))
}

/// What is told of a group that gave no record: unknown and inconsistent ones get the answer of a
/// missing role.
pub(crate) const fn denial_of_group(miss: Miss) -> Denial {
    match miss {
        Miss::Unknown | Miss::Unusable => Denial::RoleRequired,
        Miss::Unavailable => Denial::DirectoryUnavailable,
        Miss::Mistaken | Miss::Panicked => Denial::Internal,
    }
}

/// Check 5.
fn verify(
    client: Result<Client, ClientMiss>,
    shadowed: ShadowedChecks,
    notes: &mut impl Notes,
) -> Result<(), Denial> {
    let finding = match client {
        Ok(client) if client.status() == VerificationStatus::Verified => {
            VerificationFinding::Verified(client.name())
        }
        Ok(client) => VerificationFinding::NotVerified(client.name(), client.status()),
        Err(ClientMiss::Home(name, miss)) => VerificationFinding::HomeMissed(name, miss),
        Err(ClientMiss::Client(miss)) => VerificationFinding::Missed(miss),
    };
    notes.write(|trace| trace.verification = finding);
    match finding {
        VerificationFinding::Verified(_) => Ok(()),
        // A fault, also one in what is stored, is no judgement: shadow mode never lets it through.
        VerificationFinding::NotVerified(..) | VerificationFinding::Missed(Miss::Unknown)
            if shadowed.verification =>
        {
            Ok(())
        }
        VerificationFinding::HomeMissed(_, miss) | VerificationFinding::Missed(miss) => {
            Err(match miss {
                Miss::Unknown | Miss::Unusable => Denial::VerificationRequired,
                Miss::Unavailable => Denial::DirectoryUnavailable,
                Miss::Mistaken | Miss::Panicked => Denial::Internal,
            })
        }
        _ => Err(Denial::VerificationRequired),
    }
}
