//! A world as a directory file has it.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::{
    credential::{Credential, KeyDigest, Validity},
    directory::world::{World, WorldError, WorldFault},
    names::GroupName,
    records::{Client, Entity, EntityState},
};

impl World {
    /// The text of a directory file with all of this, which [`World::from_json`] reads: groups, entities
    /// and clients in the order of their names, so that two texts of one world are equal.
    ///
    /// # Errors
    /// A time that such a file cannot write: it ends with the year 9999.
    pub fn to_json(&self) -> Result<String, WorldError> {
        let mut groups = self.groups().to_vec();
        groups.sort_unstable();
        let mut entities: Vec<_> = self.entities().iter().collect();
        entities.sort_by_key(|entity| entity.name());
        let mut clients: Vec<_> = self.clients().iter().collect();
        clients.sort_by_key(|client| client.name());
        let entities: Vec<_> = (0..).zip(entities).map(entity).collect::<Result<_, _>>()?;
        let file = json!({
            "groups": groups.into_iter().map(group).collect::<Vec<_>>(),
            "entities": entities,
            "clients": clients.into_iter().map(client).collect::<Vec<_>>(),
        });
        Ok(format!("{file:#}\n"))
    }
}

fn group((name, owner): (GroupName, Option<GroupName>)) -> Value {
    match owner {
        Some(owner) => json!({ "name": name.to_string(), "owner": owner.to_string() }),
        None => json!({ "name": name.to_string() }),
    }
}

fn entity((index, entity): (usize, &Entity)) -> Result<Value, WorldError> {
    let state = match entity.state() {
        EntityState::Active => "ACTIVE",
        EntityState::Inactive => "INACTIVE",
    };
    let credentials = (0..).zip(entity.credentials()).map(|(nth, (held, validity))| {
        let out_of_range = |field: &str| {
            let path = format!("entities[{index}].credentials[{nth}].{field}");
            WorldError::new(path, WorldFault::OutOfRange)
        };
        credential(held, validity, out_of_range)
    });
    let mut grants: Vec<_> = entity.grants().iter().map(|grant| grant.to_string()).collect();
    grants.sort_unstable();
    Ok(json!({
        "name": entity.name().to_string(),
        "owner": entity.owner().to_string(),
        "state": state,
        "credentials": credentials.collect::<Result<Vec<_>, _>>()?,
        "roles": grants,
    }))
}

fn credential(
    credential: &Credential,
    validity: Validity,
    out_of_range: impl Fn(&str) -> WorldError,
) -> Result<Value, WorldError> {
    let Credential::ApiKey(digest) = credential;
    let mut row = Map::from_iter([("key_sha256".to_owned(), Value::from(hex(digest)))]);
    for (field, time) in
        [("valid_from", validity.valid_from()), ("valid_until", validity.valid_until())]
    {
        if let Some(time) = time {
            let text = rfc3339(time).ok_or_else(|| out_of_range(field))?;
            row.insert(field.to_owned(), text.into());
        }
    }
    Ok(row.into())
}

fn hex(digest: &KeyDigest) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let bytes = digest.as_bytes().iter();
    bytes.flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

fn rfc3339(time: SystemTime) -> Option<String> {
    Some(jiff::Timestamp::try_from(time).ok()?.to_string())
}

fn client(client: &Client) -> Value {
    json!({
        "name": client.name().to_string(),
        "owner": client.owner().to_string(),
        "type": client.client_type().name(),
        "verification_status": client.status().name(),
    })
}
