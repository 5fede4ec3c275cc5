//! The calls that last: decided again while they do, those that ask the same together, and ended
//! when the service shuts down.
//!
//! Rechecks begin at half the bound of a decision's age, spread over a quarter of it, and only so
//! many are under way at once. A revocation is looked up among the questions, and only those that it
//! touches are asked at once, ahead of what is merely due.

mod call_end;
mod question;
mod renewal;

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, SemaphorePermit, watch},
    task::AbortHandle,
    time::Instant,
};

pub(crate) use self::call_end::CallEnd;
use self::{
    question::{Question, Standing},
    renewal::Renewal,
};
use super::{
    admission::{Admission, Refusal},
    call_context::CallContext,
    core::{Core, Lease},
    proof::{Basis, Proof},
};
use crate::{
    audit::RequestId,
    credential::Header,
    decision::Denial,
    directory::{Revocation, RevocationListener},
    metrics,
    policy::TableEntry,
};

/// The calls that last, by what they ask.
#[derive(Debug)]
pub(crate) struct OpenCalls {
    base: Instant,
    registry: Mutex<Registry>,
    /// As many as there are open calls.
    members: watch::Sender<()>,
    /// What is due is asked by so many at once, and what was revoked by as many more.
    due: Semaphore,
    revoked: Semaphore,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Registry {
    shut_down: bool,
    calls: u64,
    asked: HashMap<Question, Asked>,
    /// Of callers without credentials: there is nothing to be asked.
    anonymous: HashMap<u64, Member>,
}

impl Registry {
    /// The number of a call that is opened. While the service shuts down it ends at once.
    fn admit(&mut self, member: &Member) -> u64 {
        if self.shut_down {
            member.end.end(Refusal::of(Denial::ShuttingDown));
        }
        self.calls += 1;
        self.calls
    }
}

/// A question that open calls rest on.
#[derive(Debug)]
struct Asked {
    standing: Arc<Standing>,
    basis: Basis,
    members: HashMap<u64, Member>,
    task: Option<AbortHandle>,
}

/// One open call.
#[derive(Debug)]
struct Member {
    end: Arc<CallEnd>,
    request: Option<RequestId>,
}

/// The place of one call among those that last. The call leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    lease: Lease,
    id: u64,
    question: Option<(Question, Arc<Standing>)>,
    _counted: watch::Receiver<()>,
}

impl OpenCalls {
    pub(super) fn new(rechecks_at_once: usize, max_decision_age: Duration) -> Self {
        let now = Instant::now();
        Self {
            // What was known to be true before this is too old for a decision.
            base: now.checked_sub(max_decision_age).unwrap_or(now),
            registry: Mutex::default(),
            members: watch::Sender::default(),
            due: Semaphore::new(rechecks_at_once),
            revoked: Semaphore::new(rechecks_at_once),
            hasher: RandomState::new(),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is opened ends at once.
    pub(super) fn is_shutting_down(&self) -> bool {
        self.registry().shut_down
    }

    /// Ends all, and each that is opened from now on.
    pub(super) fn shut_down(&self) {
        let ends = {
            let mut registry = self.registry();
            registry.shut_down = true;
            let asked = registry.asked.values().flat_map(|asked| asked.members.values());
            let all = asked.chain(registry.anonymous.values());
            all.map(|member| Arc::clone(&member.end)).collect::<Vec<_>>()
        };
        for end in ends {
            end.end(Refusal::of(Denial::ShuttingDown));
        }
    }

    /// Waits until there is none.
    pub(super) async fn all_gone(&self) {
        self.members.closed().await;
    }

    pub(super) fn count(&self) -> usize {
        self.members.receiver_count()
    }

    /// A place among those that ask now. What a view in memory answers waits for nobody.
    async fn turn(&self, core: &Core, urgent: bool) -> Option<SemaphorePermit<'_>> {
        if core.is_in_memory() {
            return None;
        }
        // Neither is ever closed.
        if urgent { &self.revoked } else { &self.due }.acquire().await.ok()
    }

    /// The id of a call that rests on the question, for the record of the next decision.
    fn request_of(&self, question: &Question) -> Option<RequestId> {
        let registry = self.registry();
        let members = &registry.asked.get(question)?.members;
        members.values().filter_map(|member| member.request).min()
    }

    /// The question was asked again, and its calls go on.
    fn allowed_again(
        &self,
        core: &Core,
        (question, standing): (&Question, &Arc<Standing>),
        proof: Proof,
        admission: &Admission,
    ) {
        let basis = Basis::of(core, question.entry, admission);
        let mut registry = self.registry();
        let Some(asked) = registry.asked.get_mut(question) else { return };
        if !Arc::ptr_eq(&asked.standing, standing) {
            return;
        }
        asked.basis = basis;
        standing.prove(proof.asked);
        if proof.is_revoked(core, question.entry, admission) {
            standing.revoke();
        }
        // Some may wait with a message in hand. What is woken may come here again.
        let ends: Vec<_> = asked.members.values().map(|member| Arc::clone(&member.end)).collect();
        drop(registry);
        for end in ends {
            end.wake();
        }
    }

    /// The answer of a question that is not asked any more.
    fn end_all_of(&self, question: &Question, standing: &Arc<Standing>, refusal: Refusal) {
        let ended = {
            let mut registry = self.registry();
            match registry.asked.get(question) {
                Some(asked) if Arc::ptr_eq(&asked.standing, standing) => {
                    registry.asked.remove(question)
                }
                _ => None,
            }
        };
        let members = ended.into_iter().flat_map(|asked| asked.members.into_values());
        members.for_each(|member| member.end.end(refusal));
    }

    /// Each question waits another part of this, and always the same.
    fn phase(&self, question: &Question, of: Duration) -> Duration {
        let part = u32::try_from(self.hasher.hash_one(question) % 1024).unwrap_or_default();
        of / 1024 * part
    }

    fn leave(&self, id: u64, question: Option<&(Question, Arc<Standing>)>) {
        let mut registry = self.registry();
        let Some((question, standing)) = question else {
            registry.anonymous.remove(&id);
            return;
        };
        let Some(asked) = registry.asked.get_mut(question) else { return };
        if !Arc::ptr_eq(&asked.standing, standing) {
            return;
        }
        asked.members.remove(&id);
        if asked.members.is_empty() {
            let task = registry.asked.remove(question).and_then(|asked| asked.task);
            drop(registry);
            // What it drops comes here again.
            task.iter().for_each(AbortHandle::abort);
        }
    }
}

impl RevocationListener for OpenCalls {
    fn revoked(&self, revocation: &Revocation) {
        let touched: Vec<_> = {
            let registry = self.registry();
            let asked = registry.asked.values();
            let touched = asked.filter(|asked| asked.basis.is_touched_by(*revocation));
            touched.map(|asked| Arc::clone(&asked.standing)).collect()
        };
        for standing in touched {
            standing.revoke();
        }
    }
}

impl Membership {
    /// Has a call decided again from here on, for as long as this lives.
    pub(crate) fn join(
        lease: Lease,
        entry: TableEntry,
        context: &CallContext,
        admission: &Admission,
        end: &Arc<CallEnd>,
    ) -> Self {
        let calls = lease.core().open_calls();
        let counted = calls.members.subscribe();
        metrics::call_opened();
        let member = Member { end: Arc::clone(end), request: context.request };
        let (id, question) = match (context.presented.credential(), context.proof) {
            (Header::Missing, _) => (calls.join_anonymous(member), None),
            (_, Some(proof)) => {
                let question = Question { entry, presented: context.presented.clone() };
                let (id, standing) = calls.join_asked(&lease, &question, proof, admission, member);
                (id, Some((question, standing)))
            }
            // What nobody decided is not kept open.
            (_, None) => {
                end.end(Refusal::of(Denial::Internal));
                (calls.join_anonymous(member), None)
            }
        };
        Self { lease, id, question, _counted: counted }
    }

