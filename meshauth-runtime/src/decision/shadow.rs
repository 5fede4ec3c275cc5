//! Shadow mode: a check that decides and is recorded, but lets the call through.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{check::Check, denial::Denial};

/// The longest time that a shadow can be switched on for: 90 days.
pub const MAX_SHADOW: Duration = Duration::from_secs(90 * 24 * 3600);

/// A check that can be put into shadow mode. Who calls and in which group is always decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shadowable {
    /// Check 4: a call without a role is let through. This check is the wall between groups: while
    /// it is in shadow mode, any active API user may act in any known group.
    Role,
    /// Check 5: a call without a verified client is let through.
    Verification,
    /// Check 6, as the guard makes it: a message with a resource outside the scope passes. What a
    /// handler asks of its [`Scope`](crate::Scope) itself is answered as ever.
    Scope,
}

impl From<Shadowable> for Check {
    fn from(shadowed: Shadowable) -> Self {
        match shadowed {
            Shadowable::Role => Self::Role,
            Shadowable::Verification => Self::Verification,
            Shadowable::Scope => Self::Scope,
        }
    }
}

/// Checks that are made, and whose refusal is recorded instead of told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShadowedChecks {
    pub(crate) role: bool,
    pub(crate) verification: bool,
    pub(crate) scope: bool,
}

impl ShadowedChecks {
    /// Every check counts.
    pub const NONE: Self = Self { role: false, verification: false, scope: false };

    /// Whether the check is among them.
    #[must_use]
    pub fn contains(self, check: Shadowable) -> bool {
        match check {
            Shadowable::Role => self.role,
            Shadowable::Verification => self.verification,
            Shadowable::Scope => self.scope,
        }
    }
}

/// What came of a call, in a word: log, spans and metrics have the same.
pub(crate) fn outcome(denial: Option<Denial>, shadowed: ShadowedChecks) -> &'static str {
    match denial {
        Some(denial) => denial.reason(),
        None if shadowed == ShadowedChecks::NONE => "ALLOW",
        None => "SHADOW",
    }
}

impl FromIterator<Shadowable> for ShadowedChecks {
    fn from_iter<I: IntoIterator<Item = Shadowable>>(checks: I) -> Self {
        checks.into_iter().fold(Self::NONE, |all, check| match check {
            Shadowable::Role => Self { role: true, ..all },
            Shadowable::Verification => Self { verification: true, ..all },
            Shadowable::Scope => Self { scope: true, ..all },
        })
    }
}

impl fmt::Display for ShadowedChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [Shadowable::Role, Shadowable::Verification, Shadowable::Scope];
        let mut shadowed = all.into_iter().filter(|check| self.contains(*check)).map(Check::from);
        if let Some(first) = shadowed.next() {
            write!(f, "{first}")?;
        }
        shadowed.try_for_each(|check| write!(f, ", {check}"))
    }
}

/// Checks in shadow mode, for a time and with a reason: to introduce meshauth to a service whose
/// callers do not hold their roles yet.
///
/// A shadowed check is made, and its refusal is loud in log, metrics and audit, but the call goes
/// on. When the time is over, the check counts again, by itself.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use meshauth_runtime::{Authoriser, MemoryDirectory, Shadow, Shadowable};
///
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 3600);
/// let shadow = Shadow::new([Shadowable::Role], tomorrow, "roles are granted until Friday, OPS-12")?;
/// let authoriser = Authoriser::builder(MemoryDirectory::new(Default::default())?).shadow(shadow).build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Shadow {
    checks: ShadowedChecks,
    until: SystemTime,
    reason: Arc<str>,
}

impl Shadow {
    /// These checks in shadow mode until then.
    ///
    /// # Errors
    /// Without a check or a reason, for a time that is over, and for more than [`MAX_SHADOW`].
    pub fn new(
        checks: impl IntoIterator<Item = Shadowable>,
        until: SystemTime,
        reason: &str,
    ) -> Result<Self, ShadowError> {
        Self::new_at(SystemTime::now(), checks.into_iter().collect(), until, reason)
    }

    fn new_at(
        now: SystemTime,
        checks: ShadowedChecks,
        until: SystemTime,
        reason: &str,
    ) -> Result<Self, ShadowError> {
        if checks == ShadowedChecks::NONE {
            return Err(ShadowError::NoCheck);
        }
        if reason.trim().is_empty() {
            return Err(ShadowError::NoReason);
        }
        match until.duration_since(now) {
            Ok(left) if left > MAX_SHADOW => Err(ShadowError::TooLong),
            Ok(left) if !left.is_zero() => Ok(Self { checks, until, reason: reason.into() }),
            _ => Err(ShadowError::Over),
        }
    }

    /// The checks that are shadowed now: none when the time is over.
    pub(crate) fn checks(&self) -> ShadowedChecks {
        self.checks_at(SystemTime::now())
    }

    fn checks_at(&self, now: SystemTime) -> ShadowedChecks {
        if now < self.until { self.checks } else { ShadowedChecks::NONE }
    }

    /// Why it is switched on.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it ends.
    #[must_use]
    pub fn until(&self) -> SystemTime {
        self.until
    }

    /// Which checks it holds while it lasts.
    #[must_use]
    pub fn shadowed(&self) -> ShadowedChecks {
        self.checks
    }
}

/// A shadow mode that cannot be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShadowError {
    /// No check is named.
    #[error("shadow mode needs a check to be shadowed")]
    NoCheck,
    /// Nobody says why.
    #[error("shadow mode needs a reason, for those who find it in the log")]
    NoReason,
    /// It would end before it begins.
    #[error("shadow mode needs an end that is still to come")]
    Over,
    /// It would last longer than [`MAX_SHADOW`].
    #[error("shadow mode lasts 90 days at most, after that it is set again")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;
    const SECOND: Duration = Duration::from_secs(1);

    fn role_until(until: SystemTime) -> Result<Shadow, ShadowError> {
        Shadow::new_at(NOW, [Shadowable::Role].into_iter().collect(), until, "because")
    }

    #[test]
    fn a_shadow_needs_a_check_a_reason_and_an_end() {
        let refused = |checks, reason| Shadow::new_at(NOW, checks, NOW + SECOND, reason).err();
        assert_eq!(refused(ShadowedChecks::NONE, "because"), Some(ShadowError::NoCheck));
        let role = [Shadowable::Role].into_iter().collect();
        assert_eq!(refused(role, " \t"), Some(ShadowError::NoReason));
        assert_eq!(refused(role, "because"), None);
        assert_eq!(role_until(NOW).err(), Some(ShadowError::Over));
        assert_eq!(role_until(NOW - SECOND).err(), Some(ShadowError::Over));
        assert_eq!(role_until(NOW + MAX_SHADOW + SECOND).err(), Some(ShadowError::TooLong));
        assert!(role_until(NOW + MAX_SHADOW).is_ok());
    }

    #[test]
    fn a_shadow_ends_by_itself() {
        let shadow = role_until(NOW + SECOND).unwrap();
        assert!(shadow.checks_at(NOW).contains(Shadowable::Role));
        assert!(!shadow.checks_at(NOW).contains(Shadowable::Verification));
        assert_eq!(shadow.checks_at(NOW + SECOND), ShadowedChecks::NONE);
    }
}
