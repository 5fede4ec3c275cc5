//! The part of a name before its ULID.

/// A collection: lower-case words behind slashes, such as `iam/api_users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collection(&'static str);

impl Collection {
    /// # Panics
    /// If the name is not one of a collection. In a constant that is a compile-time error.
    pub(super) const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(bytes.len() <= 64, "the name of a collection has at most 64 characters");
        let mut at = 0;
        let mut starts_word = true;
        while at < bytes.len() {
            let slash = bytes[at] == b'/';
            let allowed = matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
            assert!(
                allowed || (slash && !starts_word),
                "a collection is lower-case words of letters, digits, `_` and `-`, separated by `/`"
            );
            starts_word = slash;
            at += 1;
        }
        assert!(!starts_word, "a collection ends with a word");
        Self(name)
    }

    pub(super) const fn as_str(self) -> &'static str {
        self.0
    }

    /// What follows the collection and its slash.
    pub(super) fn strip(self, text: &[u8]) -> Option<&[u8]> {
        text.strip_prefix(self.0.as_bytes())?.strip_prefix(b"/")
    }

    pub(super) const fn is(self, other: Self) -> bool {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        if left.len() != right.len() {
            return false;
        }
        let mut at = 0;
        while at < left.len() {
            if left[at] != right[at] {
                return false;
            }
            at += 1;
        }
        true
    }
}
