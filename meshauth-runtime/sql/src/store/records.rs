//! Reads groups, clients and entities: all, or some by their names.

use std::{iter::Peekable, vec};

use meshauth_runtime::{
    Client, Collections, Credential, Entity, EntityName, Grant, GroupName, KeyDigest, Validity,
};

use super::{
    session::{Row, Session},
    statement::{Arg, Statement},
    text::{Reader, client_type, state, verification},
};
use crate::error::SqlError;

/// Which records to read.
pub(super) enum Selection {
    All,
    /// Those of these names, as the tables have them.
    Named(Vec<String>),
}

/// One query for all records of a table, and for those of some names.
struct Query {
    table: &'static str,
    all: Statement,
    named: Statement,
}

macro_rules! query {
    ($select:literal, $table:literal, $key:literal, $rest:literal) => {
        Query {
            table: $table,
            all: Statement::shared(concat!($select, " FROM ", $table, " ", $rest)),
            // An array tells the planner of PostgreSQL how few they are, which a subquery does not.
            named: Statement::new(
                concat!(
                    $select,
                    " FROM ",
                    $table,
                    " WHERE ",
                    $key,
                    " IN (SELECT value FROM json_each($1)) ",
                    $rest
                ),
                concat!($select, " FROM ", $table, " WHERE ", $key, " = ANY($1) ", $rest),
            ),
        }
    };
}

const GROUPS: Query = query!("SELECT name, owner", "meshauth_groups", "name", "ORDER BY name");
const CLIENTS: Query = query!(
    "SELECT name, owner, type, verification_status",
    "meshauth_clients",
    "name",
    "ORDER BY name"
);
const ENTITIES: Query =
    query!("SELECT name, owner, state", "meshauth_entities", "name", "ORDER BY name");
const CREDENTIALS: Query = query!(
    "SELECT entity, digest, valid_from, valid_until",
    "meshauth_credentials",
    "entity",
    "ORDER BY entity, digest"
);
// One row for each entity: a row has its cost, whatever is in it.
const GRANTS: Query = query!(
    "SELECT entity, string_agg(granted_in || '/roles/' || role, ' ')",
    "meshauth_grants",
    "entity",
    "GROUP BY entity ORDER BY entity"
);

/// A group and its parent, as a world has them.
pub(super) type GroupRecord = (GroupName, Option<GroupName>);

impl Session {
    async fn select(
        &mut self,
        query: &Query,
        selection: &Selection,
        take: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        match selection {
            Selection::All => self.each(&query.all, &[], take).await,
            Selection::Named(names) if names.is_empty() => Ok(()),
            Selection::Named(names) => {
                self.each(&query.named, &[Arg::Names(names.clone())], take).await
            }
        }
    }

    /// In the order of their names.
    pub(super) async fn groups(
        &mut self,
        selection: &Selection,
    ) -> Result<Vec<GroupRecord>, SqlError> {
        let reader = Reader { table: GROUPS.table, collections: Collections::new() };
        let mut groups = Vec::new();
        self.select(&GROUPS, selection, |row| {
            let owner = row.optional_text(1)?.map(|owner| reader.group(owner)).transpose()?;
            groups.push((reader.group(row.text(0)?)?, owner));
            Ok(())
        })
        .await?;
        Ok(groups)
    }

    /// In the order of their names.
    pub(super) async fn clients(
        &mut self,
        selection: &Selection,
        collections: Collections,
    ) -> Result<Vec<Client>, SqlError> {
        let reader = Reader { table: CLIENTS.table, collections };
        let mut clients = Vec::new();
        self.select(&CLIENTS, selection, |row| {
            let name = reader.client(row.text(0)?)?;
            let unusable = |fault| reader.unusable(Some(name.to_string()), fault);
            let kind = client_type(row.text(2)?).ok_or_else(|| unusable("its type is unknown"))?;
            let status = verification(row.text(3)?)
                .ok_or_else(|| unusable("its verification status is unknown"))?;
            clients.push(Client::new(name, reader.group(row.text(1)?)?, kind, status));
            Ok(())
        })
        .await?;
        Ok(clients)
    }

