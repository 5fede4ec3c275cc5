//! Page tokens: a cursor goes to the caller and comes back, and is good for nothing elsewhere.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::authoriser::{Access, Method};

/// The longest cursor that can be sealed, in bytes.
pub const MAX_CURSOR: usize = 4096;

const SECRET_LENGTH: usize = 32;
const BLOCK_LENGTH: usize = 64;
const TAG_LENGTH: usize = 32;
const VERSION: u8 = 1;

/// The longest text that a sealed cursor makes.
const MAX_TOKEN: usize = (1 + TAG_LENGTH + MAX_CURSOR).div_ceil(3) * 4;

/// No other use of the same secret, and no other version, makes the same input.
const DOMAIN: &[u8] = b"meshauth page token v1\0";

/// Seals the cursor of a list into the token of its next page, and opens what comes back.
///
/// A token is bound to the method and the executing group of the call that it was made in. One that
/// was minted in another group, for another method, with another secret, or by the caller, does
/// not open: so a cursor cannot carry a caller past the scope of its own call.
///
/// A cursor is authenticated, **not encrypted**: whoever has the token can read it. A token is not
/// bound to one caller and does not expire: another one with a role in the same group may go on
/// with the list. What else must not change from page to page, such as a filter, belongs in the
/// cursor, for the handler to compare.
///
/// The secret is 32 random bytes, the same in every process that serves the method. To change it,
/// run with the new one first and the old one as [`previous`](Self::with_previous), as long as old
/// tokens should open. Secrets are overwritten when they are dropped.
///
/// ```
/// use meshauth_runtime::{Authorised, Method, PageTokenError, PageTokens};
///
/// // An empty page token asks for the first page.
/// fn start<M: Method>(
///     tokens: &PageTokens,
///     access: &Authorised<M>,
///     page_token: &str,
/// ) -> Result<Option<Vec<u8>>, PageTokenError> {
///     if page_token.is_empty() {
///         return Ok(None);
///     }
///     tokens.open(access, page_token).map(Some)
/// }
/// # let tokens = PageTokens::new([7; 32]).with_previous([6; 32]);
/// # assert_eq!(format!("{tokens:?}"), "PageTokens(redacted)");
/// ```
#[derive(Clone)]
pub struct PageTokens {
    /// The first one seals.
    secrets: Vec<Zeroizing<[u8; SECRET_LENGTH]>>,
}

impl PageTokens {
    /// Seals and opens with this secret.
    #[must_use]
    pub fn new(secret: [u8; SECRET_LENGTH]) -> Self {
        Self { secrets: vec![Zeroizing::new(secret)] }
    }

    /// The same, and opens what was sealed with this secret, too.
    #[must_use]
    pub fn with_previous(self, secret: [u8; SECRET_LENGTH]) -> Self {
        // In one new list: one that grows in place would leave a copy behind.
        let mut secrets = Vec::with_capacity(self.secrets.len() + 1);
        secrets.extend(self.secrets.iter().cloned());
        secrets.push(Zeroizing::new(secret));
        Self { secrets }
    }

    /// A token for the next page of this call: letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// A cursor longer than [`MAX_CURSOR`], which could not be opened again.
    pub fn seal<M: Method>(
        &self,
        access: &impl Access<M>,
        cursor: &[u8],
    ) -> Result<String, CursorTooLong> {
        if cursor.len() > MAX_CURSOR {
            return Err(CursorTooLong);
        }
        let tag = mac(&self.secrets[0], access, cursor).finalize();
        let token = [&[VERSION], tag.as_bytes().as_slice(), cursor].concat();
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    /// The cursor in a token that was sealed for the same method in the same executing group.
    ///
    /// # Errors
    /// Anything else, and not what.
    pub fn open<M: Method>(
        &self,
        access: &impl Access<M>,
        token: &str,
    ) -> Result<Vec<u8>, PageTokenError> {
        if token.len() > MAX_TOKEN {
            return Err(PageTokenError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| PageTokenError)?;
        let Some(([VERSION], sealed)) = bytes.split_first_chunk() else {
            return Err(PageTokenError);
        };
        let (tag, cursor) = sealed.split_first_chunk::<TAG_LENGTH>().ok_or(PageTokenError)?;
        // Every secret is tried, so that the time does not tell which one it was; each comparison
        // is in constant time.
        let is_sealed = self.secrets.iter().fold(false, |sealed, secret| {
            sealed | mac(secret, access, cursor).verify(&(*tag).into()).is_ok()
        });
        if is_sealed { Ok(cursor.to_vec()) } else { Err(PageTokenError) }
    }
}

/// What is authenticated. Every part has a fixed length or its length before it, so that no two
/// calls with their cursors make the same input.
fn mac<M: Method>(
    secret: &[u8; SECRET_LENGTH],
    access: &impl Access<M>,
    cursor: &[u8],
) -> Hmac<Sha256> {
    let with_length = |mac: Hmac<Sha256>, part: &[u8]| {
        mac.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    };
    // HMAC fills a key up to a block with zeros; here that cannot fail.
    let mut key = Zeroizing::new([0; BLOCK_LENGTH]);
    key[..SECRET_LENGTH].copy_from_slice(secret);
    let mac = Hmac::<Sha256>::new((&*key).into()).chain_update(DOMAIN);
    let mac = with_length(mac, M::POLICY.path().as_bytes());
    let mac = match access.executing_group() {
        Some(group) => mac.chain_update([1]).chain_update(group.ulid().to_be_bytes()),
        None => mac.chain_update([0]),
    };
    with_length(mac, cursor)
}

impl fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageTokens(redacted)")
    }
}

/// A token that does not open. It does not say why: a caller who forges one learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not one of this list")]
pub struct PageTokenError;

/// A cursor longer than [`MAX_CURSOR`]: a fault of the handler, not of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is longer than {MAX_CURSOR} bytes")]
pub struct CursorTooLong;

#[cfg(feature = "tonic")]
impl From<PageTokenError> for tonic::Status {
    /// `INVALID_ARGUMENT`.
    fn from(error: PageTokenError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

#[cfg(feature = "tonic")]
impl From<CursorTooLong> for tonic::Status {
    /// As [`Denial::Internal`](crate::Denial::Internal): the caller can do nothing about it.
    fn from(_: CursorTooLong) -> Self {
        crate::decision::Denial::Internal.into()
    }
}

#[cfg(test)]
mod tests;
