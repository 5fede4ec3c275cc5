//! A decision, and how it came about: for operators.

use std::fmt;

use super::{
    check::{Check, Outcome},
    denial::Denial,
    fault::Fault,
    shadow::{Shadowable, ShadowedChecks},
    trace::{RoleFinding, Trace},
};
use crate::{
    names::GroupName,
    policy::{MethodPolicy, Role},
};

/// Allow or deny. There is nothing in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The call may run.
    Allow,
    /// The call is refused.
    Deny {
        /// What the caller is told.
        denial: Denial,
        /// The check that decided.
        by: Check,
    },
}

/// A decision with its trace. It explains itself to operators (`Display`), and holds no secret:
/// names only.
#[derive(Debug, Clone)]
pub struct Decision<'p> {
    policy: Option<&'p MethodPolicy>,
    trace: Trace,
    verdict: Verdict,
    /// The caller did not wait for the directory as long as we would have.
    hurried: bool,
}

impl<'p> Decision<'p> {
    pub(crate) const fn new(
        policy: Option<&'p MethodPolicy>,
        trace: Trace,
        verdict: Verdict,
        hurried: bool,
    ) -> Self {
        Self { policy, trace, verdict, hurried }
    }

    /// The policy that was applied; none if the method has none.
    #[must_use]
    pub fn policy(&self) -> Option<&'p MethodPolicy> {
        self.policy
    }

    /// What each check saw.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Allow or deny.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The denial, if the call is refused.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match self.verdict {
            Verdict::Allow => None,
            Verdict::Deny { denial, .. } => Some(denial),
        }
    }

    /// The check that refused the call.
    #[must_use]
    pub fn refused_by(&self) -> Option<Check> {
        match self.verdict {
            Verdict::Allow => None,
            Verdict::Deny { by, .. } => Some(by),
        }
    }

    /// What operators have to mend, whatever the caller was told. A directory that the caller gave
    /// no time has no fault.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.trace.fault().filter(|fault| !(self.hurried && *fault == Fault::DirectoryUnavailable))
    }

    /// The checks that the call failed, but was let through by shadow mode.
    #[must_use]
    pub fn shadowed(&self) -> ShadowedChecks {
        let allowed = matches!(self.verdict, Verdict::Allow);
        let failed = |check: Shadowable| self.trace.outcome(check.into()) == Outcome::Fail;
        let checks = [Shadowable::Role, Shadowable::Verification];
        checks.into_iter().filter(|check| allowed && failed(*check)).collect()
    }

    /// The role by which the call passed check 4, and the group in which it is granted.
    #[must_use]
    pub fn granted(&self) -> Option<(Role<'p>, GroupName)> {
        let grant = self.trace.granted()?;
        Some((self.policy?.role(grant.role())?, grant.group()))
    }

    /// What the check saw, in a line: what `Display` shows of it.
    #[must_use]
    pub fn explanation(&self, check: Check) -> impl fmt::Display + '_ {
        Explanation(self, check)
    }

    fn explain(&self, check: Check, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trace { group, entity, role, verification, scope, .. } = self.trace;
        match check {
            Check::Method => match self.policy {
                Some(policy) => write!(f, "{} has a policy", policy.path()),
                None => f.write_str("the method has no policy"),
            },
            Check::Group => write!(f, "{group}"),
            Check::Entity => write!(f, "{entity}"),
            Check::Role => match (self.granted(), role, self.policy) {
                (Some((role, group)), ..) => write!(f, "{} granted in {group}", role.name()),
                (None, RoleFinding::NotGranted, Some(policy)) => {
                    f.write_str("none of these is granted in the executing group or above:")?;
                    policy.roles().try_for_each(|role| write!(f, " {}", role.name()))
                }
                _ => write!(f, "{role}"),
            },
            Check::Verification => write!(f, "{verification}"),
            Check::Scope => write!(f, "{scope}"),
        }
    }
}

struct Explanation<'a>(&'a Decision<'a>, Check);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.explain(self.1, f)
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Allow => match self.shadowed() {
                ShadowedChecks::NONE => f.write_str("allowed")?,
                shadowed => write!(f, "allowed by shadow mode alone, it fails by {shadowed}")?,
            },
            Verdict::Deny { denial, by } => {
                write!(f, "denied with {} by check {} ({by})", denial.reason(), by.number())?;
            }
        }
        for check in Check::ALL.iter().copied() {
            let outcome = match self.trace.outcome(check) {
                Outcome::Pass => "pass",
                Outcome::Fail => "FAIL",
                Outcome::Skip => "-",
            };
            write!(f, "\n  {} {check:<12} {outcome:<4} ", check.number())?;
            self.explain(check, f)?;
        }
        Ok(())
    }
}
