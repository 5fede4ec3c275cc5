//! Names, words and times as the tables have them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meshauth_runtime::{
    ClientName, ClientType, Collections, EntityName, EntityState, GroupName, Validity,
    VerificationStatus,
};

use crate::error::{SqlError, UnusableRecord};

/// The tables know one spelling: whatever collections a service has, kind and ULID identify.
const COLLECTIONS: Collections = Collections::new();

pub(crate) fn entity_text(name: EntityName) -> String {
    COLLECTIONS.entity_from_ulid(name.kind(), name.ulid()).to_string()
}

pub(crate) fn client_text(name: ClientName) -> String {
    COLLECTIONS.client_from_ulid(name.ulid()).to_string()
}

/// Reads what is in one table, with names in the collections of a service.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) table: &'static str,
    pub(super) collections: Collections,
}

impl Reader {
    pub(super) fn unusable(self, name: Option<String>, fault: &'static str) -> SqlError {
        SqlError::Unusable(UnusableRecord { table: self.table, name, fault })
    }

    pub(super) fn group(self, text: &str) -> Result<GroupName, SqlError> {
        text.parse().map_err(|_| self.unusable(None, "a name of a group is not canonical"))
    }

    pub(super) fn entity(self, text: &str) -> Result<EntityName, SqlError> {
        let name = COLLECTIONS.entity(text);
        let name = name.map_err(|_| self.unusable(None, "a name of an entity is not canonical"))?;
        Ok(self.collections.entity_from_ulid(name.kind(), name.ulid()))
    }

    pub(super) fn client(self, text: &str) -> Result<ClientName, SqlError> {
        let name = COLLECTIONS.client(text);
        let name = name.map_err(|_| self.unusable(None, "a name of a client is not canonical"))?;
        Ok(self.collections.client_from_ulid(name.ulid()))
    }

    pub(super) fn validity(
        self,
        entity: EntityName,
        from: Option<i64>,
        until: Option<i64>,
    ) -> Result<Validity, SqlError> {
        let time = |micros: i64| {
            time(micros).ok_or_else(|| {
                self.unusable(Some(entity.to_string()), "a time is out of the range of the system")
            })
        };
        let mut validity = Validity::ALWAYS;
        if let Some(from) = from {
            validity = validity.from(time(from)?);
        }
        if let Some(until) = until {
            validity = validity.until(time(until)?);
        }
        Ok(validity)
    }
}

pub(crate) const fn state_word(state: EntityState) -> &'static str {
    match state {
        EntityState::Active => "ACTIVE",
        EntityState::Inactive => "INACTIVE",
    }
}

pub(super) fn state(word: &str) -> Option<EntityState> {
    [EntityState::Active, EntityState::Inactive]
        .into_iter()
        .find(|state| state_word(*state) == word)
}

pub(super) fn client_type(word: &str) -> Option<ClientType> {
    use ClientType::{Company, Fund, NaturalPerson, Trust};
    [NaturalPerson, Company, Fund, Trust].into_iter().find(|kind| kind.name() == word)
}

pub(crate) fn verification(word: &str) -> Option<VerificationStatus> {
    use VerificationStatus::{Failed, NotStarted, Pending, Verified};
    [NotStarted, Pending, Verified, Failed].into_iter().find(|status| status.name() == word)
}

/// Which way a time between two microseconds goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    Earlier,
    Later,
}

/// Microseconds since 1970. A time that they cannot hold is the first or last that they can.
pub(crate) fn micros(time: SystemTime, rounding: Rounding) -> i64 {
    const NANOS: i128 = 1_000;
    let nanos = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => {
            i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |nanos| -nanos)
        }
    };
    let earlier = nanos.div_euclid(NANOS);
    let between = nanos.rem_euclid(NANOS) != 0 && rounding == Rounding::Later;
    i64::try_from(earlier + i128::from(between)).unwrap_or(if nanos < 0 {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// A time for people to read.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "out of range".to_owned(), |at| at.to_string())
}

pub(crate) fn time(micros: i64) -> Option<SystemTime> {
    let distance = Duration::from_micros(micros.unsigned_abs());
    if micros < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}
