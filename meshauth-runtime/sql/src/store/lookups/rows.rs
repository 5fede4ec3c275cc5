//! Records from the columns of a row.

use std::sync::Arc;

use meshauth_runtime::{Client, Credential, Entity, Group, KeyDigest};

use crate::{
    error::SqlError,
    store::{
        Row, Store,
        text::{Reader, client_type, state, verification},
    },
};

impl Store {
    pub(super) fn read_entity(&self, row: &Row<'_>) -> Result<Option<Arc<Entity>>, SqlError> {
        let reader = Reader { table: "meshauth_entities", collections: self.collections };
        let Some(name) = row.optional_text(2)? else { return Ok(None) };
        let name = reader.entity(name)?;
        let unusable = |fault| reader.unusable(Some(name.to_string()), fault);
        let digest =
            row.bytes(1)?.try_into().map_err(|_| unusable("a digest is not 32 bytes long"))?;
        let state = state(row.text(4)?).ok_or_else(|| unusable("its state is unknown"))?;
        let validity = reader.validity(name, row.optional_number(5)?, row.optional_number(6)?)?;
        let grants = row.optional_text(7)?.into_iter().flat_map(|grants| grants.split(' '));
        let grants = grants.map(str::parse).collect::<Result<Vec<_>, _>>();
        let entity = Entity::new(name, reader.group(row.text(3)?)?)
            .with_state(state)
            .with_credential_during(Credential::from(KeyDigest::from_bytes(digest)), validity)
            .with_grants(grants.map_err(|_| unusable("a grant is not canonical"))?);
        Ok(Some(Arc::new(entity)))
    }

    pub(super) fn read_client(
        &self,
        row: &Row<'_>,
        column: usize,
    ) -> Result<Option<Client>, SqlError> {
        let reader = Reader { table: "meshauth_clients", collections: self.collections };
        let Some(text) = row.optional_text(column)? else { return Ok(None) };
        let fields: Vec<_> = text.split(',').collect();
        let [name, owner, kind, status] = fields[..] else {
            return Err(reader.unusable(None, "it has a comma in it"));
        };
        let name = reader.client(name)?;
        let unusable = |fault| reader.unusable(Some(name.to_string()), fault);
        let kind = client_type(kind).ok_or_else(|| unusable("its type is unknown"))?;
        let status =
            verification(status).ok_or_else(|| unusable("its verification status is unknown"))?;
        Ok(Some(Client::new(name, reader.group(owner)?, kind, status)))
    }
}

pub(super) fn read_group(row: &Row<'_>, column: usize) -> Result<Option<Arc<Group>>, SqlError> {
    let reader = Reader { table: "meshauth_groups", collections: <_>::default() };
    let Some(text) = row.optional_text(column)? else { return Ok(None) };
    let fields: Vec<_> = text.split(',').collect();
    let [name, owner, path] = fields[..] else {
        return Err(reader.unusable(None, "it has a comma in it"));
    };
    let name = reader.group(name)?;
    let owner = if owner.is_empty() { None } else { Some(reader.group(owner)?) };
    let path = path.split(' ').map(|above| reader.group(above)).collect::<Result<Vec<_>, _>>()?;
    let group = Group::new(name, owner, &path);
    let unusable = |_| reader.unusable(Some(name.to_string()), "its path is not that of its owner");
    Ok(Some(Arc::new(group.map_err(unusable)?)))
}
