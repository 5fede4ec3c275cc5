//! Where groups, API users and clients are looked up.

#[cfg(feature = "json")]
mod json;
mod memory;

use std::{
    fmt,
    future::{self, Future, IntoFuture, Ready},
    pin::Pin,
    sync::Arc,
};

use futures_util::future::Either;

#[cfg(feature = "json")]
pub use self::json::LoadError;
pub use self::memory::{GroupEntry, MemoryDirectory, World, WorldError, WorldFault};
use crate::{
    entity::{ApiUser, Client},
    group::Group,
    key::KeyDigest,
    name::GroupName,
};

/// Where groups, API users and clients are looked up.
///
/// An implementation answers for exactly what it was asked, byte for byte: a store that compares
/// names without regard to case is no directory. (In SQL: a column of names or digests needs a
/// collation that compares bytes, such as `COLLATE "C"` in Postgres, `BINARY` in `SQLite`, and
/// never `NOCASE` or `utf8mb4_0900_ai_ci`.) A record of another key or group than the one asked for
/// is refused. Its errors, its panics and its silence are denials, never an allow.
///
/// A look-up that is answered later borrows the directory, and copies what it needs of its question
/// (`let key = *key;`).
///
/// ```
/// use std::sync::Arc;
/// use meshauth_runtime::{
///     ApiUser, Client, Directory, DirectoryError, Group, GroupName, KeyDigest, Lookup, Record,
/// };
///
/// struct Database { /* a pool of connections */ }
///
/// impl Database {
///     async fn select_group(&self, name: GroupName) -> Result<Record<Arc<Group>>, DirectoryError> {
///         // SELECT owner, owners FROM groups WHERE name = $1
///         let stored: Option<(Option<GroupName>, Vec<GroupName>)> = None;
///         let Some((owner, owners)) = stored else { return Ok(Record::Unknown) };
///         Ok(Group::new(name, owner, &owners).map_or(Record::Unusable, |group| Record::Found(Arc::new(group))))
///     }
/// }
///
/// impl Directory for Database {
///     fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
///         Lookup::later(self.select_group(name))
///     }
///     fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>> {
///         Lookup::now(Ok(Record::Unknown))
///     }
///     fn client(&self, home: &Group) -> Lookup<'_, Client> {
///         Lookup::now(Ok(Record::Unknown))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a directory",
    label = "expected a directory, such as a `MemoryDirectory`",
    note = "a directory that may have failed to load is a `Result`: handle its error first, as by `?`"
)]
pub trait Directory: Send + Sync + 'static {
    /// The API user whose key has this digest. A record with a malformed grant is
    /// [`Record::Unusable`]; one that is inactive may be answered without its grants.
    fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>>;

    /// The group with this name. One whose parent is unknown, or whose hierarchy [`Group::new`]
    /// refuses, is [`Record::Unusable`].
    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>>;

    /// The client of an entity that `home` owns: the one owned by the nearest group in the
    /// hierarchy of `home`, walking up from `home` itself. (In SQL: `WHERE owner = ANY($1) ORDER BY
    /// array_position($1, owner) DESC`.)
    fn client(&self, home: &Group) -> Lookup<'_, Client>;
}

/// One directory for several owners.
impl<D: Directory + ?Sized> Directory for Arc<D> {
    fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>> {
        (**self).api_user(key)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        (**self).group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        (**self).client(home)
    }
}

/// What a directory holds on a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record<T> {
    /// This.
    Found(T),
    /// Nothing.
    Unknown,
    /// Something that breaks a rule: it is never repaired or used in part.
    Unusable,
}

/// What a look-up ends with.
pub type LookupResult<T> = Result<Record<T>, DirectoryError>;

/// A look-up: answered at once, or later.
///
/// A directory in memory answers at once, and then a decision allocates nothing.
#[must_use = "a look-up does nothing until it is awaited"]
pub struct Lookup<'a, T>(pub(crate) Pending<'a, T>);

pub(crate) enum Pending<'a, T> {
    Now(LookupResult<T>),
    Later(Later<'a, T>),
}

pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = LookupResult<T>> + Send + 'a>>;

impl<'a, T> Lookup<'a, T> {
    /// The answer is here.
    pub fn now(answer: LookupResult<T>) -> Self {
        Self(Pending::Now(answer))
    }

    /// The answer will come. The authorizer does not wait longer than its deadline, and drops the
    /// future then.
    pub fn later(answer: impl Future<Output = LookupResult<T>> + Send + 'a) -> Self {
        Self(Pending::Later(Box::pin(answer)))
    }
}

impl<'a, T> IntoFuture for Lookup<'a, T> {
    type Output = LookupResult<T>;
    type IntoFuture = Either<Ready<LookupResult<T>>, Later<'a, T>>;

    /// For a directory that asks another one. The authorizer itself makes no future of an answer
    /// that is here.
    fn into_future(self) -> Self::IntoFuture {
        match self.0 {
            Pending::Now(answer) => Either::Left(future::ready(answer)),
            Pending::Later(answer) => Either::Right(answer),
        }
    }
}

impl<T> fmt::Debug for Lookup<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Pending::Now(_) => "Lookup(now)",
            Pending::Later(_) => "Lookup(later)",
        })
    }
}

/// A directory that could not answer. The caller is told `DIRECTORY_UNAVAILABLE`; operators find
/// the cause in the log.
#[derive(Debug)]
pub struct DirectoryError(Box<dyn std::error::Error + Send + Sync>);

impl DirectoryError {
    /// The cause, for operators. It must not hold credentials.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the directory could not answer: {}", self.0)
    }
}

impl std::error::Error for DirectoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
