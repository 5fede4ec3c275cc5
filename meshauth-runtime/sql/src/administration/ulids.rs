//! Names that nothing else has.

use std::time::{SystemTime, UNIX_EPOCH};

use ulid::Ulid;

use super::AdministrationError;

/// Of now, and random.
pub(super) fn new_ulid() -> Result<Ulid, AdministrationError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| AdministrationError::NoRandom)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(now.as_millis()).unwrap_or_default();
    Ok(Ulid::from_parts(millis, u128::from_be_bytes(bytes)))
}
