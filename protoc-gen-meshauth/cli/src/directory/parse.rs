//! What stands on a command line, read into what it means.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{
    ClientName, ClientType, EntityName, Grant, GroupName, ParseNameError, RoleNumber,
    VerificationStatus,
};
use meshauth_sql::ProposalName;

pub(super) fn role(text: &str) -> Result<RoleNumber, String> {
    let number = text.parse().ok().and_then(RoleNumber::new);
    number.ok_or_else(|| "a role is its number in your Role enum, from 1 to 2147483647".to_owned())
}

pub(super) fn group(text: &str) -> Result<GroupName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

pub(super) fn entity(text: &str) -> Result<EntityName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

pub(super) fn client(text: &str) -> Result<ClientName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

pub(super) fn grant(text: &str) -> Result<Grant, String> {
    text.parse().map_err(|_| "a grant is written groups/../roles/NUMBER".to_owned())
}

pub(super) fn proposal(text: &str) -> Result<ProposalName, String> {
    text.parse().map_err(|error: meshauth_sql::ParseProposalError| error.to_string())
}

pub(super) fn client_type(text: &str) -> Result<ClientType, String> {
    use ClientType::{Company, Fund, NaturalPerson, Trust};
    one_of(text, &[NaturalPerson, Company, Fund, Trust], ClientType::name)
}

pub(super) fn verification(text: &str) -> Result<VerificationStatus, String> {
    use VerificationStatus::{Failed, NotStarted, Pending, Verified};
    one_of(text, &[NotStarted, Pending, Verified, Failed], VerificationStatus::name)
}

fn one_of<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// A time as `2026-11-28T12:00:00Z`.
pub(super) fn time(text: &str) -> Result<SystemTime, String> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(SystemTime::from).map_err(|_| "a time is written 2026-11-28T12:00:00Z".to_owned())
}

const HOUR: Duration = Duration::from_hours(1);

/// A number with `h` or `d` behind it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parse = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let hours = match unit {
            "h" => 1,
            "d" => 24,
            _ => return None,
        };
        HOUR.checked_mul(number.parse::<u32>().ok()?.checked_mul(hours)?)
    };
    parse().ok_or_else(|| "a duration is a number of hours or days: 12h, 90d".to_owned())
}

/// For people to read.
pub(super) fn shown(at: SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at);
    at.map_or_else(|_| "out of range".to_owned(), |at| format!("{at:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_hours_or_days() {
        assert_eq!(duration("12h"), Ok(12 * HOUR));
        assert_eq!(duration("90d"), Ok(90 * 24 * HOUR));
        for wrong in ["", "h", "12", "12m", "-1d", "1.5h", "4294967295d", "12 h", "1ü"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_those_of_the_tables() {
        assert!(client_type("FUND").is_ok() && verification("VERIFIED").is_ok());
        let expected = "expected one of NOT_STARTED, PENDING, VERIFIED, FAILED";
        assert_eq!(verification("verified"), Err(expected.to_owned()));
    }
}
