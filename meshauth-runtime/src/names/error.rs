//! Texts that are refused.

/// A text that is not in its canonical form.
///
/// It does not repeat the text: a name that does not parse may be anything, a key included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct ParseNameError {
    pub(crate) expected: &'static str,
}
