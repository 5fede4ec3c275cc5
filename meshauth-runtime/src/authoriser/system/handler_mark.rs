//! Whether a guarded handler runs: no access is made from a request but its own.

use std::cell::Cell;

thread_local! {
    /// Whether this thread runs a guarded handler now.
    static IN_HANDLER: Cell<bool> = const { Cell::new(false) };
}

/// Marks that a guarded handler runs, for as long as it is polled.
pub(crate) struct HandlerMark {
    before: bool,
}

impl HandlerMark {
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn set() -> Self {
        Self { before: IN_HANDLER.replace(true) }
    }

    pub(super) fn is_set() -> bool {
        IN_HANDLER.get()
    }
}

impl Drop for HandlerMark {
    fn drop(&mut self) {
        IN_HANDLER.set(self.before);
    }
}
