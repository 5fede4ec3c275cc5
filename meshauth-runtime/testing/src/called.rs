//! What came of a call.

use std::fmt;

use meshauth_runtime::{Check, Decision, Denial, Method, Verdict};

/// What came of a call of the method `M`: its access or its denial, and the six checks.
///
/// Each assertion that fails shows what the checks saw.
#[must_use = "a call that nobody looks at tests nothing"]
pub struct Called<M: Method> {
    decision: Decision<'static>,
    result: Result<M::Access, Denied>,
}

impl<M: Method> Called<M> {
    /// # Panics
    /// If the access and the decision contradict each other.
    #[track_caller]
    pub(super) fn new(decision: Decision<'static>, authorised: Result<M::Access, Denial>) -> Self {
        let result = match (authorised, decision.verdict()) {
            (Ok(access), Verdict::Allow) => Ok(access),
            (Err(told), Verdict::Deny { denial, by }) if told == denial => {
                Err(Denied { denial: told, by, decision: Box::new(decision.clone()) })
            }
            _ => panic!("one call was decided in two ways, once as follows\n{decision}"),
        };
        Self { decision, result }
    }

    /// The access, or why there is none.
    ///
    /// # Errors
    /// The denial. As `Debug` it is what the six checks saw, so that `unwrap` in a test shows it.
    pub fn result(self) -> Result<M::Access, Denied> {
        self.result
    }

    /// How the decision came about.
    #[must_use]
    pub fn decision(&self) -> &Decision<'static> {
        &self.decision
    }

    /// Asserts that the call is allowed.
    ///
    /// # Panics
    /// If it is denied.
    #[track_caller]
    pub fn assert_allowed(self) -> M::Access {
        match self.result {
            Ok(access) => access,
            Err(denied) => panic!("the call should be allowed, and was {denied}"),
        }
    }

    /// Asserts that the call is denied, and what the caller is told.
    ///
    /// # Panics
    /// If it is allowed, or denied otherwise.
    #[track_caller]
    pub fn assert_denied(&self, expected: Denial) {
        assert!(
            self.decision.denial() == Some(expected),
            "the call should be denied with {}, and was {}",
            expected.reason(),
            self.decision,
        );
    }

    /// Asserts that the call is denied, by which check, and what the caller is told: several cases
    /// are told the same.
    ///
    /// # Panics
    /// If it is allowed, or denied otherwise.
    #[track_caller]
    pub fn assert_denied_by(&self, check: Check, expected: Denial) {
        let decision = &self.decision;
        assert!(
            (decision.refused_by(), decision.denial()) == (Some(check), Some(expected)),
            "the call should be denied with {} by check {} ({check}), and was {decision}",
            expected.reason(),
            check.number(),
        );
    }
}

impl<M: Method> fmt::Debug for Called<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.decision, f)
    }
}

/// A call that was denied. It shows what the six checks saw, also as `Debug`.
#[derive(Clone)]
pub struct Denied {
    denial: Denial,
    by: Check,
    decision: Box<Decision<'static>>,
}

impl Denied {
    /// What the caller is told.
    #[must_use]
    pub fn denial(&self) -> Denial {
        self.denial
    }

    /// The check that refused the call.
    #[must_use]
    pub fn refused_by(&self) -> Check {
        self.by
    }

    /// How the decision came about.
    #[must_use]
    pub fn decision(&self) -> &Decision<'static> {
        &self.decision
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.decision, f)
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Denied {}
