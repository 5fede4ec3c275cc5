//! What was true when: the changes in the order of their commits, and what the rules gave meanwhile.
//!
//! A change was committed at some moment between its beginning and its acknowledgement, and not before
//! those with a lower position or after those with a higher one. What may have been true at a moment is
//! taken to have been: the test never blames anybody for what it does not know.

use std::{collections::BTreeMap, time::Duration};

use crate::world::{Answer, Edit, Question, World};

/// Microseconds, by one clock of the machine.
pub(crate) type Time = i64;

pub(crate) fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_micros().try_into().unwrap()
}

pub(crate) fn micros(duration: Duration) -> Time {
    duration.as_micros().try_into().unwrap()
}

/// A change that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commit {
    pub(crate) position: i64,
    pub(crate) began: Time,
    pub(crate) acknowledged: Time,
    pub(crate) edit: Edit,
}

/// Answers to one question, each from one commit to the next that changes it.
#[derive(Debug)]
struct Span {
    answer: Answer,
    /// The first moment at which it may have been so.
    from: Time,
    /// The last one.
    to: Time,
}

pub(crate) struct History(BTreeMap<Question, Vec<Span>>);

/// In which time somebody wants to know the answer.
pub(crate) type Asked = BTreeMap<Question, (Time, Time)>;

impl History {
    /// What the rules gave to these questions while they were asked, and the world at the end.
    pub(crate) fn of(mut world: World, mut commits: Vec<Commit>, asked: &Asked) -> (Self, World) {
        commits.sort_by_key(|commit| commit.position);
        for pair in commits.windows(2) {
            assert_eq!(pair[0].position + 1, pair[1].position, "a change that nobody made");
        }
        narrow(&mut commits);
        let mut coming: Vec<_> = asked.iter().map(|(question, time)| (*time, *question)).collect();
        coming.sort_unstable_by(|one, other| other.cmp(one));
        let (mut spans, mut open) = (BTreeMap::<_, Vec<Span>>::new(), Vec::new());
        let mut since = Time::MIN;
        for at in 0..=commits.len() {
            let until = commits.get(at).map_or(Time::MAX, |commit| commit.acknowledged);
            while let Some(((_, last), question)) = coming.pop_if(|((first, _), _)| *first <= until)
            {
                open.push((last, question));
            }
            open.retain(|(last, _)| *last >= since);
            for (_, question) in &open {
                let answer = world.answer(*question);
                let spans = spans.entry(*question).or_default();
                match spans.last_mut() {
                    Some(span) if span.answer == answer => span.to = until,
                    _ => spans.push(Span { answer, from: since, to: until }),
                }
            }
            if let Some(commit) = commits.get(at) {
                world.apply(commit.edit);
                since = commit.began;
            }
        }
        (Self(spans), world)
    }

    /// Whether the rules gave this answer at some moment from `from` to `to`.
    pub(crate) fn gave(&self, question: Question, answer: Answer, from: Time, to: Time) -> bool {
        self.0[&question]
            .iter()
            .any(|span| span.answer == answer && span.from <= to && span.to >= from)
    }

    /// How long before this moment the rules gave this answer for the last time: none if they never did.
    pub(crate) fn since(&self, question: Question, answer: Answer, at: Time) -> Option<Time> {
        let spans =
            self.0[&question].iter().filter(|span| span.answer == answer && span.from <= at);
        spans.map(|span| (at - span.to).max(0)).min()
    }

    /// For how long at the most, of the time from `from` to `to`, the rules certainly gave no allow.
    pub(crate) fn longest_refusal(&self, question: Question, from: Time, to: Time) -> Time {
        let (mut allowed, mut longest) = (from, 0);
        for span in self.0[&question].iter().filter(|span| span.answer == Answer::Allow) {
            if span.from >= to {
                break;
            }
            longest = longest.max(span.from.saturating_sub(allowed));
            allowed = allowed.max(span.to);
        }
        longest.max(to - allowed)
    }

    /// What the rules gave, for a report of a failure.
    pub(crate) fn show(&self, question: Question, at: Time) -> String {
        let spans = self.0[&question].iter().map(|span| {
            let ms = |time: Time| match time {
                Time::MIN | Time::MAX => "..".to_owned(),
                time => ((time - at) / 1000).to_string(),
            };
            format!("{:?} {}..{} ms", span.answer, ms(span.from), ms(span.to))
        });
        spans.collect::<Vec<_>>().join(", ")
    }
}

/// No change was committed before one with a lower position, or after one with a higher one.
fn narrow(commits: &mut [Commit]) {
    let mut began = Time::MIN;
    for commit in &mut *commits {
        began = began.max(commit.began);
        commit.began = began;
    }
    let mut acknowledged = Time::MAX;
    for commit in commits.iter_mut().rev() {
        acknowledged = acknowledged.min(commit.acknowledged);
        commit.acknowledged = acknowledged;
    }
}
