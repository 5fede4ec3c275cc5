//! When a credential counts.

use std::time::SystemTime;

/// From when and until when a credential is valid. Outside of it the credential is refused as if
/// nobody had it.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use meshauth_runtime::Validity;
///
/// let now = SystemTime::now();
/// let validity = Validity::ALWAYS.until(now);
/// assert!(validity.contains(now - Duration::from_secs(1)));
/// assert!(!validity.contains(now));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    from: Option<SystemTime>,
    until: Option<SystemTime>,
}

impl Validity {
    /// Without a beginning or an end.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// At no time.
    pub(crate) const NEVER: Self =
        Self { from: Some(SystemTime::UNIX_EPOCH), until: Some(SystemTime::UNIX_EPOCH) };

    /// The same, valid from this time on, this time included.
    #[must_use]
    pub const fn from(self, from: SystemTime) -> Self {
        Self { from: Some(from), ..self }
    }

    /// The same, valid until this time, this time not included.
    #[must_use]
    pub const fn until(self, until: SystemTime) -> Self {
        Self { until: Some(until), ..self }
    }

    /// Whether this time lies within.
    #[must_use]
    pub fn contains(self, time: SystemTime) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether there is any time within.
    pub(crate) fn is_empty(self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }

    /// When it begins; none if it always has.
    #[must_use]
    pub const fn valid_from(self) -> Option<SystemTime> {
        self.from
    }

    /// When it ends; none if it never does.
    #[must_use]
    pub const fn valid_until(self) -> Option<SystemTime> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_validity_holds_its_beginning_and_not_its_end() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let validity = Validity::ALWAYS.from(at(10)).until(at(20));
        for (seconds, valid) in [(9, false), (10, true), (19, true), (20, false), (21, false)] {
            assert_eq!(validity.contains(at(seconds)), valid, "{seconds}");
        }
        assert!(!Validity::ALWAYS.from(at(20)).until(at(10)).contains(at(15)));
        assert!(!Validity::NEVER.contains(at(0)) && Validity::NEVER.is_empty());
        assert!(!Validity::NEVER.contains(SystemTime::UNIX_EPOCH - Duration::from_secs(1)));
        assert!(!validity.is_empty() && !Validity::ALWAYS.is_empty());
    }
}
