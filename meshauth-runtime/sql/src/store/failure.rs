//! From an error of a database to ours: its texts hold values of rows, so only codes and the names
//! of constraints are kept.

use sqlx::error::DatabaseError;

use crate::error::{Outage, Refusal, SqlError};

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(_) => Self::Unreachable(Outage::Address),
            sqlx::Error::Io(error) => Self::Unreachable(Outage::Io(error.kind())),
            sqlx::Error::Tls(_) => Self::Unreachable(Outage::Tls),
            sqlx::Error::PoolTimedOut => Self::Unreachable(Outage::TimedOut),
            sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => Self::Unreachable(Outage::Closed),
            sqlx::Error::Database(error) => of_database(&*error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::fault("type"),
            _ => Self::fault("unknown"),
        }
    }
}

impl SqlError {
    pub(crate) fn fault(code: &str) -> Self {
        Self::Fault(code.to_owned())
    }

    /// The same of a commit: nobody knows what became of it, unless the database answered that it has
    /// no place (13 of SQLite) or no resources (class 53 of PostgreSQL) for it.
    pub(crate) fn of_commit(self) -> Self {
        match self {
            Self::Unreachable(Outage::Code(code))
                if code == "13" || code.len() == 5 && code.starts_with("53") =>
            {
                Self::Unreachable(Outage::Code(code))
            }
            Self::Unreachable(_) => Self::Unconfirmed,
            error => error,
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> SqlError {
    let code = error.code().unwrap_or_default().into_owned();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return of_sqlite(code, error.message());
    }
    of_postgres(code, error.constraint())
}

/// The codes of <https://www.sqlite.org/rescode.html>.
#[cfg(feature = "sqlite")]
fn of_sqlite(code: String, message: &str) -> SqlError {
    const PRIMARY: u32 = 0xFF;
    let number: u32 = code.parse().unwrap_or_default();
    match (number, number & PRIMARY) {
        (787, _) => SqlError::Refused(Refusal::Reference),
        (1555 | 2067, _) => SqlError::Refused(Refusal::Duplicate),
        // `CHECK constraint failed: meshauth_role`, or the whole message of a trigger.
        (_, 19) => SqlError::Refused(of_constraint(message.rsplit(' ').next().unwrap_or_default())),
        (_, 5 | 6) => SqlError::Conflict,
        (_, 8) => SqlError::Standby,
        // Input and output, a full disk, a file that cannot be opened.
        (_, 10 | 13 | 14) => SqlError::Unreachable(Outage::Code(code)),
        _ => SqlError::Fault(code),
    }
}

/// The codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: String, constraint: Option<&str>) -> SqlError {
    match (code.as_str(), constraint) {
        ("23514", Some(name))
        | ("23503", Some(name @ "meshauth_unknown_group"))
        | ("23505", Some(name @ "meshauth_clients_owner")) => {
            SqlError::Refused(of_constraint(name))
        }
        ("23505", _) => SqlError::Refused(Refusal::Duplicate),
        ("23503", _) => SqlError::Refused(Refusal::Reference),
        // A change in between, a deadlock, a lock that was not to be had.
        ("40001" | "40P01" | "55P03", _) => SqlError::Conflict,
        ("25006", _) => SqlError::Standby,
        ("42501", _) => SqlError::Forbidden,
        _ if is_outage(&code) => SqlError::Unreachable(Outage::Code(code)),
        _ => SqlError::Fault(code),
    }
}

/// No connection, a login that is refused, an unknown database, no resources, a server that stops
/// or starts, a file that cannot be read or written.
fn is_outage(code: &str) -> bool {
    ["08", "28", "3D", "53", "57P", "58"].iter().any(|class| code.starts_with(class))
}

fn of_constraint(name: &str) -> Refusal {
    match name {
        "meshauth_duplicate" => Refusal::Duplicate,
        "meshauth_clients_owner" => Refusal::SecondClient,
        "meshauth_unknown_group" => Refusal::UnknownGroup,
        "meshauth_cycle" => Refusal::Cycle,
        "meshauth_too_deep" => Refusal::TooDeep,
        "meshauth_never_valid" => Refusal::NeverValid,
        "meshauth_canonical" => Refusal::NotCanonical,
        "meshauth_renamed" => Refusal::Renamed,
        name => Refusal::Constraint(name.to_owned()),
    }
}
