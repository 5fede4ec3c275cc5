//! All that is wrong with what was set, said at once.

use crate::error::{Error, ErrorKind};

/// All that is wrong with the settings.
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    pub(super) fn add(&mut self, what: String) {
        self.0.push(what);
    }

    pub(super) fn keep<T: Default>(&mut self, result: Result<T, String>) -> T {
        result.unwrap_or_else(|fault| {
            self.add(fault);
            T::default()
        })
    }

    /// # Errors
    /// All of them, if there are any.
    pub(super) fn none(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(ErrorKind::Option(self.0.join("\n")).into()) }
    }
}
