//! Where groups, entities and clients are looked up.

#[cfg(feature = "json")]
mod json;
mod last_uses;
mod live;
mod lookup;
mod memory;
mod record_set;
mod revocation;
mod view;
mod world;

use std::sync::Arc;

#[cfg(feature = "json")]
pub use self::json::{JsonDirectory, LoadError};
pub use self::{
    last_uses::LastUses,
    live::{LiveView, ViewWriter},
    lookup::Lookup,
    memory::MemoryDirectory,
    record_set::{RecordQuery, RecordSet},
    revocation::{Revocation, Revocations},
    view::{GroupChange, Update, View},
    world::{World, WorldError, WorldFault},
};
pub(crate) use self::{
    live::ViewGuard,
    lookup::{Later, State},
    revocation::RevocationListener,
    view::{EntityRow, GrantRow, GroupRow},
};
use crate::{
    credential::Credential,
    names::GroupName,
    records::{Client, Entity, Group},
};

/// Where groups, entities and clients are looked up.
///
/// An implementation answers for exactly what it was asked, byte for byte: a store that compares
/// names without regard to case is no directory. (In SQL: a column of names or digests needs a
/// collation that compares bytes, such as `COLLATE "C"` in Postgres, `BINARY` in `SQLite`, and
/// never `NOCASE` or `utf8mb4_0900_ai_ci`.) A record of another credential or group than the one
/// asked for is refused. Its errors, its panics and its silence are denials, never an allow.
///
/// A look-up that is answered later borrows the directory, and copies what it needs of its question
/// (`let credential = credential.clone();`).
///
/// ```
/// use std::sync::Arc;
/// use meshauth_runtime::{
///     Client, Credential, Directory, Entity, Group, GroupName, Lookup, Miss,
/// };
///
/// struct Database { /* a pool of connections */ }
///
/// impl Database {
///     async fn select_group(&self, name: GroupName) -> Result<Arc<Group>, Miss> {
///         // SELECT owner, owners FROM groups WHERE name = $1, with errors by Miss::unavailable
///         let stored: Option<(Option<GroupName>, Vec<GroupName>)> = None;
///         let (owner, owners) = stored.ok_or(Miss::Unknown)?;
///         Group::new(name, owner, &owners).map(Arc::new).map_err(|_| Miss::Unusable)
///     }
/// }
///
/// impl Directory for Database {
///     fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
///         Lookup::later(self.select_group(name))
///     }
///     fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
///         Lookup::now(Err(Miss::Unknown))
///     }
///     fn client(&self, home: &Group) -> Lookup<'_, Client> {
///         Lookup::now(Err(Miss::Unknown))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a directory",
    label = "expected a directory, such as a `MemoryDirectory`",
    note = "a directory that may have failed to load is a `Result`: handle its error first, as by `?`"
)]
pub trait Directory: Send + Sync + 'static {
    /// The entity that has this credential, which is among those of the record. A record with a
    /// malformed grant is [`Miss::Unusable`](crate::Miss::Unusable); one that is inactive may be
    /// answered without its grants.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>>;

    /// The group with this name. One whose parent is unknown, or whose hierarchy [`Group::new`]
    /// refuses, is [`Miss::Unusable`](crate::Miss::Unusable).
    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>>;

    /// The client of an entity that `home` owns: the one owned by the nearest group in the
    /// hierarchy of `home`, walking up from `home` itself. (In SQL: `WHERE owner = ANY($1) ORDER BY
    /// array_position($1, owner) DESC`.)
    fn client(&self, home: &Group) -> Lookup<'_, Client>;

    /// All that one decision needs, in one answer. Override it if your store can read several records
    /// in one round trip; by default the set is empty, and each record is looked up by the methods
    /// above.
    ///
    /// The rules of single look-ups hold for each record in the set, and it is checked in the same
    /// way: a record of another credential or group than the one asked for, or a client from outside
    /// the hierarchy of its home, is [`Miss::Mistaken`](crate::Miss::Mistaken). An error of the whole
    /// counts as the answer about the entity.
    ///
    /// Until check 3 has passed, no group is looked up: read the executing group, the home and the
    /// client only if the credential is known and valid now and its entity is active, and otherwise
    /// leave them out of the set. Read all records as of one moment, as in one statement: then no
    /// decision sees half of a change. Read them all whatever the grants are, so that the answers to
    /// unknown and foreign groups and to missing roles cost the same number of calls.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use meshauth_runtime::{
    ///     Client, Credential, Directory, Entity, Group, GroupName, Lookup, Miss,
    ///     directory::{RecordQuery, RecordSet},
    /// };
    ///
    /// struct Database { /* a pool of connections */ }
    ///
    /// impl Database {
    ///     async fn select(
    ///         &self,
    ///         credential: Credential,
    ///         group: Option<GroupName>,
    ///         needs_client: bool,
    ///     ) -> Result<RecordSet, Miss> {
    ///         // SELECT .. FROM credentials LEFT JOIN .., with errors by Miss::unavailable
    ///         Ok(RecordSet::new().with_entity(Err(Miss::Unknown)))
    ///     }
    /// #   async fn select_entity(&self, _: Credential) -> Result<Arc<Entity>, Miss> {
    /// #       Err(Miss::Unknown)
    /// #   }
    /// }
    ///
    /// impl Directory for Database {
    ///     fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
    ///         let credential = query.credential().clone();
    ///         Lookup::later(self.select(credential, query.group(), query.needs_client()))
    ///     }
    ///     fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
    ///         Lookup::later(self.select_entity(credential.clone()))
    ///     }
    /// #   fn group(&self, _: GroupName) -> Lookup<'_, Arc<Group>> {
    /// #       Lookup::now(Err(Miss::Unknown))
    /// #   }
    /// #   fn client(&self, _: &Group) -> Lookup<'_, Client> {
    /// #       Lookup::now(Err(Miss::Unknown))
    /// #   }
    ///     // ..
    /// }
    /// ```
    fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
        let _ = query;
        Lookup::now(Ok(RecordSet::new()))
    }

    /// All of it, if it is in memory: then no look-up is made, and a decision costs no allocation.
    /// A directory that asks elsewhere leaves this as it is.
    ///
    /// It is the same one for as long as the directory lives, whatever changes in it: what a handler
    /// asks of its access later is looked up in it. A directory that wraps another one and forwards
    /// this is not asked by `entity`, `group` and `client` any more.
    fn view(&self) -> Option<&LiveView> {
        None
    }

    /// The handle by which its changes are announced, if it has one: the authoriser listens to it
    /// from the start. One that has a [view](Self::view) has the view's.
    fn revocations(&self) -> Option<Revocations> {
        self.view().map(LiveView::revocations)
    }

    /// Where it is noted which credentials let calls in, if the directory keeps when each was last
    /// used. It is the same one for as long as the directory lives.
    fn last_uses(&self) -> Option<&LastUses> {
        None
    }
}

/// One directory for several owners.
impl<D: Directory + ?Sized> Directory for Arc<D> {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        (**self).entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        (**self).group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        (**self).client(home)
    }

    fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
        (**self).records(query)
    }

    fn view(&self) -> Option<&LiveView> {
        (**self).view()
    }

    fn revocations(&self) -> Option<Revocations> {
        (**self).revocations()
    }

    fn last_uses(&self) -> Option<&LastUses> {
        (**self).last_uses()
    }
}