    /// In the order of their names. Each of the three tables is read once, in the same order.
    pub(super) async fn entities(
        &mut self,
        selection: &Selection,
        collections: Collections,
    ) -> Result<Vec<Entity>, SqlError> {
        let credentials = self.credentials(selection, collections).await?;
        let mut credentials = Belongings::new(CREDENTIALS.table, credentials);
        let mut grants = Belongings::new(GRANTS.table, self.grants(selection, collections).await?);
        let reader = Reader { table: ENTITIES.table, collections };
        let mut entities = Vec::new();
        self.select(&ENTITIES, selection, |row| {
            let name = reader.entity(row.text(0)?)?;
            let state = state(row.text(2)?)
                .ok_or_else(|| reader.unusable(Some(name.to_string()), "its state is unknown"))?;
            let mut entity = Entity::new(name, reader.group(row.text(1)?)?).with_state(state);
            while let Some((credential, validity)) = credentials.next_of(name) {
                entity = entity.with_credential_during(credential, validity);
            }
            entities.push(match grants.next_of(name) {
                Some(grants) => entity.with_grants(grants),
                None => entity,
            });
            Ok(())
        })
        .await?;
        credentials.finish()?;
        grants.finish()?;
        Ok(entities)
    }

    async fn credentials(
        &mut self,
        selection: &Selection,
        collections: Collections,
    ) -> Result<Vec<(EntityName, (Credential, Validity))>, SqlError> {
        let reader = Reader { table: CREDENTIALS.table, collections };
        let mut credentials = Vec::new();
        self.select(&CREDENTIALS, selection, |row| {
            let entity = reader.entity(row.text(0)?)?;
            let digest = row.bytes(1)?.try_into().map_err(|_| {
                reader.unusable(Some(entity.to_string()), "a digest is not 32 bytes long")
            })?;
            let credential = Credential::from(KeyDigest::from_bytes(digest));
            let (from, until) = (row.optional_number(2)?, row.optional_number(3)?);
            credentials.push((entity, (credential, reader.validity(entity, from, until)?)));
            Ok(())
        })
        .await?;
        Ok(credentials)
    }

    async fn grants(
        &mut self,
        selection: &Selection,
        collections: Collections,
    ) -> Result<Vec<(EntityName, Vec<Grant>)>, SqlError> {
        let reader = Reader { table: GRANTS.table, collections };
        let mut grants = Vec::new();
        self.select(&GRANTS, selection, |row| {
            let entity = reader.entity(row.text(0)?)?;
            let parsed = row.text(1)?.split(' ').map(str::parse).collect::<Result<_, _>>();
            let unusable =
                |_| reader.unusable(Some(entity.to_string()), "a grant is not canonical");
            grants.push((entity, parsed.map_err(unusable)?));
            Ok(())
        })
        .await?;
        Ok(grants)
    }
}

/// What belongs to entities, in the order of their names.
struct Belongings<T> {
    table: &'static str,
    rest: Peekable<vec::IntoIter<(EntityName, T)>>,
}

impl<T> Belongings<T> {
    fn new(table: &'static str, all: Vec<(EntityName, T)>) -> Self {
        Self { table, rest: all.into_iter().peekable() }
    }

    fn next_of(&mut self, entity: EntityName) -> Option<T> {
        self.rest.next_if(|(of, _)| *of == entity).map(|(_, belonging)| belonging)
    }

    /// What is left belongs to nobody: it is not passed over, for then the order was not kept.
    fn finish(mut self) -> Result<(), SqlError> {
        let Some((entity, _)) = self.rest.next() else { return Ok(()) };
        let reader = Reader { table: self.table, collections: Collections::new() };
        Err(reader.unusable(Some(entity.to_string()), "its entity is not there"))
    }
}
