//! The rows of a directory file.

use std::{collections::BTreeSet, fmt, str::FromStr, time::SystemTime};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use crate::{
    credential::{KeyDigest, Validity},
    directory::world::{World, WorldError, WorldFault},
    names::{Collections, EntityName, GroupName, ParseNameError},
    records::{Client, ClientType, Entity, EntityState, Grant, VerificationStatus},
};

/// Looks at the grants where they are in the file: the directory holds them sorted.
fn check_grants(file: &File) -> Result<(), WorldError> {
    let groups: BTreeSet<GroupName> = file.groups.iter().map(|row| row.name).collect();
    for (entity, row) in file.entities.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (grant, word) in row.roles.iter().enumerate() {
            let group = word.0.group();
            let fault = if !groups.contains(&group) {
                WorldFault::UnknownGroup(group)
            } else if !seen.insert(word.0) {
                WorldFault::Duplicate
            } else {
                continue;
            };
            return Err(WorldError::new(format!("entities[{entity}].roles[{grant}]"), fault));
        }
    }
    Ok(())
}

/// A directory as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    groups: Vec<GroupRow>,
    entities: Vec<EntityRow>,
    clients: Vec<ClientRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRow {
    #[serde(deserialize_with = "parsed")]
    name: GroupName,
    #[serde(default, deserialize_with = "parsed_if_there")]
    owner: Option<GroupName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityRow {
    /// Read in the collections of the service, which serde does not know.
    name: Unread,
    #[serde(deserialize_with = "parsed")]
    owner: GroupName,
    #[serde(deserialize_with = "parsed")]
    state: StateWord,
    credentials: Vec<CredentialRow>,
    roles: Vec<GrantWord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialRow {
    #[serde(deserialize_with = "parsed")]
    key_sha256: KeyDigest,
    #[serde(default, deserialize_with = "parsed_if_there")]
    valid_from: Option<TimeWord>,
    #[serde(default, deserialize_with = "parsed_if_there")]
    valid_until: Option<TimeWord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientRow {
    name: Unread,
    #[serde(deserialize_with = "parsed")]
    owner: GroupName,
    #[serde(rename = "type", deserialize_with = "parsed")]
    client_type: TypeWord,
    #[serde(deserialize_with = "parsed")]
    verification_status: StatusWord,
}

/// A word that is one of a few.
macro_rules! word {
    ($word:ident($value:ty), $expected:literal, { $($text:literal => $is:expr,)* }) => {
        struct $word($value);

        impl FromStr for $word {
            type Err = ParseNameError;

            fn from_str(text: &str) -> Result<Self, ParseNameError> {
                match text {
                    $($text => Ok(Self($is)),)*
                    _ => Err(ParseNameError { expected: $expected }),
                }
            }
        }
    };
}

word!(StateWord(EntityState), "ACTIVE or INACTIVE", {
    "ACTIVE" => EntityState::Active,
    "INACTIVE" => EntityState::Inactive,
});

word!(TypeWord(ClientType), "NATURAL_PERSON, COMPANY, FUND or TRUST", {
    "NATURAL_PERSON" => ClientType::NaturalPerson,
    "COMPANY" => ClientType::Company,
    "FUND" => ClientType::Fund,
    "TRUST" => ClientType::Trust,
});

word!(StatusWord(VerificationStatus), "NOT_STARTED, PENDING, VERIFIED or FAILED", {
    "NOT_STARTED" => VerificationStatus::NotStarted,
    "PENDING" => VerificationStatus::Pending,
    "VERIFIED" => VerificationStatus::Verified,
    "FAILED" => VerificationStatus::Failed,
});

/// A point in time, as RFC 3339 writes it.
struct TimeWord(SystemTime);

impl FromStr for TimeWord {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        let time = text.parse::<jiff::Timestamp>().ok();
        time.map(|time| Self(time.into())).ok_or(ParseNameError {
            expected: "a time with its offset from UTC, such as 2026-01-31T12:00:00Z",
        })
    }
}

/// A name whose collection is not known yet.
struct Unread(String);

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl FromStr for Unread {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Ok(Self(text.to_owned()))
    }
}

/// A grant as an element of a list, so that the path of a fault names its position.
#[derive(Deserialize)]
#[serde(transparent)]
struct GrantWord(#[serde(deserialize_with = "parsed")] Grant);

fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseNameError>,
{
    deserializer.deserialize_str(Word(std::marker::PhantomData))
}

/// As [`parsed`], for a field that may be left out. It may not be null: what is left out is left
/// out.
fn parsed_if_there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = ParseNameError>,
{
    parsed(deserializer).map(Some)
}

/// Reads one word. A value that is none is not repeated in the error: it may be a key in the wrong
/// place.
struct Word<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = ParseNameError>> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

impl File {
    /// The world of this file, with names in these collections.
    pub(super) fn into_world(self, collections: Collections) -> Result<World, WorldError> {
        check_grants(&self)?;
        let mut world = World::new().with_collections(collections);
        for row in self.groups {
            world.add_group(row.name, row.owner);
        }
        for (index, row) in self.entities.into_iter().enumerate() {
            let name = collections.entity(&row.name.0).map_err(|error| {
                WorldError::new(format!("entities[{index}].name"), WorldFault::Name(error))
            })?;
            world.add_entity(row.into_entity(name));
        }
        for (index, row) in self.clients.into_iter().enumerate() {
            let name = collections.client(&row.name.0).map_err(|error| {
                WorldError::new(format!("clients[{index}].name"), WorldFault::Name(error))
            })?;
            let (client_type, status) = (row.client_type.0, row.verification_status.0);
            world.add_client(Client::new(name, row.owner, client_type, status));
        }
        Ok(world)
    }
}

impl EntityRow {
    fn into_entity(self, name: EntityName) -> Entity {
        let entity = Entity::new(name, self.owner)
            .with_state(self.state.0)
            .with_grants(self.roles.into_iter().map(|word| word.0));
        self.credentials.into_iter().fold(entity, |entity, row| {
            let mut validity = Validity::ALWAYS;
            if let Some(TimeWord(from)) = row.valid_from {
                validity = validity.from(from);
            }
            if let Some(TimeWord(until)) = row.valid_until {
                validity = validity.until(until);
            }
            entity.with_credential_during(row.key_sha256, validity)
        })
    }
}
