//! How a caller proved itself, as far as safeguards ask.

use std::time::Duration;

/// How a caller proved itself: what the safeguards of a method ask about.
///
/// An API key is sent with each call, so it is one factor of no age. What else there is to know comes
/// from what was presented; a tool that explains decisions says it, with
/// [`Presented::with_authentication`](crate::Presented::with_authentication).
///
/// ```
/// use std::time::Duration;
/// use meshauth_runtime::Authentication;
///
/// let signed_in = Authentication::NOW.with_second_factor().aged(Duration::from_secs(90));
/// assert!(signed_in.has_second_factor());
/// assert_eq!(signed_in.age(), Some(Duration::from_secs(90)));
/// assert_eq!(signed_in.of_unknown_age().age(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Authentication {
    second_factor: bool,
    /// When the call starts; none if it is not known.
    age: Option<Duration>,
}

impl Authentication {
    /// By one factor, with the call itself.
    pub const NOW: Self = Self { second_factor: false, age: Some(Duration::ZERO) };

    /// The same, and by a second factor.
    #[must_use]
    pub const fn with_second_factor(self) -> Self {
        Self { second_factor: true, ..self }
    }

    /// The same, so long before the call starts.
    #[must_use]
    pub const fn aged(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }

    /// The same, nobody knows how long before. To a method with a
    /// [`max_age`](crate::MethodPolicy::max_age) that is too long.
    #[must_use]
    pub const fn of_unknown_age(self) -> Self {
        Self { age: None, ..self }
    }

    /// Whether there was a second factor.
    #[must_use]
    pub const fn has_second_factor(self) -> bool {
        self.second_factor
    }

    /// How long before the call starts; none if it is not known.
    #[must_use]
    pub const fn age(self) -> Option<Duration> {
        self.age
    }
}
