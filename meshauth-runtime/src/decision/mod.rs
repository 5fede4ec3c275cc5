//! The decision and how it came about: checks, denials, traces, shadow mode.

mod check;
mod denial;
mod evaluate;
mod explain;
mod fault;
mod shadow;
mod trace;

pub(crate) use self::evaluate::{
    Answer, ClientMiss, NoNotes, Question, Records, Ruling, Time, denial_of_group, evaluate,
};
pub(crate) use self::shadow::outcome;
pub use self::{
    check::{Check, Outcome},
    denial::{DOMAIN, Denial},
    explain::{Decision, Verdict},
    fault::Fault,
    shadow::{MAX_SHADOW, Shadow, ShadowError, Shadowable, ShadowedChecks},
    trace::{
        EntityFinding, GroupFinding, MethodFinding, RoleFinding, ScopeFinding, Trace,
        VerificationFinding,
    },
};
