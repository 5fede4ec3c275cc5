//! Whether what was observed is what the rules gave.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    BOUND,
    callers::{Call, Observed, Stream},
    history::{Asked, History, Time, micros},
    world::{Answer, Question},
};

/// An idle stream ends within the bound, and is then on its way to a busy machine's caller.
const SLACK: Duration = Duration::from_secs(1);

/// In which time each question was asked.
pub(crate) fn asked(observed: &Observed) -> Asked {
    let before = micros(BOUND + SLACK);
    let mut asked = Asked::new();
    let calls = observed.calls.iter().map(|call| (call.question, call.began, call.ended));
    let streams =
        observed.streams.iter().map(|stream| (stream.question, stream.opened, stream.ended));
    for (question, first, last) in calls.chain(streams) {
        let entry = asked.entry(question).or_insert((Time::MAX, Time::MIN));
        *entry = (entry.0.min(first - before), entry.1.max(last));
    }
    asked
}

#[derive(Default)]
pub(crate) struct Judge {
    pub(crate) faults: Vec<String>,
    pub(crate) answers: BTreeMap<Answer, usize>,
    pub(crate) ends: BTreeMap<Answer, usize>,
    pub(crate) messages: usize,
    /// How long before it was given an allow was right for the last time.
    pub(crate) worst_allow: Time,
    /// How long after the rules refused them streams ended.
    pub(crate) ended_after: Vec<Time>,
}

impl Judge {
    pub(crate) fn judge(&mut self, history: &History, observed: &Observed) {
        observed.calls.iter().for_each(|call| self.call(history, call));
        observed.streams.iter().for_each(|stream| self.stream(history, stream));
        self.ended_after.sort_unstable();
    }

    fn fault(&mut self, what: &str, question: Question, at: Time, history: &History) {
        let given = history.show(question, at);
        self.faults.push(format!("{what}: {question}; the rules gave {given}"));
    }

    /// Each answer was given by the rules at some moment of the call, or not longer before than the bound.
    fn call(&mut self, history: &History, call: &Call) {
        let Call { question, began, ended, answer } = *call;
        *self.answers.entry(answer).or_default() += 1;
        if !history.gave(question, answer, began - micros(BOUND), ended) {
            self.fault(&format!("{answer:?} was answered"), question, ended, history);
        } else if answer == Answer::Allow && !history.gave(question, answer, began, ended) {
            let late = history.since(question, answer, began);
            self.worst_allow = self.worst_allow.max(late.unwrap_or_default());
        }
    }

    fn stream(&mut self, history: &History, stream: &Stream) {
        let Stream { question, opened, ended, answer, messages } = stream;
        let (question, opened, ended) = (*question, *opened, *ended);
        for (made, came) in messages {
            self.messages += 1;
            if !history.gave(question, Answer::Allow, made - micros(BOUND), *came) {
                self.fault("a message came", question, *came, history);
            } else if !history.gave(question, Answer::Allow, *made, *came) {
                let late = history.since(question, Answer::Allow, *made);
                self.worst_allow = self.worst_allow.max(late.unwrap_or_default());
            }
        }
        let refused = history.longest_refusal(question, opened, ended);
        if refused > micros(BOUND + SLACK) {
            self.fault("a stream lived on", question, ended, history);
        }
        let Some(answer) = *answer else { return };
        *self.ends.entry(answer).or_default() += 1;
        if history.gave(question, answer, ended - micros(BOUND + SLACK), ended) {
            self.ended_after.extend(history.since(question, Answer::Allow, ended));
        } else {
            self.fault(&format!("a stream ended with {answer:?}"), question, ended, history);
        }
    }
}
