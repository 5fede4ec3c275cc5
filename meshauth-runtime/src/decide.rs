//! The decision: pure, and the one place where the order of the checks is written down.
//!
//! Nothing is looked up here. An evaluation that needs a record asks for it and goes on with the answer, so the order
//! in which a directory is asked is part of what is tested: no group before the caller is known, no client before the
//! role check has passed.

use std::sync::Arc;

use crate::{
    decision::{Allowed, Decision, Verdict},
    denial::Denial,
    entity::{ApiUser, Client, EntityState, Verification},
    group::Group,
    key::KeyDigest,
    name::GroupName,
    policy::{AccessLevel, MethodPolicy},
    presented::{Header, Presented},
    trace::{
        Check, EntityFinding, GroupFinding, MethodFinding, RoleFinding, ScopeFinding, Trace,
        VerificationFinding,
    },
};

/// What came of a question to the directory.
#[derive(Debug, Clone)]
pub enum Answer<T> {
    /// This record.
    Found(Arc<T>),
    /// There is none.
    Unknown,
    /// There is one, but it breaks a rule.
    Unusable,
    /// The directory is out of reach, or too slow.
    Unavailable,
    /// The directory panicked.
    Panicked,
}

/// Where an evaluation stands.
#[derive(Debug)]
pub enum Step {
    /// It needs the API user with this key.
    ApiUser(NeedsApiUser),
    /// It needs this group.
    Group(NeedsGroup),
    /// It needs the group that owns the entity.
    Home(NeedsHome),
    /// It needs the client of the entity.
    Client(NeedsClient),
    /// It is done.
    Done(Decision),
}

/// What is known so far of a call to a method that has a policy.
#[derive(Debug)]
struct Known {
    policy: &'static MethodPolicy,
    trace: Trace,
}

impl Known {
    fn deny(self, by: Check, denial: Denial) -> Step {
        let verdict = Verdict::Deny { denial, by };
        Step::Done(Decision { policy: Some(self.policy), trace: self.trace, verdict })
    }

    fn allow(self, allowed: Allowed) -> Step {
        let verdict = Verdict::Allow(allowed);
        Step::Done(Decision { policy: Some(self.policy), trace: self.trace, verdict })
    }
}

