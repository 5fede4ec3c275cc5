//! What a caller is told to do so that it may go on (RFC 9470).

use std::{num::NonZeroU32, time::Duration};

/// What a caller must do to go on whose authentication does not suffice: prove itself again, as
/// RFC 9470 has it.
///
/// It is told over HTTP in `WWW-Authenticate`, over gRPC in the metadata of the
/// `google.rpc.ErrorInfo`, by the names of that RFC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct StepUp {
    /// In whole seconds.
    max_age: Option<NonZeroU32>,
}

impl StepUp {
    /// The error code of RFC 9470.
    pub const ERROR: &'static str = "insufficient_user_authentication";

    /// A step-up of which no more is known.
    pub(crate) const ANY: Self = Self { max_age: None };

    /// For a method that asks for an authentication of at most this age.
    pub(crate) fn within(max_age: Option<Duration>) -> Self {
        // Whole seconds are told, and 0 would ask for no age at all, which nobody can have.
        let seconds = |age: Duration| u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        Self {
            max_age: max_age
                .map(seconds)
                .map(|age| NonZeroU32::new(age).unwrap_or(NonZeroU32::MIN)),
        }
    }

    /// How long ago the caller may have proved itself, in whole seconds; none if the method does not
    /// ask.
    #[must_use]
    pub const fn max_age(self) -> Option<Duration> {
        match self.max_age {
            Some(seconds) => Some(Duration::from_secs(seconds.get() as u64)),
            None => None,
        }
    }

    /// What there is to tell: names and values, in the order of the RFC. They hold no character that
    /// would have to be quoted in a header.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn parameters(self) -> impl Iterator<Item = (&'static str, String)> {
        let max_age = self.max_age.map(|age| ("max_age", age.to_string()));
        [("error", Self::ERROR.to_owned())].into_iter().chain(max_age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_whole_seconds_and_never_as_none() {
        let told = |age| StepUp::within(Some(age)).max_age().unwrap().as_secs();
        assert_eq!(told(Duration::from_secs(300)), 300);
        assert_eq!(told(Duration::from_millis(1_999)), 1);
        assert_eq!(told(Duration::from_nanos(1)), 1);
        assert_eq!(told(Duration::MAX), u64::from(u32::MAX));
        assert_eq!(StepUp::within(None), StepUp::ANY);
    }
}
