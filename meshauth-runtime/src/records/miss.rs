//! A look-up without a usable record.

use std::{error::Error, fmt};

/// Why a look-up gave no usable record: the one answer all the way from the directory to the trace,
/// the log and the audit record. What the caller is told follows from it and from the check that
/// met it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Miss {
    /// The directory holds nothing of this name or credential.
    Unknown,
    /// What the directory holds breaks a rule. It is never repaired or used in part.
    Unusable,
    /// The directory answered for another credential or name than it was asked.
    Mistaken,
    /// The directory is out of reach, too slow, or not known to be fresh.
    Unavailable,
    /// The directory panicked.
    Panicked,
}

impl Miss {
    /// `Unavailable`, with the cause for operators: it is written to the log (target `meshauth`),
    /// so it must not hold a credential.
    ///
    /// ```
    /// use meshauth_runtime::Miss;
    ///
    /// # fn query() -> Result<(), std::io::Error> { Err(std::io::ErrorKind::TimedOut.into()) }
    /// let miss = query().map_err(Miss::unavailable).unwrap_err();
    /// assert_eq!(miss, Miss::Unavailable);
    /// ```
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        tracing::warn!(target: "meshauth", "the directory could not answer: {cause}");
        Self::Unavailable
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Unusable => "unusable: what the directory holds breaks a rule",
            Self::Mistaken => "the directory answered for another one than it was asked",
            Self::Unavailable => "the directory did not answer",
            Self::Panicked => "the directory panicked",
        })
    }
}
