//! When credentials were last used, to the hour.

use meshauth_runtime::KeyDigest;

use super::{
    Store,
    statement::{Arg, Statement},
};
use crate::error::SqlError;

/// In the order of the digests, so that two services do not wait for each other in a circle. A
/// credential that is gone meanwhile is passed over, and an hour never goes back.
const NOTE: Statement = Statement::new(
    "INSERT INTO meshauth_last_used (digest, hour) \
     SELECT digest, $2 FROM meshauth_credentials \
     WHERE digest IN (SELECT unhex(value) FROM json_each($1)) \
     ON CONFLICT (digest) DO UPDATE SET hour = excluded.hour \
     WHERE meshauth_last_used.hour < excluded.hour",
    "INSERT INTO meshauth_last_used (digest, hour) \
     SELECT digest, $2 FROM meshauth_credentials \
     WHERE digest IN (SELECT decode(named, 'hex') FROM unnest($1::text[]) AS named) \
     ORDER BY digest \
     ON CONFLICT (digest) DO UPDATE SET hour = excluded.hour \
     WHERE meshauth_last_used.hour < excluded.hour",
);
const NOTED: Statement = Statement::new(
    "INSERT INTO meshauth_uses_noted (only_row, first_hour, last_hour) VALUES (1, $1, $1) \
     ON CONFLICT (only_row) DO UPDATE SET last_hour = excluded.last_hour \
     WHERE meshauth_uses_noted.last_hour < excluded.last_hour",
    "INSERT INTO meshauth_uses_noted (only_row, first_hour, last_hour) VALUES (1, $1, $1) \
     ON CONFLICT (only_row) DO UPDATE SET last_hour = excluded.last_hour \
     WHERE meshauth_uses_noted.last_hour < excluded.last_hour",
);

/// An hour of the tables, in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

impl Store {
    /// These were used in the hour that begins then (in microseconds since 1970).
    pub(crate) async fn note_uses(&self, digests: &[KeyDigest], hour: i64) -> Result<(), SqlError> {
        let mut session = self.write().await?;
        let digests = digests.iter().map(hex).collect();
        session.execute(&NOTE, &[Arg::Names(digests), Arg::Number(hour)]).await?;
        session.execute(&NOTED, &[Arg::Number(hour)]).await?;
        session.commit().await
    }
}

/// As `KeyDigest` reads it.
pub(crate) fn hex(digest: &KeyDigest) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in digest.as_bytes() {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
