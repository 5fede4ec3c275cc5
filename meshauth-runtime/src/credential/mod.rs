//! How a caller proves itself, and what it presents.

mod api_key;
mod presented;
mod validity;

pub use self::{
    api_key::{ApiKey, KeyDigest},
    presented::{API_KEY_HEADER, GROUP_HEADER, Header, Presented},
    validity::Validity,
};

/// How an entity proves itself, as a directory knows it: never the secret itself.
///
/// ```
/// use meshauth_runtime::{ApiKey, Credential};
///
/// let key = ApiKey::parse(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
/// let credential = Credential::from(key.digest());
/// assert_eq!(format!("{credential:?}"), "ApiKey(KeyDigest(redacted))");
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credential {
    /// An API key, by its digest.
    ApiKey(KeyDigest),
}

impl From<KeyDigest> for Credential {
    fn from(digest: KeyDigest) -> Self {
        Self::ApiKey(digest)
    }
}
