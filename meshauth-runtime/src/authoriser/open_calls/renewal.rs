//! The task that asks one question again, for as long as a call rests on it.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future;
use tokio::time::{self, Instant};

use super::question::{Question, Standing};
use crate::{
    authoriser::{
        admission::Refusal, call_context::CallContext, core::Lease, deadline::instant_after,
        proof::Proof,
    },
    decision::Denial,
};

/// Asks a question again and again. If it stops, the calls that rest on it are over.
pub(super) struct Renewal {
    lease: Lease,
    question: Question,
    standing: Arc<Standing>,
    /// Which part of a quarter of the bound it waits longer than the half: so questions that began
    /// together are not asked together for ever.
    phase: Duration,
    /// A revocation that is not answered yet.
    urgent: bool,
    /// Not before, after the directory did not answer.
    pause_until: Instant,
    refusal: Refusal,
}

impl Renewal {
    pub(super) fn new(
        lease: Lease,
        question: Question,
        standing: Arc<Standing>,
        phase: Duration,
    ) -> Self {
        let refusal = Refusal::of(Denial::Internal);
        let pause_until = standing.proved();
        Self { lease, question, standing, phase, urgent: false, pause_until, refusal }
    }

    pub(super) async fn run(mut self) {
        let lease = self.lease.clone();
        let bound = lease.core().max_decision_age();
        // A call may turn out to last when its decision is old: then nothing passes until it is
        // decided again, in the time that any decision may take. By what is in memory it takes none.
        let patience =
            if lease.core().is_in_memory() { Duration::ZERO } else { lease.core().deadline };
        let grace = instant_after(patience);
        self.refusal = loop {
            let ends = (self.standing.proved() + bound).max(grace);
            match time::timeout_at(ends, self.ask_when_due()).await {
                Ok(Ok(())) => {}
                Ok(Err(refusal)) => break refusal,
                // A call that joined may have brought a newer decision.
                Err(_) if self.standing.proved() + bound > Instant::now() => {}
                Err(_) => break Refusal::of(Denial::DirectoryUnavailable),
            }
        };
    }

    /// Waits until it has to be asked again, and asks. A directory that is out of reach ends
    /// nothing here.
    async fn ask_when_due(&mut self) -> Result<(), Refusal> {
        self.due().await;
        let lease = self.lease.clone();
        let core = lease.core();
        let _turn = core.open_calls().turn(core, self.urgent).await;
        let mut context = CallContext::new(self.question.presented.clone());
        context.request = core.open_calls().request_of(&self.question);
        let proof = Proof::begin(core);
        // What is said to have changed from here on is another revocation.
        self.urgent |= self.standing.take_revoked();
        match core.judge_again(self.question.entry, &mut context).await {
            Ok(admission) => {
                self.urgent = false;
                let of = (&self.question, &self.standing);
                core.open_calls().allowed_again(core, of, proof, &admission);
            }
            Err(Refusal { denial: Denial::DirectoryUnavailable, .. }) => {
                let pause = core.max_decision_age() / 20;
                self.pause_until = instant_after(pause.min(Duration::from_secs(1)));
            }
            Err(refusal) => return Err(refusal),
        }
        Ok(())
    }

    async fn due(&mut self) {
        let bound = self.lease.core().max_decision_age();
        loop {
            self.urgent |= self.standing.take_revoked();
            let due = self.standing.proved() + bound / 2 + self.phase;
            let due = if self.urgent { self.pause_until } else { due.max(self.pause_until) };
            if due <= Instant::now() {
                return;
            }
            let (due, changed) = (time::sleep_until(due), self.standing.changed());
            future::select(pin!(due), pin!(changed)).await;
        }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        let core = self.lease.core();
        core.open_calls().end_all_of(&self.question, &self.standing, self.refusal);
    }
}
