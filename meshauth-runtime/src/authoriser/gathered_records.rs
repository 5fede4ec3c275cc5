//! Decisions by look-ups, for a directory that asks elsewhere: it is asked for all records at once,
//! and answers with as many as it likes. The evaluation says which record it needs next, the record
//! is looked up, and the evaluation is made again with what is known by then.
//!
//! It goes as far as the directory answers at once. Only a look-up that is answered later is waited
//! for.

use std::{ops::ControlFlow, panic::AssertUnwindSafe, sync::Arc};

use super::deadline::Deadline;
use crate::{
    audit,
    credential::{Credential, Header, Validity},
    decision::{Answer, ClientMiss, NoNotes, Question, Records, evaluate},
    directory::{Directory, Later, Lookup, RecordQuery, RecordSet, State},
    names::{EntityName, GroupName},
    policy::{AccessLevel, MethodPolicy},
    records::{Client, Entity, EntityState, Grant, Group, Miss},
};

type Found<T> = Option<Result<T, Miss>>;

/// What was looked up so far for one decision.
#[derive(Debug, Default)]
pub(super) struct GatheredRecords {
    /// Whether all records were asked for at once.
    is_begun: bool,
    pub(super) entity: Found<Arc<Entity>>,
    pub(super) group: Found<Arc<Group>>,
    /// The group that owns the entity, if it is not the executing group.
    home: Found<Arc<Group>>,
    client: Found<Client>,
}

/// A record that is needed next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gap {
    Entity,
    Group(GroupName),
    Home(GroupName),
    Client,
}

