//! The look-ups of one decision, in the order of its checks.
//!
//! A walk goes as far as the directory answers at once: with records in memory that is all the way,
//! and there is no future to be made, moved or polled. Only a look-up that is answered later is
//! waited for.

use std::{panic::AssertUnwindSafe, sync::Arc};

use crate::{
    audit,
    clock::Clock,
    decide::{Answer, NeedsApiUser, NeedsClient, NeedsGroup, NeedsHome, Step, evaluate},
    decision::Verdict,
    directory::{Directory, Later, Lookup, LookupResult, Pending, Record},
    entity::{ApiUser, Client},
    group::Group,
    policy::MethodPolicy,
    presented::Presented,
    shadow::ShadowedChecks,
    trace::Trace,
};

/// A check that needs an answer, and the look-up that will give it.
pub(super) enum Waiting<'a> {
    ApiUser(NeedsApiUser<'a>, Later<'a, Arc<ApiUser>>),
    Group(NeedsGroup<'a>, Later<'a, Arc<Group>>),
    Home(NeedsHome<'a>, Later<'a, Arc<Group>>),
    Client(NeedsClient<'a>, Later<'a, Client>),
}

/// Ends with a verdict, or goes on when the look-up is answered.
type Walked<'a> = Step<Waiting<'a>>;

#[derive(Clone, Copy)]
pub(super) struct Walk<'a>(pub(super) &'a dyn Directory);

impl<'a> Walk<'a> {
    /// From the first check, which needs no look-up.
    #[inline]
    pub(super) fn start(
        self,
        policy: Option<&'static MethodPolicy>,
        presented: &'a Presented,
        shadowed: ShadowedChecks,
        trace: &'a mut Trace,
    ) -> Walked<'a> {
        self.api_user(evaluate(policy, presented, shadowed, trace)?)
    }

    #[inline]
    fn api_user(self, needs: NeedsApiUser<'a>) -> Walked<'a> {
        match ask(|| self.0.api_user(needs.key())) {
            Asked::Now(user) => self.group(needs.answer(user)?),
            Asked::Later(user) => Step::Continue(Waiting::ApiUser(needs, user)),
        }
    }

    #[inline]
    fn group(self, needs: NeedsGroup<'a>) -> Walked<'a> {
        match ask(|| self.0.group(needs.name())) {
            Asked::Now(group) => self.home(needs.answer(group)?),
            Asked::Later(group) => Step::Continue(Waiting::Group(needs, group)),
        }
    }

    #[inline]
    fn home(self, needs: NeedsHome<'a>) -> Walked<'a> {
        let Some(name) = needs.name() else { return self.client(needs.answer(None)?) };
        match ask(|| self.0.group(name)) {
            Asked::Now(home) => self.client(needs.answer(Some(home))?),
            Asked::Later(home) => Step::Continue(Waiting::Home(needs, home)),
        }
    }

    #[inline]
    fn client(self, needs: NeedsClient<'a>) -> Walked<'a> {
        match ask(|| self.0.client(needs.home())) {
            Asked::Now(client) => Step::Break(needs.answer(client)),
            Asked::Later(client) => Step::Continue(Waiting::Client(needs, client)),
        }
    }

    /// From a look-up that is not answered yet to the verdict.
    pub(super) async fn finish(self, mut waiting: Waiting<'a>, clock: &mut Clock) -> Verdict {
        loop {
            match self.go_on(waiting, clock).await {
                Step::Continue(next) => waiting = next,
                Step::Break(verdict) => return verdict,
            }
        }
    }

    async fn go_on(self, waiting: Waiting<'a>, clock: &mut Clock) -> Walked<'a> {
        match waiting {
            Waiting::ApiUser(needs, user) => self.group(needs.answer(wait(clock, user).await)?),
            Waiting::Group(needs, group) => self.home(needs.answer(wait(clock, group).await)?),
            Waiting::Home(needs, home) => self.client(needs.answer(Some(wait(clock, home).await))?),
            Waiting::Client(needs, client) => Step::Break(needs.answer(wait(clock, client).await)),
        }
    }
}

enum Asked<'a, T> {
    Now(Answer<T>),
    Later(Later<'a, T>),
}

/// Asks, and turns whatever happens into an answer.
#[inline]
fn ask<'a, T>(question: impl FnOnce() -> Lookup<'a, T>) -> Asked<'a, T> {
    // The directory is not looked at again after a panic, other than by calling it anew.
    match std::panic::catch_unwind(AssertUnwindSafe(question)) {
        Ok(Lookup(Pending::Now(result))) => Asked::Now(answer(result)),
        Ok(Lookup(Pending::Later(future))) => Asked::Later(future),
        Err(_) => Asked::Now(panicked()),
    }
}

/// The same of an answer that comes later, or too late.
async fn wait<T>(clock: &mut Clock, future: Later<'_, T>) -> Answer<T> {
    match clock.wait(future).await {
        Some(Ok(result)) => answer(result),
        Some(Err(_)) => panicked(),
        None => Answer::Unavailable,
    }
}

#[inline]
fn answer<T>(result: LookupResult<T>) -> Answer<T> {
    match result {
        Ok(Record::Found(record)) => Answer::Found(record),
        Ok(Record::Unknown) => Answer::Unknown,
        Ok(Record::Unusable) => Answer::Unusable,
        Err(error) => {
            audit::directory_failed(&error);
            Answer::Unavailable
        }
    }
}

fn panicked<T>() -> Answer<T> {
    audit::directory_panicked();
    Answer::Panicked
}
