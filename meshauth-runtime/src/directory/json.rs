//! The JSON file that a [`MemoryDirectory`] is loaded from.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    memory::MemoryDirectory,
    world::{World, WorldError},
};
use crate::names::Collections;

mod follow;
mod rows;
mod write;

pub use self::follow::JsonDirectory;
use self::rows::File;

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
    ///   "entities": [{
    ///     "name": "api_users/00000000000000000000000001",
    ///     "owner": "groups/00000000000000000000000002",
    ///     "state": "ACTIVE",
    ///     "credentials": [
    ///       { "key_sha256": "c80b8407e60f7dac56e4f8c3bb7b298df01454e12fbb92acf08b4bde0935db60" },
    ///       { "key_sha256": "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a",
    ///         "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z" }
    ///     ],
    ///     "roles": ["groups/00000000000000000000000002/roles/1000000"]
    ///   }],
    ///   "clients": [{
    ///     "name": "clients/00000000000000000000000001",
    ///     "owner": "groups/00000000000000000000000002",
    ///     "type": "COMPANY",
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
        Self::from_json_in(Collections::new(), text)
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`MemoryDirectory::from_json`].
    pub fn from_json_in(collections: Collections, text: &str) -> Result<Self, LoadError> {
        let world = world_from_json(collections, text)?;
        Self::new(world).map_err(|error| LoadError::of(Fault::World(error)))
    }

    /// A directory from a JSON file, in the form of [`MemoryDirectory::from_json`]. It is read
    /// once: [`JsonDirectory`] follows its file.
    ///
    /// # Errors
    /// As [`MemoryDirectory::from_json`], and a file that cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::load_in(Collections::new(), path)
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`MemoryDirectory::load`].
    pub fn load_in(collections: Collections, path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let text = read(path)?;
        Self::from_json_in(collections, &text).map_err(|error| error.in_file(path))
    }
}

impl World {
    /// The world of a directory file's text, in the form of [`MemoryDirectory::from_json`]. That it makes
    /// a directory is known once one is made of it.
    ///
    /// # Errors
    /// As [`MemoryDirectory::from_json`], without what [`MemoryDirectory::new`] refuses.
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        Self::from_json_in(Collections::new(), text)
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`World::from_json`].
    pub fn from_json_in(collections: Collections, text: &str) -> Result<Self, LoadError> {
        world_from_json(collections, text)
    }
}

fn read(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|error| LoadError::of_file(path, Fault::Read(error)))
}

/// Reads a text as far as it can be judged without the whole.
fn world_from_json(collections: Collections, text: &str) -> Result<World, LoadError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = place(error.path(), error.inner());
        LoadError::of(Fault::Json { path, error: error.into_inner() })
    })?;
    json.end().map_err(|error| LoadError::of(Fault::Json { path: String::from("."), error }))?;
    file.into_world(collections).map_err(|error| LoadError::of(Fault::World(error)))
}

/// A directory file that is refused: nothing of it is loaded.
pub struct LoadError {
    /// None for a text.
    file: Option<PathBuf>,
    fault: Fault,
}

enum Fault {
    Read(io::Error),
    /// There is no thread to look at it.
    Follow(io::Error),
    Json {
        path: String,
        error: serde_json::Error,
    },
    World(WorldError),
}

impl LoadError {
    fn of(fault: Fault) -> Self {
        Self { file: None, fault }
    }

    fn of_file(path: &Path, fault: Fault) -> Self {
        Self { file: Some(path.to_owned()), fault }
    }

    fn in_file(self, path: &Path) -> Self {
        Self { file: Some(path.to_owned()), ..self }
    }

    /// The JSON path of the fault, such as `$.entities[3].roles[0]`; none if the file could not be
    /// read.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        match &self.fault {
            Fault::Read(_) | Fault::Follow(_) => None,
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
            Fault::Follow(error) => write!(f, "the directory file cannot be followed: {error}"),
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

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // What serde_json and the system say of a value may hold the value: only what is ours is
        // handed on.
        match &self.fault {
            Fault::Read(error) | Fault::Follow(error) => Some(error),
            Fault::Json { .. } => None,
            Fault::World(error) => Some(error),
        }
    }
}

/// Where the fault is. The path of an unknown field ends with its name, which may be a key that was
/// pasted in the wrong place: what holds it is named instead.
fn place(path: &serde_path_to_error::Path, error: &serde_json::Error) -> String {
    let path = path.to_string();
    match unknown(&error.to_string()) {
        // Names have no dot, but what is no name may have.
        Some(unknown) => {
            let holder = path.strip_suffix(unknown.name).unwrap_or_default();
            let holder = holder.strip_suffix('.').unwrap_or(holder);
            String::from(if holder.is_empty() { "." } else { holder })
        }
        None => path,
    }
}

/// What serde says of a field that it does not expect.
struct Unknown<'a> {
    name: &'a str,
    /// What would be allowed, and where in the file it is.
    rest: &'a str,
}

fn unknown(message: &str) -> Option<Unknown<'_>> {
    let (name, rest) = message.strip_prefix("unknown field `")?.rsplit_once("`, expected ")?;
    Some(Unknown { name, rest })
}

/// What is wrong, without a value or a name that is not ours: either may be a key that was pasted in
/// the wrong place. `string "..."` becomes `a string`.
fn without_value(message: String) -> String {
    if let Some(Unknown { name, rest }) = unknown(&message) {
        let length = name.chars().count();
        return format!(
            "a field whose name has {length} characters is not known here, expected {rest}"
        );
    }
    let value = |message: &str| {
        let (before, rest) = message.split_once("string \"")?;
        let (_, after) = rest.rsplit_once("\", expected")?;
        Some(format!("{before}a string, expected{after}"))
    };
    value(&message).unwrap_or(message)
}

#[cfg(test)]
mod tests;
