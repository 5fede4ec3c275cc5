//! The JSON file that a [`MemoryDirectory`] is loaded from.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use super::memory::{GroupEntry, MemoryDirectory, World, WorldError, WorldFault};
use crate::{
    entity::{ApiUser, Client, EntityState, Verification},
    grant::Grant,
    key::KeyDigest,
    name::{ApiUserName, ClientName, GroupName, ParseNameError},
};

impl MemoryDirectory {
    /// A directory from a JSON text:
    ///
    /// ```
    /// # use meshauth_runtime::MemoryDirectory;
    /// let directory = MemoryDirectory::from_json(r#"{
    ///   "groups": [
    ///     { "name": "groups/00000000000000000000000001" },
    ///     { "name": "groups/00000000000000000000000002", "owner": "groups/00000000000000000000000001" }
    ///   ],
    ///   "api_users": [{
    ///     "name": "api_users/00000000000000000000000001",
    ///     "owner": "groups/00000000000000000000000002",
    ///     "state": "ACTIVE",
    ///     "key_sha256": "c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60",
    ///     "roles": ["groups/00000000000000000000000002/roles/1000000"]
    ///   }],
    ///   "clients": [{
    ///     "name": "clients/00000000000000000000000001",
    ///     "owner": "groups/00000000000000000000000002",
    ///     "verification_status": "VERIFIED"
    ///   }]
    /// }"#)?;
    /// # Ok::<(), meshauth_runtime::directory::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// Whatever is not exactly this: an unknown, missing or repeated field, a malformed name, grant
    /// or digest, and what [`MemoryDirectory::new`] refuses. The error names the place; it repeats
    /// no value.
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            LoadError::of(Fault::Json { path, error: error.into_inner() })
        })?;
        json.end()
            .map_err(|error| LoadError::of(Fault::Json { path: String::from("."), error }))?;
        check_grants(&file)
            .and_then(|()| Self::new(file.into()))
            .map_err(|error| LoadError::of(Fault::World(error)))
    }

    /// A directory from a JSON file, in the form of [`MemoryDirectory::from_json`].
    ///
    /// # Errors
    /// As [`MemoryDirectory::from_json`], and a file that cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| LoadError {
            file: Some(path.to_owned()),
            fault: Fault::Read(error),
        })?;
        Self::from_json(&text).map_err(|error| LoadError { file: Some(path.to_owned()), ..error })
    }
}

/// A directory file that is refused: nothing of it is loaded.
pub struct LoadError {
    /// None for a text.
    file: Option<PathBuf>,
    fault: Fault,
}

enum Fault {
    Read(io::Error),
    Json { path: String, error: serde_json::Error },
    World(WorldError),
}

impl LoadError {
    fn of(fault: Fault) -> Self {
        Self { file: None, fault }
    }

    /// The JSON path of the fault, such as `$.api_users[3].roles[0]`; none if the file could not be
    /// read.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        match &self.fault {
            Fault::Read(_) => None,
            Fault::Json { path, .. } if path == "." => Some(String::from("$")),
            Fault::Json { path, .. } => Some(format!("$.{path}")),
            Fault::World(error) => Some(format!("$.{}", error.path())),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if let Some(path) = self.path() {
            write!(f, "{path}: ")?;
        }
        match &self.fault {
            Fault::Read(error) => write!(f, "the directory file cannot be read: {error}"),
            Fault::Json { error, .. } => f.write_str(&without_value(error.to_string())),
            Fault::World(error) => error.fault().fmt(f),
        }
    }
}

impl fmt::Debug for LoadError {
    /// What a program that ends with it shows: the message, and no value either.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LoadError {}

/// A value of the wrong type is not repeated either: `string "..."` becomes `a string`.
fn without_value(message: String) -> String {
    let value = |message: &str| {
        let (before, rest) = message.split_once("string \"")?;
        let (_, after) = rest.rsplit_once("\", expected")?;
        Some(format!("{before}a string, expected{after}"))
    };
    value(&message).unwrap_or(message)
}

/// Looks at the grants where they stand in the file: the directory holds them sorted.
fn check_grants(file: &File) -> Result<(), WorldError> {
    let groups: BTreeSet<GroupName> = file.groups.iter().map(|row| row.name).collect();
    for (user, row) in file.api_users.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (grant, word) in row.roles.iter().enumerate() {
            let group = word.0.group();
            let fault = if !groups.contains(&group) {
                WorldFault::UnknownGroup(group)
            } else if !seen.insert(word.0) {
                WorldFault::Twice
            } else {
                continue;
            };
            return Err(WorldError::new(format!("api_users[{user}].roles[{grant}]"), fault));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Vec<GroupRow>,
    api_users: Vec<ApiUserRow>,
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
struct ApiUserRow {
    #[serde(deserialize_with = "parsed")]
    name: ApiUserName,
    #[serde(deserialize_with = "parsed")]
    owner: GroupName,
    #[serde(deserialize_with = "parsed")]
    state: StateWord,
    #[serde(deserialize_with = "parsed")]
    key_sha256: KeyDigest,
    roles: Vec<GrantWord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientRow {
    #[serde(deserialize_with = "parsed")]
    name: ClientName,
    #[serde(deserialize_with = "parsed")]
    owner: GroupName,
    #[serde(deserialize_with = "parsed")]
    verification_status: VerificationWord,
}

struct StateWord(EntityState);

impl FromStr for StateWord {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        match text {
            "ACTIVE" => Ok(Self(EntityState::Active)),
            "INACTIVE" => Ok(Self(EntityState::Inactive)),
            _ => Err(ParseNameError { expected: "ACTIVE or INACTIVE" }),
        }
    }
}

struct VerificationWord(Verification);

impl FromStr for VerificationWord {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        match text {
            "VERIFIED" => Ok(Self(Verification::Verified)),
            "UNVERIFIED" => Ok(Self(Verification::Unverified)),
            _ => Err(ParseNameError { expected: "VERIFIED or UNVERIFIED" }),
        }
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

impl From<File> for World {
    fn from(file: File) -> Self {
        let group = |row: GroupRow| GroupEntry { name: row.name, owner: row.owner };
        let api_user = |row: ApiUserRow| ApiUser {
            name: row.name,
            owner: row.owner,
            state: row.state.0,
            key: row.key_sha256,
            grants: row.roles.into_iter().map(|word| word.0).collect(),
        };
        let client = |row: ClientRow| Client {
            name: row.name,
            owner: row.owner,
            verification: row.verification_status.0,
        };
        Self {
            groups: file.groups.into_iter().map(group).collect(),
            api_users: file.api_users.into_iter().map(api_user).collect(),
            clients: file.clients.into_iter().map(client).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
