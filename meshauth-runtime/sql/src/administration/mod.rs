//! Changes of a directory, each in the name of whoever makes it.
//!
//! A change is one transaction: whoever makes it is judged again by the records as they are then, what
//! may not be given is refused, and the record of it is written beside it. All or nothing of that is
//! there afterwards.

mod access_change;
mod actor;
mod break_glass;
mod check;
mod clients;
mod consent;
mod entities;
mod error;
mod foundation;
mod four_eyes;
mod groups;
mod import;
mod judged;
mod key_care;
mod keys;
mod operators;
mod outcome;
mod people;
mod proposal_name;
mod proposals;
mod stored;
mod ulids;

use self::judged::Judged;
pub use self::{
    actor::Actor,
    break_glass::BrokenGlass,
    check::DirectoryFault,
    error::AdministrationError,
    foundation::Founder,
    four_eyes::FourEyes,
    key_care::{KeyCare, StaleKey},
    keys::IssuedKey,
    outcome::{Agreement, Outcome},
    proposal_name::{ParseProposalError, ProposalName},
    proposals::Proposal,
};
use crate::{error::SqlError, store::Store};

/// Changes groups, entities, keys, grants and clients of a directory.
///
/// Each change takes the access of whoever makes it: that of a method of the service which is a WRITE,
/// such as `CreateGroup` of its own API. The same rules hold as for every WRITE, and they are judged
/// again within the transaction: the entity is ACTIVE and holds one of the method's roles in the
/// executing group; what it changes is owned by that group; a role is granted in that group or below it,
/// and what is moved goes to where the same right is held. Nobody gives what they do not hold: a
/// role, and a key or an activation of an entity that has roles, want those very roles
/// ([`may_grant`](meshauth_runtime::Authorised::may_grant)).
///
/// ```no_run
/// use meshauth_runtime::{Authorised, GroupName, Method, Write};
/// use meshauth_sql::{Administration, AdministrationError};
///
/// /// The handler of `CreateGroup`.
/// async fn create_group<M: Method<Kind = Write>>(
///     administration: &Administration,
///     access: &Authorised<M>,
///     name: GroupName,
/// ) -> Result<(), AdministrationError> {
///     administration.create_group(access, name).await
/// }
/// ```
///
/// Every process feels a change as soon as it is committed, in some tens of milliseconds. What was
/// changed, by whom and in which call is in the table `meshauth_records`: no key is, nor its digest.
#[derive(Debug, Clone)]
pub struct Administration {
    store: Store,
}

/// What a record shows of a change: texts of JSON.
struct Told {
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl Told {
    fn new(after: serde_json::Value) -> Self {
        Self { before: None, after: Some(after) }
    }

    /// Says something more of what is there afterwards.
    fn add(&mut self, name: &str, value: serde_json::Value) {
        self.after.get_or_insert_with(|| serde_json::json!({}))[name] = value;
    }

    fn gone(before: serde_json::Value) -> Self {
        Self { before: Some(before), after: None }
    }

    fn changed(before: serde_json::Value, after: serde_json::Value) -> Self {
        Self { before: Some(before), after: Some(after) }
    }
}

impl Administration {
    /// Of the directory in this file of SQLite.
    ///
    /// # Errors
    /// A file that cannot be used, or that holds no directory of this version.
    #[cfg(feature = "sqlite")]
    pub async fn of_sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, SqlError> {
        Self::of(Store::open_sqlite(path.as_ref()).await?).await
    }

    /// Of the directory at this address of PostgreSQL. The login has the role of administrators of
    /// [`POSTGRES_ROLES`](crate::POSTGRES_ROLES).
    ///
    /// # Errors
    /// A database that cannot be reached, or that holds no directory of this version.
    #[cfg(feature = "postgres")]
    pub async fn of_postgres(url: &str) -> Result<Self, SqlError> {
        Self::of(Store::connect_postgres(url).await?).await
    }

    async fn of(store: Store) -> Result<Self, SqlError> {
        store.check_schema().await?;
        Ok(Self { store })
    }

    /// Of a database that is open.
    #[cfg(test)]
    pub(crate) fn in_store(store: Store) -> Self {
        Self { store }
    }

    /// Makes a change that widens nothing in the name of whoever makes it, with its record.
    async fn change<T>(
        &self,
        actor: Actor,
        action: &'static str,
        make: impl AsyncFnOnce(&mut Judged) -> Result<(T, Told), AdministrationError>,
    ) -> Result<T, AdministrationError> {
        let change = self.store.begin_change().await?;
        let mut judged = Judged::judge(change, actor).await?;
        let (answer, told) = make(&mut judged).await?;
        judged.commit(action, told).await?;
        Ok(answer)
    }
}