/// Begins the evaluation of a call: check 1, and the forms of both headers.
#[must_use]
pub fn evaluate(policy: Option<&'static MethodPolicy>, presented: Presented) -> Step {
    let Some(policy) = policy else {
        let verdict = Verdict::Deny { denial: Denial::MethodUnknown, by: Check::Method };
        return Step::Done(Decision { policy: None, trace: unknown_method(presented), verdict });
    };
    let known = Known { policy, trace: first_look(policy, presented) };
    match presented.key {
        Header::Value(key) => Step::ApiUser(NeedsApiUser { known, key, group: presented.group }),
        Header::Malformed => known.deny(Check::Entity, Denial::CredentialsInvalid),
        Header::Missing => match policy.access() {
            AccessLevel::Public => known.allow(Allowed::Public { entity: None }),
            AccessLevel::Authorised { .. } => known.deny(Check::Entity, Denial::CredentialsMissing),
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
pub struct NeedsApiUser {
    known: Known,
    key: KeyDigest,
    group: Header<GroupName>,
}

impl NeedsApiUser {
    /// The digest of the key that the caller presented.
    #[must_use]
    pub fn key(&self) -> &KeyDigest {
        &self.key
    }

    /// Check 3, and whether there is a group to resolve.
    #[must_use]
    pub fn answer(self, answer: Answer<ApiUser>) -> Step {
        let Self { mut known, key, group } = self;
        let (entity, finding) = match identify(&key, answer) {
            Ok(entity) => {
                let finding = EntityFinding::Known(entity.name);
                (Ok(entity), finding)
            }
            Err((finding, denial)) => (Err(denial), finding),
        };
        known.trace.entity = finding;
        let entity = match entity {
            Ok(entity) => entity,
            Err(denial) => return known.deny(Check::Entity, denial),
        };
        if known.policy.access() == AccessLevel::Public {
            return known.allow(Allowed::Public { entity: Some(entity) });
        }
        match group {
            Header::Missing => known.deny(Check::Group, Denial::GroupMissing),
            Header::Malformed => known.deny(Check::Group, Denial::GroupMalformed),
            Header::Value(name) => Step::Group(NeedsGroup { known, entity, name }),
        }
    }
}

fn identify(
    key: &KeyDigest,
    answer: Answer<ApiUser>,
) -> Result<Arc<ApiUser>, (EntityFinding, Denial)> {
    match answer {
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
pub struct NeedsGroup {
    known: Known,
    entity: Arc<ApiUser>,
    name: GroupName,
}

impl NeedsGroup {
    /// The name that the caller presented.
    #[must_use]
    pub fn name(&self) -> GroupName {
        self.name
    }

    /// Check 2, then check 4. Unknown, inconsistent and foreign groups get the answer of a missing role.
    #[must_use]
    pub fn answer(self, answer: Answer<Group>) -> Step {
        let Self { mut known, entity, name } = self;
        let (finding, resolved) = match answer {
            Answer::Found(group) if group.name() != name => {
                let answered = group.name();
                (GroupFinding::AnotherAnswered { asked: name, answered }, Err(Denial::Internal))
            }
            Answer::Found(group) => (GroupFinding::Known(name), Ok(group)),
            Answer::Unknown => (GroupFinding::Unknown(name), Err(Denial::RoleRequired)),
            Answer::Unusable => (GroupFinding::Inconsistent(name), Err(Denial::RoleRequired)),
            Answer::Unavailable => {
                (GroupFinding::Unavailable(name), Err(Denial::DirectoryUnavailable))
            }
            Answer::Panicked => (GroupFinding::Panicked(name), Err(Denial::Internal)),
        };
        known.trace.group = finding;
        match resolved {
            Ok(group) => check_role(known, entity, group),
            Err(denial) => known.deny(Check::Group, denial),
        }
    }
}

fn check_role(mut known: Known, entity: Arc<ApiUser>, group: Arc<Group>) -> Step {
    let roles = known.policy.roles();
    let granted = roles.iter().find_map(|role| entity.grants.find(role.number(), &group));
    let Some(grant) = granted else {
        known.trace.role = RoleFinding::NotGranted;
        return known.deny(Check::Role, Denial::RoleRequired);
    };
    known.trace.role = RoleFinding::Granted(grant);
    if !known.policy.verified() {
        return authorise(known, entity, group);
    }
    if entity.owner == group.name() {
        let home = Arc::clone(&group);
        return Step::Client(NeedsClient { known, entity, group, home });
    }
    Step::Home(NeedsHome { known, entity, group })
}

/// An evaluation that waits for the group that owns the entity: from there up, its client is looked for.
#[derive(Debug)]
pub struct NeedsHome {
    known: Known,
    entity: Arc<ApiUser>,
    group: Arc<Group>,
}

impl NeedsHome {
    /// The name of the group that owns the entity.
    #[must_use]
    pub fn name(&self) -> GroupName {
        self.entity.owner
    }

    /// The first half of check 5: without a group whose hierarchy is consistent, there is no client.
    #[must_use]
    pub fn answer(self, answer: Answer<Group>) -> Step {
        let Self { known, entity, group } = self;
        let finding = match answer {
            Answer::Found(home) if home.name() == entity.owner => {
                return Step::Client(NeedsClient { known, entity, group, home });
            }
            Answer::Found(_) => VerificationFinding::AnotherAnswered,
            Answer::Unknown | Answer::Unusable => VerificationFinding::NoHome(entity.owner),
            Answer::Unavailable => VerificationFinding::Unavailable,
            Answer::Panicked => VerificationFinding::Panicked,
        };
        unverified(known, finding)
    }
}

/// An evaluation that waits for the client of the entity.
#[derive(Debug)]
pub struct NeedsClient {
    known: Known,
    entity: Arc<ApiUser>,
    group: Arc<Group>,
    home: Arc<Group>,
}

impl NeedsClient {
    /// The group that owns the entity: its client is the one owned by the nearest group, from here up.
    #[must_use]
    pub fn home(&self) -> &Group {
        &self.home
    }

    /// The second half of check 5.
    #[must_use]
    pub fn answer(self, answer: Answer<Client>) -> Step {
        let Self { mut known, entity, group, home } = self;
        let finding = match answer {
            Answer::Found(client) if !home.is_at_or_below(client.owner) => {
                VerificationFinding::AnotherAnswered
            }
            Answer::Found(client) => match client.verification {
                Verification::Verified => {
                    known.trace.verification = VerificationFinding::Verified(client.name);
                    return authorise(known, entity, group);
                }
                Verification::Unverified => VerificationFinding::Unverified(client.name),
            },
            Answer::Unknown => VerificationFinding::NoClient,
            Answer::Unusable => VerificationFinding::Unusable,
            Answer::Unavailable => VerificationFinding::Unavailable,
            Answer::Panicked => VerificationFinding::Panicked,
        };
        unverified(known, finding)
    }
}

fn unverified(mut known: Known, finding: VerificationFinding) -> Step {
    known.trace.verification = finding;
    let denial = match finding {
        VerificationFinding::Unavailable => Denial::DirectoryUnavailable,
        VerificationFinding::AnotherAnswered | VerificationFinding::Panicked => Denial::Internal,
        _ => Denial::VerificationRequired,
    };
    known.deny(Check::Verification, denial)
}

fn authorise(mut known: Known, entity: Arc<ApiUser>, group: Arc<Group>) -> Step {
    known.trace.scope = ScopeFinding::Scope(known.policy.operation(), group.name());
    known.allow(Allowed::Authorised { entity, group })
}
