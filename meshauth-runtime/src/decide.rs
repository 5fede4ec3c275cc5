//! The decision: pure, and the one place where the order of the checks is written down.
//!
//! Nothing is looked up here. An evaluation that needs a record says so and goes on with the
//! answer, so the order in which a directory is asked is a matter of types: no group before the
//! caller is known, no client before the role check has passed.

use std::{ops::ControlFlow, sync::Arc};

use crate::{
    decision::{Allowed, Verdict},
    denial::Denial,
    entity::{ApiUser, Client, EntityState, Verification},
    group::Group,
    key::KeyDigest,
    name::{ClientName, GroupName},
    policy::{AccessLevel, MethodPolicy},
    presented::{Header, Presented},
    shadow::ShadowedChecks,
    trace::{
        Check, EntityFinding, GroupFinding, MethodFinding, RoleFinding, ScopeFinding, Trace,
        VerificationFinding,
    },
};

/// What came of a question to the directory.
#[derive(Debug, Clone, Copy)]
pub enum Answer<T> {
    /// This record.
    Found(T),
    /// There is none.
    Unknown,
    /// There is one, but it breaks a rule.
    Unusable,
    /// The directory is out of reach, or too slow.
    Unavailable,
    /// The directory panicked.
    Panicked,
}

/// A verdict, or what is needed to go on.
pub type Step<T> = ControlFlow<Verdict, T>;

/// A call to a method that has a policy, while it is evaluated.
#[derive(Debug)]
struct Call<'a> {
    policy: &'static MethodPolicy,
    presented: &'a Presented,
    /// Checks whose refusal does not end the call.
    shadowed: ShadowedChecks,
    trace: &'a mut Trace,
}

impl Call<'_> {
    fn authorise(self, entity: Arc<ApiUser>, group: Arc<Group>) -> Verdict {
        self.trace.scope = ScopeFinding::Scope(self.policy.operation(), group.name());
        Verdict::Allow(Allowed::Authorised { entity, group })
    }
}

fn deny<T>(by: Check, denial: Denial) -> Step<T> {
    Step::Break(Verdict::Deny { denial, by })
}

/// Begins the evaluation of a call: check 1, and the forms of both headers. What each check sees is
/// written into `trace`. What a check in `shadowed` refuses is written there, too, and goes on.
#[inline]
pub fn evaluate<'a>(
    policy: Option<&'static MethodPolicy>,
    presented: &'a Presented,
    shadowed: ShadowedChecks,
    trace: &'a mut Trace,
) -> Step<NeedsApiUser<'a>> {
    let Some(policy) = policy else {
        *trace = unknown_method(*presented);
        return deny(Check::Method, Denial::MethodUnknown);
    };
    *trace = first_look(policy, *presented);
    match presented.key {
        Header::Value(key) => {
            Step::Continue(NeedsApiUser { call: Call { policy, presented, shadowed, trace }, key })
        }
        Header::Malformed => deny(Check::Entity, Denial::CredentialsInvalid),
        Header::Missing => match policy.access() {
            AccessLevel::Public => Step::Break(Verdict::Allow(Allowed::Public { entity: None })),
            AccessLevel::Authorised { .. } => deny(Check::Entity, Denial::CredentialsMissing),
        },
    }
}

/// What can be seen before anything is looked up.
fn first_look(policy: &MethodPolicy, presented: Presented) -> Trace {
    let public = matches!(policy.access(), AccessLevel::Public);
    Trace {
        method: MethodFinding::Known,
        group: match presented.group {
            _ if public => GroupFinding::NotNeeded,
            Header::Missing => GroupFinding::Missing,
            Header::Malformed => GroupFinding::Malformed,
            Header::Value(name) => GroupFinding::NotLookedUp(name),
        },
        entity: match presented.key {
            Header::Missing if public => EntityFinding::Anonymous,
            Header::Missing => EntityFinding::Missing,
            Header::Malformed => EntityFinding::Malformed,
            Header::Value(_) => EntityFinding::NotLookedUp,
        },
        role: if public { RoleFinding::NotNeeded } else { RoleFinding::NotReached },
        verification: if policy.verified() {
            VerificationFinding::NotReached
        } else {
            VerificationFinding::NotNeeded
        },
        scope: if public { ScopeFinding::NotNeeded } else { ScopeFinding::NotReached },
    }
}

