//! Work that no request asks for.

use std::{fmt, marker::PhantomData};

use crate::scope::Kind;

/// The longest name of a task.
const MAX_NAME: usize = 64;

/// Work of the service itself, such as a timer or a queue consumer, with the reason for it: what
/// [`Authoriser::system`](crate::Authoriser::system) gives access for.
///
/// It is READ or WRITE by its type, and declared once, as a `static`: whoever reviews the service
/// finds all of them by this name.
///
/// ```
/// use meshauth_runtime::{Read, SystemTask};
///
/// static NIGHTLY_STATEMENTS: SystemTask<Read> =
///     SystemTask::new("nightly-statements", "customers find their statement in the morning");
/// ```
///
/// A task without a reason does not compile:
///
/// ```compile_fail,E0080
/// # use meshauth_runtime::{SystemTask, Write};
/// static CLEAN_UP: SystemTask<Write> = SystemTask::new("clean-up", "");
/// ```
pub struct SystemTask<K> {
    name: &'static str,
    reason: &'static str,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> SystemTask<K> {
    /// A task of this name: up to 64 small letters, digits and `-`.
    ///
    /// # Panics
    /// If the name is of another form, or the reason is blank: in a `static`, an error of the
    /// compiler.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, reason: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "the name of a task is 1 to 64 of a-z, 0-9 and `-`");
        assert!(!reason.trim_ascii().is_empty(), "say why the task needs access");
        Self { name, reason, kind: PhantomData }
    }
}

impl<K> SystemTask<K> {
    /// Its name in audit records, log and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Why it needs access.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

const fn is_name(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    !name.is_empty() && name.len() <= MAX_NAME
}

impl<K: Kind> fmt::Debug for SystemTask<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTask")
            .field("name", &self.name)
            .field("operation", &K::OPERATION)
            .field("reason", &self.reason)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_into_every_log_and_label() {
        for name in ["nightly-statements", "a", "0", &"x".repeat(64)] {
            assert!(is_name(name.as_bytes()), "{name}");
        }
        for name in ["", "Nightly", "nightly statements", "a\"b", "a_b", "ä", &"x".repeat(65)] {
            assert!(!is_name(name.as_bytes()), "{name}");
        }
    }
}