/// A look-up that is answered later.
enum Pending<'a> {
    All(Later<'a, RecordSet>),
    Entity(Later<'a, Arc<Entity>>),
    Group(GroupName, Later<'a, Arc<Group>>),
    Home(GroupName, Later<'a, Arc<Group>>),
    Client(Later<'a, Client>),
}

impl GatheredRecords {
    /// Of a directory that does not answer.
    pub(super) fn out_of_reach() -> Self {
        let group = Some(Err(Miss::Unavailable));
        Self { entity: Some(Err(Miss::Unavailable)), group, ..Self::default() }
    }

    /// Looks up what the decision needs.
    pub(super) async fn gather(
        question: &Question<'_>,
        directory: &dyn Directory,
        deadline: &mut Deadline,
    ) -> Self {
        let mut gathered = Self::default();
        while let Some(pending) = gathered.advance(question, directory) {
            match pending {
                Pending::All(set) => gathered.take(question, deadline.wait(set).await),
                Pending::Entity(entity) => {
                    gathered.set_entity(question, deadline.wait(entity).await);
                }
                Pending::Group(name, group) => {
                    gathered.group = Some(named(name, deadline.wait(group).await));
                }
                Pending::Home(name, home) => {
                    gathered.home = Some(named(name, deadline.wait(home).await));
                }
                Pending::Client(client) => gathered.set_client(deadline.wait(client).await),
            }
        }
        gathered
    }

    /// As far as the directory answers at once: nothing if that is all the way.
    fn advance<'d>(
        &mut self,
        question: &Question<'_>,
        directory: &'d dyn Directory,
    ) -> Option<Pending<'d>> {
        while let ControlFlow::Break(gap) = evaluate(question, &*self, &mut NoNotes) {
            match gap {
                Gap::Entity => {
                    let Header::Value(credential) = question.presented.credential() else {
                        self.entity = Some(Err(Miss::Unknown));
                        continue;
                    };
                    if !std::mem::replace(&mut self.is_begun, true) {
                        match ask(|| directory.records(&query(question, credential))) {
                            Asked::Now(set) => self.take(question, set),
                            Asked::Later(set) => return Some(Pending::All(set)),
                        }
                        continue;
                    }
                    match ask(|| directory.entity(credential)) {
                        Asked::Now(entity) => self.set_entity(question, entity),
                        Asked::Later(entity) => return Some(Pending::Entity(entity)),
                    }
                }
                Gap::Group(name) => match ask(|| directory.group(name)) {
                    Asked::Now(group) => self.group = Some(named(name, group)),
                    Asked::Later(group) => return Some(Pending::Group(name, group)),
                },
                Gap::Home(name) => match ask(|| directory.group(name)) {
                    Asked::Now(home) => self.home = Some(named(name, home)),
                    Asked::Later(home) => return Some(Pending::Home(name, home)),
                },
                Gap::Client => {
                    let Some(Ok(home)) = self.home.as_ref().or(self.group.as_ref()) else {
                        self.client = Some(Err(Miss::Unknown));
                        continue;
                    };
                    match ask(|| directory.client(home)) {
                        Asked::Now(client) => self.set_client(client),
                        Asked::Later(client) => return Some(Pending::Client(client)),
                    }
                }
            }
        }
        None
    }

    /// What was answered at once, checked as single answers are.
    fn take(&mut self, question: &Question<'_>, set: Result<RecordSet, Miss>) {
        let RecordSet { entity, group, client } = match set {
            Ok(set) => set,
            Err(miss) => RecordSet::new().with_entity(Err(miss)),
        };
        let Some(entity) = entity else { return };
        self.set_entity(question, entity);
        let Some(Ok(entity)) = &self.entity else { return };
        let owner = entity.owner();
        if let (Header::Value(name), Some(group)) = (question.presented.group(), group) {
            self.group = Some(named(name, group));
        }
        if let Some((home, client)) = client {
            self.home = Some(named(owner, home));
            self.set_client(client);
        }
    }

    /// A record without the credential that was asked for is another one's, and one that holds it
    /// twice breaks a rule: which validity counts would be a guess.
    fn set_entity(&mut self, question: &Question<'_>, entity: Result<Arc<Entity>, Miss>) {
        let count = |entity: &Arc<Entity>| match question.presented.credential() {
            Header::Value(credential) => entity.count(credential),
            Header::Missing | Header::Malformed => 0,
        };
        self.entity = Some(entity.and_then(|entity| match count(&entity) {
            0 => Err(Miss::Mistaken),
            1 => Ok(entity),
            _ => Err(Miss::Unusable),
        }));
    }

    /// A client from outside the hierarchy is another one's.
    fn set_client(&mut self, client: Result<Client, Miss>) {
        let home = self.home.as_ref().or(self.group.as_ref());
        let above = |client: &Client| {
            home.is_some_and(|home| {
                home.as_ref().is_ok_and(|home| home.is_at_or_below(client.owner()))
            })
        };
        self.client = Some(
            client.and_then(|client| if above(&client) { Ok(client) } else { Err(Miss::Mistaken) }),
        );
    }
}

/// What the decision may need: no group on a PUBLIC method, and no client without a group.
fn query<'q>(question: &Question<'_>, credential: &'q Credential) -> RecordQuery<'q> {
    let query = RecordQuery::new(credential);
    let (Some(policy), Header::Value(group)) = (question.policy, question.presented.group()) else {
        return query;
    };
    match policy.access_level() {
        AccessLevel::Public => query,
        AccessLevel::Authorised if policy.requires_verification() => {
            query.with_group(group).with_client()
        }
        AccessLevel::Authorised => query.with_group(group),
    }
}

/// The group of this name.
pub(super) async fn look_up_group(
    directory: &dyn Directory,
    name: GroupName,
    deadline: &mut Deadline,
) -> Result<Arc<Group>, Miss> {
    let group = match ask(|| directory.group(name)) {
        Asked::Now(group) => group,
        Asked::Later(group) => deadline.wait(group).await,
    };
    named(name, group)
}

fn named(name: GroupName, group: Result<Arc<Group>, Miss>) -> Result<Arc<Group>, Miss> {
    group.and_then(|group| if group.name() == name { Ok(group) } else { Err(Miss::Mistaken) })
}

impl<'g> Records for &'g GatheredRecords {
    type Entity = &'g Arc<Entity>;
    type Group = &'g Arc<Group>;
    type Grant = Grant;
    type Gap = Gap;

    fn entity(self, _: &Credential) -> Answer<&'g Arc<Entity>, Gap> {
        lent(self.entity.as_ref(), Gap::Entity)
    }

    fn entity_name(self, entity: &'g Arc<Entity>) -> EntityName {
        entity.name()
    }

    fn is_active(self, entity: &'g Arc<Entity>) -> bool {
        entity.state() == EntityState::Active
    }

    fn validity(self, entity: &'g Arc<Entity>, credential: &Credential) -> Validity {
        // That the record has it was seen when it came.
        entity.validity(credential).unwrap_or(Validity::NEVER)
    }

    fn group(self, name: GroupName) -> Answer<&'g Arc<Group>, Gap> {
        lent(self.group.as_ref(), Gap::Group(name))
    }

    fn grant(
        self,
        entity: &'g Arc<Entity>,
        group: &'g Arc<Group>,
        policy: &MethodPolicy,
    ) -> Option<Grant> {
        entity.grants().find(policy, group)
    }

    fn grant_of(self, grant: Grant) -> Grant {
        grant
    }

    fn client(
        self,
        entity: &'g Arc<Entity>,
        executing: &'g Arc<Group>,
    ) -> ControlFlow<Gap, Result<Client, ClientMiss>> {
        // The executing group need not be looked up again.
        if entity.owner() != executing.name()
            && let Err(miss) = lent(self.home.as_ref(), Gap::Home(entity.owner()))?
        {
            return ControlFlow::Continue(Err(ClientMiss::Home(entity.owner(), miss)));
        }
        let client = lent(self.client.as_ref(), Gap::Client)?;
        ControlFlow::Continue(client.copied().map_err(ClientMiss::Client))
    }
}

fn lent<T>(found: Option<&Result<T, Miss>>, gap: Gap) -> Answer<&T, Gap> {
    match found {
        None => ControlFlow::Break(gap),
        Some(found) => ControlFlow::Continue(found.as_ref().map_err(|miss| *miss)),
    }
}

enum Asked<'a, T> {
    Now(Result<T, Miss>),
    Later(Later<'a, T>),
}

/// Asks, and turns whatever happens into an answer.
fn ask<'a, T>(question: impl FnOnce() -> Lookup<'a, T>) -> Asked<'a, T> {
    // The directory is not looked at again after a panic, other than by calling it anew.
    match std::panic::catch_unwind(AssertUnwindSafe(question)) {
        Ok(Lookup(State::Now(answer))) => Asked::Now(answer.unwrap_or(Err(Miss::Unavailable))),
        Ok(Lookup(State::Later(future))) => Asked::Later(future),
        Err(_) => {
            audit::directory_panicked();
            Asked::Now(Err(Miss::Panicked))
        }
    }
}