fn unknown_method(presented: Presented) -> Trace {
    Trace {
        method: MethodFinding::Unknown,
        group: match presented.group {
            Header::Missing => GroupFinding::Missing,
            Header::Malformed => GroupFinding::Malformed,
            Header::Value(name) => GroupFinding::NotLookedUp(name),
        },
        entity: EntityFinding::NotReached,
        role: RoleFinding::NotReached,
        verification: VerificationFinding::NotReached,
        scope: ScopeFinding::NotReached,
    }
}

/// An evaluation that waits for the API user.
#[derive(Debug)]
pub struct NeedsApiUser<'a> {
    call: Call<'a>,
    key: KeyDigest,
}

impl<'a> NeedsApiUser<'a> {
    /// The digest of the key that the caller presented.
    #[must_use]
    pub fn key(&self) -> &KeyDigest {
        &self.key
    }

    /// Check 3, and whether there is a group to resolve.
    #[inline]
    pub fn answer(self, answer: Answer<Arc<ApiUser>>) -> Step<NeedsGroup<'a>> {
        let Self { call, key } = self;
        let entity = match identify(&key, answer) {
            Ok(entity) => entity,
            Err((finding, denial)) => {
                call.trace.entity = finding;
                return deny(Check::Entity, denial);
            }
        };
        call.trace.entity = EntityFinding::Known(entity.name);
        if let AccessLevel::Public = call.policy.access() {
            return Step::Break(Verdict::Allow(Allowed::Public { entity: Some(entity) }));
        }
        match call.presented.group {
            Header::Missing => deny(Check::Group, Denial::GroupMissing),
            Header::Malformed => deny(Check::Group, Denial::GroupMalformed),
            Header::Value(name) => Step::Continue(NeedsGroup { call, entity, name }),
        }
    }
}

fn identify(
    key: &KeyDigest,
    answer: Answer<Arc<ApiUser>>,
) -> Result<Arc<ApiUser>, (EntityFinding, Denial)> {
    match answer {
        // In constant time, as digests always are compared: by how long it takes, nobody learns how
        // close a key came to a stored one.
        Answer::Found(user) if user.key != *key => {
            Err((EntityFinding::AnotherAnswered(user.name), Denial::Internal))
        }
        Answer::Found(user) => match user.state {
            EntityState::Active => Ok(user),
            EntityState::Inactive => {
                Err((EntityFinding::Inactive(user.name), Denial::CredentialsInvalid))
            }
        },
        Answer::Unknown => Err((EntityFinding::Unknown, Denial::CredentialsInvalid)),
        Answer::Unusable => Err((EntityFinding::Unusable, Denial::Internal)),
        Answer::Unavailable => Err((EntityFinding::Unavailable, Denial::DirectoryUnavailable)),
        Answer::Panicked => Err((EntityFinding::Panicked, Denial::Internal)),
    }
}

/// An evaluation that waits for the executing group.
#[derive(Debug)]
pub struct NeedsGroup<'a> {
    call: Call<'a>,
    entity: Arc<ApiUser>,
    name: GroupName,
}

impl<'a> NeedsGroup<'a> {
    /// The name that the caller presented.
    #[must_use]
    pub fn name(&self) -> GroupName {
        self.name
    }

    /// Check 2, then check 4. Unknown, inconsistent and foreign groups get the answer of a missing
    /// role.
    #[inline]
    pub fn answer(self, answer: Answer<Arc<Group>>) -> Step<NeedsHome<'a>> {
        let Self { call, entity, name } = self;
        let (finding, denial) = match answer {
            Answer::Found(group) if group.name() == name => {
                call.trace.group = GroupFinding::Known(name);
                return check_role(call, entity, group);
            }
            Answer::Found(other) => {
                let answered = other.name();
                (GroupFinding::AnotherAnswered { asked: name, answered }, Denial::Internal)
            }
            Answer::Unknown => (GroupFinding::Unknown(name), Denial::RoleRequired),
            Answer::Unusable => (GroupFinding::Inconsistent(name), Denial::RoleRequired),
            Answer::Unavailable => (GroupFinding::Unavailable(name), Denial::DirectoryUnavailable),
            Answer::Panicked => (GroupFinding::Panicked(name), Denial::Internal),
        };
        call.trace.group = finding;
        deny(Check::Group, denial)
    }
}

