//! What changed since a position.

use std::{cmp::Ordering, collections::BTreeSet};

use meshauth_runtime::{Client, ClientName, Entity, EntityName, GroupName};

use super::{
    Store,
    position::Position,
    records::Selection,
    session::Session,
    statement::{Arg, Statement},
    text::{Reader, client_text, entity_text},
};
use crate::error::SqlError;

/// With more rows in the log than this, the whole is read again: that costs little more by then.
const MAX_CHANGES: i64 = 4096;

/// What to do to be at the present position.
#[derive(Debug)]
pub(crate) enum ChangesSince {
    /// Put these records in the place of the old ones.
    Changes(Changes),
    /// Read the whole again: it is another history, the log does not reach back so far, or too much
    /// has changed.
    Reload,
}

/// The present records of all that changed; none where there is no record any more.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::option_option, reason = "a group is gone, or a root, or below another one")]
pub(crate) struct Changes {
    pub(crate) position: Position,
    pub(crate) groups: Vec<(GroupName, Option<Option<GroupName>>)>,
    pub(crate) entities: Vec<(EntityName, Option<Entity>)>,
    pub(crate) clients: Vec<(ClientName, Option<Client>)>,
}

const HAS_POSITION: Statement = Statement::shared(
    "SELECT position FROM meshauth_changes WHERE position = $1 AND mark = $2 LIMIT 1",
);
const CHANGED: Statement = Statement::shared(
    "SELECT kind, name FROM meshauth_changes WHERE position > $1 ORDER BY position LIMIT $2",
);
const PRUNE: Statement = Statement::shared("DELETE FROM meshauth_changes WHERE position < $1");

impl Store {
    /// The present records of exactly what the log names since this position, in one transaction. A
    /// standby is refused.
    pub(crate) async fn changes_since(&self, known: &Position) -> Result<ChangesSince, SqlError> {
        let mut session = self.read().await?;
        let position = session.position().await?;
        let changes = if position == *known {
            let (groups, entities, clients) = <_>::default();
            Some(Changes { position, groups, entities, clients })
        } else if session.has_position(known).await? {
            self.read_changes(&mut session, known, position).await?
        } else {
            None
        };
        session.commit().await?;
        Ok(changes.map_or(ChangesSince::Reload, ChangesSince::Changes))
    }

    /// The names that the log has since this position; none if it does not reach back so far, or
    /// too much has changed.
    pub(crate) async fn changed_since(
        &self,
        known: &Position,
    ) -> Result<(Position, Option<Names>), SqlError> {
        let mut session = self.read().await?;
        let position = session.position().await?;
        let names = if position == *known {
            Some(Names::default())
        } else if session.has_position(known).await? {
            self.changed_names(&mut session, known).await?
        } else {
            None
        };
        session.commit().await?;
        Ok((position, names))
    }

    /// Forgets the log before this position. Whoever is not that far yet reads the whole again.
    pub(crate) async fn prune_log(&self, before: &Position) -> Result<u64, SqlError> {
        let mut session = self.write().await?;
        let pruned = session.execute(&PRUNE, &[Arg::Number(before.number)]).await?;
        session.commit().await?;
        Ok(pruned)
    }

    async fn read_changes(
        &self,
        session: &mut Session,
        known: &Position,
        position: Position,
    ) -> Result<Option<Changes>, SqlError> {
        let Some(names) = self.changed_names(session, known).await? else { return Ok(None) };
        // The tables of groups have full names, and one spelling.
        let text = names.groups.iter().map(ToString::to_string).collect();
        let groups = session.groups(&Selection::Named(text)).await?;
        let text = names.entities.iter().copied().map(entity_text).collect();
        let entities = session.entities(&Selection::Named(text), self.collections).await?;
        let text = names.clients.iter().copied().map(client_text).collect();
        let clients = session.clients(&Selection::Named(text), self.collections).await?;
        Ok(Some(Changes {
            position,
            groups: beside(names.groups, groups.into_iter()),
            entities: beside(
                names.entities,
                entities.into_iter().map(|entity| (entity.name(), entity)),
            ),
            clients: beside(
                names.clients,
                clients.into_iter().map(|client| (client.name(), client)),
            ),
        }))
    }

    /// None if there are too many.
    pub(super) async fn changed_names(
        &self,
        session: &mut Session,
        known: &Position,
    ) -> Result<Option<Names>, SqlError> {
        let reader = Reader { table: "meshauth_changes", collections: self.collections };
        let (mut names, mut rows) = (Names::default(), 0);
        let args = [Arg::Number(known.number), Arg::Number(MAX_CHANGES + 1)];
        session
            .each(&CHANGED, &args, |row| {
                rows += 1;
                let name = row.text(1)?;
                match row.text(0)? {
                    "GROUP" => drop(names.groups.insert(reader.group(name)?)),
                    "ENTITY" => drop(names.entities.insert(reader.entity(name)?)),
                    "CLIENT" => drop(names.clients.insert(reader.client(name)?)),
                    _ => return Err(reader.unusable(None, "it is of an unknown kind")),
                }
                Ok(())
            })
            .await?;
        Ok((rows <= MAX_CHANGES).then_some(names))
    }
}

impl Session {
    /// Whether the log holds this position, with this mark. It may not even if there is nothing
    /// after it, as when an older database was put in the place of this one.
    pub(super) async fn has_position(&mut self, position: &Position) -> Result<bool, SqlError> {
        let args = [Arg::Number(position.number), Arg::Text(position.mark.clone())];
        Ok(self.one(&HAS_POSITION, &args, |row| row.number(0)).await?.is_some())
    }
}

/// The names of all that changed.
#[derive(Default)]
pub(crate) struct Names {
    pub(super) groups: BTreeSet<GroupName>,
    entities: BTreeSet<EntityName>,
    clients: BTreeSet<ClientName>,
}

impl Names {
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupName> + '_ {
        self.groups.iter().copied()
    }

    pub(crate) fn entities(&self) -> impl Iterator<Item = EntityName> + '_ {
        self.entities.iter().copied()
    }

    pub(crate) fn has_clients(&self) -> bool {
        !self.clients.is_empty()
    }
}

/// Puts to each name its record, if it is among them. Both are in the order of names.
fn beside<N: Ord + Copy, R>(
    names: BTreeSet<N>,
    records: impl Iterator<Item = (N, R)>,
) -> Vec<(N, Option<R>)> {
    let mut records = records.peekable();
    let pair = |name: N| {
        let record = records.next_if(|(of, _)| of.cmp(&name) == Ordering::Equal);
        (name, record.map(|(_, record)| record))
    };
    names.into_iter().map(pair).collect()
}
