//! Writes down when credentials were last used.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{Credential, KeyDigest, directory::LastUses};
use tokio::time;

use super::{PATIENCE, within};
use crate::{
    error::SqlError,
    log,
    store::{HOUR, Rounding, Source, micros},
};

/// How often what was used is written down.
pub(crate) const EVERY: Duration = Duration::from_secs(10);

/// Writes down, for ever, what was noted. A service whose login may not do so goes on without.
pub(crate) async fn write_down(source: Source, uses: LastUses, every: Duration) {
    let mut is_refused = false;
    loop {
        let now = SystemTime::now();
        uses.begin_hour(now);
        time::sleep(every).await;
        let credentials = uses.take();
        if credentials.is_empty() {
            continue;
        }
        let written = within(PATIENCE, note(&source, &credentials, now)).await;
        match written {
            Ok(()) => is_refused = false,
            Err(error) => {
                uses.put_back(credentials);
                // That it cannot be reached is told by whoever follows it.
                if !is_refused && !matches!(error, SqlError::Unreachable(_)) {
                    log::uses_are_not_noted(&error);
                    is_refused = true;
                }
            }
        }
    }
}

/// By a connection of its own, which is closed again: there is nothing to do for most of the time.
async fn note(source: &Source, used: &[Credential], now: SystemTime) -> Result<(), SqlError> {
    let digests: Vec<KeyDigest> = used.iter().filter_map(digest).collect();
    let hour = micros(now, Rounding::Earlier) / HOUR * HOUR;
    let store = source.open().await?;
    let noted = store.note_uses(&digests, hour).await;
    store.close().await;
    noted
}

fn digest(credential: &Credential) -> Option<KeyDigest> {
    match credential {
        Credential::ApiKey(digest) => Some(*digest),
        _ => None,
    }
}
