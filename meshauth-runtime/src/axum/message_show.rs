//! Whether a handler showed the messages of its call to the guard, which cannot see them itself.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use http::Extensions;

// It begins with none of these.
/// A handler has an access by which it can show them.
const PENDING: u8 = 1;
const SHOWN: u8 = 2;
/// It let go of that access, and had shown nothing.
const UNSHOWN: u8 = 3;

/// What became of the messages of one call, for its gate.
#[derive(Debug, Clone, Default)]
pub(super) struct MessageShow(Arc<AtomicU8>);

impl MessageShow {
    /// Lets whoever takes the access of the call say what became of its messages.
    pub(super) fn leave_in(&self, extensions: &mut Extensions) {
        extensions.insert(self.clone());
    }

    /// Whether a handler that should have shown its messages is through with them, and did not. One
    /// whose answer is still being streamed may show them yet.
    pub(super) fn was_missed(&self) -> bool {
        self.0.load(Ordering::Acquire) == UNSHOWN
    }
}

/// Held by an access for as long as it can show messages.
#[derive(Debug)]
pub(super) struct MessageShower(Option<MessageShow>);

impl MessageShower {
    /// Of the call with these extensions.
    pub(super) fn take(extensions: &mut Extensions) -> Self {
        let show = extensions.remove::<MessageShow>();
        if let Some(MessageShow(state)) = &show {
            state.store(PENDING, Ordering::Release);
        }
        Self(show)
    }

    /// A message was shown.
    pub(super) fn show(&self) {
        if let Some(MessageShow(state)) = &self.0 {
            state.store(SHOWN, Ordering::Release);
        }
    }
}

impl Drop for MessageShower {
    fn drop(&mut self) {
        if let Some(MessageShow(state)) = &self.0 {
            // What was shown stays so.
            let _ = state.compare_exchange(PENDING, UNSHOWN, Ordering::AcqRel, Ordering::Acquire);
        }
    }
}