    /// Whether its decision is young enough for a message to pass.
    pub(crate) fn is_fresh(&self) -> bool {
        let bound = self.lease.core().max_decision_age();
        let fresh = |standing: &Arc<Standing>| standing.proved().elapsed() < bound;
        // Who sent no credentials rests on nothing that could change.
        self.question.as_ref().is_none_or(|(_, standing)| fresh(standing))
    }
}

impl OpenCalls {
    fn join_anonymous(&self, member: Member) -> u64 {
        let mut registry = self.registry();
        let id = registry.admit(&member);
        registry.anonymous.insert(id, member);
        id
    }

    /// Lets the call rest on its question, which is asked from here on if no other call did.
    fn join_asked(
        &self,
        lease: &Lease,
        question: &Question,
        proof: Proof,
        admission: &Admission,
        member: Member,
    ) -> (u64, Arc<Standing>) {
        let core = lease.core();
        // Not under the lock: it asks the directory for its view.
        let basis = Basis::of(core, question.entry, admission);
        let mut registry = self.registry();
        let id = registry.admit(&member);
        let known = registry.asked.get_mut(question);
        let is_new = known.is_none();
        let standing = if let Some(asked) = known {
            if asked.standing.prove(proof.asked) {
                asked.basis = basis;
            }
            asked.members.insert(id, member);
            Arc::clone(&asked.standing)
        } else {
            let standing = Arc::new(Standing::new(self.base, proof.asked));
            let members = HashMap::from([(id, member)]);
            let asked = Asked { standing: Arc::clone(&standing), basis, members, task: None };
            registry.asked.insert(question.clone(), asked);
            standing
        };
        drop(registry);
        // From here on it is told; what was announced before has to be asked for.
        if proof.is_revoked(core, question.entry, admission) {
            standing.revoke();
        }
        if is_new {
            self.begin(lease, question, &standing);
        }
        (id, standing)
    }

    /// Starts the task that asks the question. Without a runtime nobody would: its calls end when it
    /// is dropped.
    fn begin(&self, lease: &Lease, question: &Question, standing: &Arc<Standing>) {
        let phase = self.phase(question, lease.core().max_decision_age() / 4);
        let renewal = Renewal::new(lease.clone(), question.clone(), Arc::clone(standing), phase);
        let Ok(runtime) = Handle::try_current() else { return };
        let task = runtime.spawn(renewal.run()).abort_handle();
        let mut registry = self.registry();
        match registry.asked.get_mut(question) {
            Some(asked) if Arc::ptr_eq(&asked.standing, standing) => asked.task = Some(task),
            _ => {
                drop(registry);
                task.abort();
            }
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        metrics::call_closed();
        self.lease.core().open_calls().leave(self.id, self.question.as_ref());
    }
}
