//! What can go wrong with a database.

use std::{fmt, io};

use meshauth_runtime::WorldError;

/// What can go wrong with a database. It repeats no value of a row, no URL and no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The database cannot be reached, or cannot work.
    #[error("the database is out of reach: {0}")]
    Unreachable(Outage),
    /// The database is a standby, or takes no changes: what it holds may be behind the truth.
    #[error("the database is a standby or read-only, connect to the primary")]
    Standby,
    /// A rule of the directory refuses the change, and nothing was changed.
    #[error("the change is refused: {0}")]
    Refused(Refusal),
    /// Another change came in between, and nothing was changed. Try again.
    #[error("another change came in between, try again")]
    Conflict,
    /// The connection ended during the commit: the change may have been made.
    #[error("the connection ended during the commit, look whether the change was made")]
    Unconfirmed,
    /// An operation of the same change failed or was cancelled, so that the rest of it would be
    /// half a change. Begin a new one.
    #[error("an operation of this change failed before, begin a new change")]
    Abandoned,
    /// A record is there and cannot be used.
    #[error(transparent)]
    Unusable(UnusableRecord),
    /// The records do not make one consistent directory. The constraints of the tables prevent it,
    /// so somebody has taken them away.
    #[error("the records of the database contradict each other: {0}")]
    Inconsistent(WorldError),
    /// The tables are not of a version that this one works with.
    #[error(transparent)]
    Schema(SchemaError),
    /// The login lacks a right that the statement needs.
    #[error("the login lacks a right on the tables of meshauth, grant it one of the three roles")]
    Forbidden,
    /// The database answers with an error that is none of these. The code is its own: an `SQLSTATE`
    /// of PostgreSQL, or a result code of SQLite.
    #[error("the database answers with the error {0}")]
    Fault(String),
}

/// Why a database is out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// The address is not one of a database.
    Address,
    /// The network or the file system failed.
    Io(io::ErrorKind),
    /// No encrypted connection could be made.
    Tls,
    /// All connections are in use, or none could be opened in time.
    TimedOut,
    /// The connection is closed, or broke.
    Closed,
    /// The database said so: its `SQLSTATE` (PostgreSQL) or result code (SQLite).
    Code(String),
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("its address cannot be read"),
            Self::Io(kind) => kind.fmt(f),
            Self::Tls => f.write_str("no encrypted connection could be made"),
            Self::TimedOut => f.write_str("no connection was free or could be opened in time"),
            Self::Closed => f.write_str("the connection is closed"),
            Self::Code(code) => write!(f, "it answers with the error {code}"),
        }
    }
}

/// Which rule of the directory refuses a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The name, credential or grant is there before.
    #[error("it is there already")]
    Duplicate,
    /// The group has a client: a group owns at most one.
    #[error("the group owns a client already")]
    SecondClient,
    /// What the change is about is not there.
    #[error("there is nothing of this name")]
    NotFound,
    /// The group that is named as the owner, or as the place of a grant, is not there.
    #[error("the group it names is not there")]
    UnknownGroup,
    /// The group would be above itself.
    #[error("the group would be above itself")]
    Cycle,
    /// More than [`MAX_OWNERS`](meshauth_runtime::MAX_OWNERS) groups would be above a group.
    #[error("more than 64 groups would be above a group")]
    TooDeep,
    /// Groups, entities, clients or grants are in the group.
    #[error("groups, entities, clients or grants are still in it")]
    InUse,
    /// A credential would end before it begins.
    #[error("it is never valid, it ends before it begins")]
    NeverValid,
    /// A credential would end at a time that the system does not know.
    #[error("the overlap is too long, the old credential would not end")]
    NeverEnds,
    /// A name is not in its canonical form.
    #[error("a name is not in its canonical form")]
    NotCanonical,
    /// Names do not change.
    #[error("names do not change")]
    Renamed,
    /// Something it refers to is not there, or something refers to it.
    #[error("it refers to something that is not there, or something refers to it")]
    Reference,
    /// Another constraint of the tables, by its name.
    #[error("it breaks the constraint {0}")]
    Constraint(String),
}

/// A record that is there and cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableRecord {
    pub(crate) table: &'static str,
    /// In its canonical form. A text that is none may be anything, and is not repeated.
    pub(crate) name: Option<String>,
    pub(crate) fault: &'static str,
}

impl UnusableRecord {
    /// The table of the record.
    #[must_use]
    pub const fn table(&self) -> &'static str {
        self.table
    }

    /// The name of the group, entity or client it belongs to, if that can be read.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Display for UnusableRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a record of {}", self.table)?;
        if let Some(name) = &self.name {
            write!(f, " ({name})")?;
        }
        write!(f, " cannot be used: {}", self.fault)
    }
}

impl std::error::Error for UnusableRecord {}

/// Tables of a version that this one does not work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// There are no tables of meshauth.
    #[error("the database has no tables of meshauth, migrate it first")]
    Missing,
    /// The tables are older than this version.
    #[error("the tables have version {found}, this program needs {needed}: migrate the database")]
    Older {
        /// The version of the tables.
        found: i64,
        /// The version that this one needs.
        needed: i64,
    },
    /// There are no tables for a copy of the paths of groups, or the database is that of a directory,
    /// which has its paths itself.
    #[error(
        "the database has no tables for a copy of the paths of groups, make them first; a directory's \
         own database needs none"
    )]
    NoPaths,
    /// A newer version has changed the tables so that this one cannot use them any more.
    #[error(
        "the tables need a program that knows version {needed}, this one knows {known}: use a \
         newer version of meshauth-sql"
    )]
    Newer {
        /// The oldest version that can use the tables.
        needed: i64,
        /// The newest version that this one knows.
        known: i64,
    },
    /// A migration that was applied is not the one of this number here.
    #[error("migration {0} was applied in another form, the tables are not those of meshauth-sql")]
    Changed(i64),
}
