//! What a method asks for beyond its annotation.

use std::time::Duration;

use crate::credential::Authentication;

/// How the caller must have proved itself (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Safeguards {
    pub(super) second_factor: bool,
    pub(super) max_age: Option<Duration>,
}

/// The safeguards that an authentication does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnmetSafeguards {
    second_factor: bool,
    age: Option<UnmetAge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum UnmetAge {
    Unknown,
    TooOld { age: Duration, allowed: Duration },
}

impl Safeguards {
    pub(super) const NONE: Self = Self { second_factor: false, max_age: None };

    /// Whether anything is asked for.
    #[inline]
    pub(crate) const fn are_none(self) -> bool {
        !self.second_factor && self.max_age.is_none()
    }

    /// What the authentication lacks; none if it meets all.
    pub(crate) fn unmet(self, by: Authentication) -> Option<UnmetSafeguards> {
        let second_factor = self.second_factor && !by.has_second_factor();
        let age = self.max_age.and_then(|allowed| match by.age() {
            None => Some(UnmetAge::Unknown),
            Some(age) => (age > allowed).then_some(UnmetAge::TooOld { age, allowed }),
        });
        (second_factor || age.is_some()).then_some(UnmetSafeguards { second_factor, age })
    }
}

impl UnmetSafeguards {
    /// Whether a second factor is asked for, and there was none.
    #[must_use]
    pub const fn lack_second_factor(self) -> bool {
        self.second_factor
    }

    /// Whether the caller proved itself too long ago, or nobody knows when.
    #[must_use]
    pub const fn are_too_old(self) -> bool {
        self.age.is_some()
    }
}

/// As it is said of the caller: `proved itself without a second factor`.
impl std::fmt::Display for UnmetSafeguards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("proved itself ")?;
        if self.second_factor {
            f.write_str("without a second factor")?;
            f.write_str(if self.age.is_some() { ", and " } else { "" })?;
        }
        match self.age {
            None => Ok(()),
            Some(UnmetAge::Unknown) => f.write_str("nobody knows how long ago"),
            Some(UnmetAge::TooOld { age, allowed }) => {
                write!(f, "{age:?} ago, where {allowed:?} are allowed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const NANO: Duration = Duration::from_nanos(1);

    fn unmet(
        second_factor: bool,
        max_age: Option<Duration>,
        by: Authentication,
    ) -> Option<(bool, bool)> {
        let unmet = Safeguards { second_factor, max_age }.unmet(by);
        unmet.map(|unmet| (unmet.lack_second_factor(), unmet.are_too_old()))
    }

    #[test]
    fn each_safeguard_is_met_by_its_own_fact_alone() {
        let now = Authentication::NOW;
        assert_eq!(unmet(false, None, now.of_unknown_age()), None);
        assert_eq!(unmet(true, None, now), Some((true, false)));
        assert_eq!(unmet(true, None, now.with_second_factor().of_unknown_age()), None);
        assert_eq!(unmet(false, Some(MINUTE), now.aged(MINUTE + NANO)), Some((false, true)));
        assert_eq!(unmet(true, Some(MINUTE), now.aged(MINUTE + NANO)), Some((true, true)));
        assert_eq!(unmet(true, Some(MINUTE), now.aged(MINUTE)), Some((true, false)));
        assert_eq!(unmet(true, Some(MINUTE), now.with_second_factor().aged(MINUTE)), None);
    }

    #[test]
    fn t_n16_an_age_that_nobody_knows_is_too_old() {
        let unknown = Authentication::NOW.with_second_factor().of_unknown_age();
        assert_eq!(unmet(false, Some(Duration::MAX), unknown), Some((false, true)));
    }
}