#[inline]
fn check_role(call: Call<'_>, entity: Arc<ApiUser>, group: Arc<Group>) -> Step<NeedsHome<'_>> {
    let grant = entity.grants.find(call.policy.roles(), &group);
    call.trace.role = grant.map_or(RoleFinding::NotGranted, RoleFinding::Granted);
    if grant.is_none() && !call.shadowed.role {
        return deny(Check::Role, Denial::RoleRequired);
    }
    if call.policy.verified() {
        return Step::Continue(NeedsHome { call, entity, group });
    }
    Step::Break(call.authorise(entity, group))
}

/// An evaluation that waits for the group that owns the entity: from there up, its client is looked
/// for.
#[derive(Debug)]
pub struct NeedsHome<'a> {
    call: Call<'a>,
    entity: Arc<ApiUser>,
    group: Arc<Group>,
}

impl<'a> NeedsHome<'a> {
    /// The name of the group that owns the entity; none if that is the executing group, which need
    /// not be looked up again.
    #[must_use]
    pub fn name(&self) -> Option<GroupName> {
        Some(self.entity.owner).filter(|owner| *owner != self.group.name())
    }

    /// The first half of check 5: without a group whose hierarchy is consistent, there is no
    /// client. The answer is none if nothing was asked.
    #[inline]
    pub fn answer(self, answer: Option<Answer<Arc<Group>>>) -> Step<NeedsClient<'a>> {
        let asked = self.name();
        let Self { call, entity, group } = self;
        let finding = match (asked, answer) {
            (None, _) => {
                return Step::Continue(NeedsClient { call, entity, group, home: None });
            }
            (Some(name), Some(Answer::Found(home))) if home.name() == name => {
                return Step::Continue(NeedsClient { call, entity, group, home: Some(home) });
            }
            (Some(_), Some(Answer::Found(_))) => VerificationFinding::AnotherAnswered,
            (Some(name), Some(Answer::Unknown | Answer::Unusable)) => {
                VerificationFinding::NoHome(name)
            }
            (Some(_), Some(Answer::Unavailable) | None) => VerificationFinding::Unavailable,
            (Some(_), Some(Answer::Panicked)) => VerificationFinding::Panicked,
        };
        Step::Break(unverified(call, entity, group, finding))
    }
}

/// An evaluation that waits for the client of the entity.
#[derive(Debug)]
pub struct NeedsClient<'a> {
    call: Call<'a>,
    entity: Arc<ApiUser>,
    group: Arc<Group>,
    /// The group that owns the entity, if it is not the executing group.
    home: Option<Arc<Group>>,
}

impl NeedsClient<'_> {
    /// The group that owns the entity: its client is the one owned by the nearest group, from here
    /// up.
    #[must_use]
    pub fn home(&self) -> &Group {
        self.home.as_ref().unwrap_or(&self.group)
    }

    /// The second half of check 5.
    #[must_use]
    #[inline]
    pub fn answer(self, answer: Answer<Client>) -> Verdict {
        let finding = match answer {
            Answer::Found(client) if !self.home().is_at_or_below(client.owner) => {
                VerificationFinding::AnotherAnswered
            }
            Answer::Found(client) => match client.verification {
                Verification::Verified => return self.verified(client.name),
                Verification::Unverified => VerificationFinding::Unverified(client.name),
            },
            Answer::Unknown => VerificationFinding::NoClient,
            Answer::Unusable => VerificationFinding::Unusable,
            Answer::Unavailable => VerificationFinding::Unavailable,
            Answer::Panicked => VerificationFinding::Panicked,
        };
        let Self { call, entity, group, .. } = self;
        unverified(call, entity, group, finding)
    }

    fn verified(self, client: ClientName) -> Verdict {
        let Self { call, entity, group, .. } = self;
        call.trace.verification = VerificationFinding::Verified(client);
        call.authorise(entity, group)
    }
}

fn unverified(
    call: Call<'_>,
    entity: Arc<ApiUser>,
    group: Arc<Group>,
    finding: VerificationFinding,
) -> Verdict {
    call.trace.verification = finding;
    let denial = match finding {
        VerificationFinding::Unavailable => Denial::DirectoryUnavailable,
        VerificationFinding::AnotherAnswered | VerificationFinding::Panicked => Denial::Internal,
        VerificationFinding::NoClient | VerificationFinding::Unverified(_)
            if call.shadowed.verification =>
        {
            return call.authorise(entity, group);
        }
        // A fault, also one in what is stored, is no judgement: it is never let through.
        _ => Denial::VerificationRequired,
    };
    Verdict::Deny { denial, by: Check::Verification }
}
