//! The collections in which a service keeps its entities and clients.

use std::str::FromStr;

use super::{
    client::ClientName,
    collection::Collection,
    entity::{EntityKind, EntityName},
    error::ParseNameError,
};

/// The collections of a service's names: `api_users`, `users` and `clients`, unless it sets its
/// own.
///
/// The kind and the ULID identify an entity or a client; the collection is how a service writes
/// its name. A name of another collection does not parse.
///
/// ```
/// use meshauth_runtime::{Collections, EntityKind};
///
/// const MESH: Collections = Collections::new()
///     .with_api_users("iam/api_users")
///     .with_users("iam/users")
///     .with_clients("compliance/clients");
///
/// let bot = MESH.entity("iam/api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA")?;
/// assert_eq!(bot.kind(), EntityKind::ApiUser);
/// assert_eq!(bot.to_string(), "iam/api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA");
/// assert!(MESH.entity("api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA").is_err());
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collections {
    api_users: Collection,
    users: Collection,
    clients: Collection,
}

impl Default for Collections {
    fn default() -> Self {
        Self::new()
    }
}

impl Collections {
    /// The names as meshauth writes them.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            api_users: Collection::new("api_users"),
            users: Collection::new("users"),
            clients: Collection::new("clients"),
        }
    }

    /// The same with another collection of API users.
    ///
    /// # Panics
    /// If the name is not one of a collection, or is that of the users. In a constant that is a
    /// compile-time error.
    #[must_use]
    pub const fn with_api_users(self, name: &'static str) -> Self {
        Self { api_users: Collection::new(name), ..self }.checked()
    }

    /// The same with another collection of users.
    ///
    /// # Panics
    /// As [`Collections::with_api_users`].
    #[must_use]
    pub const fn with_users(self, name: &'static str) -> Self {
        Self { users: Collection::new(name), ..self }.checked()
    }

    /// The same with another collection of clients.
    ///
    /// # Panics
    /// If the name is not one of a collection. In a constant that is a compile-time error.
    #[must_use]
    pub const fn with_clients(self, name: &'static str) -> Self {
        Self { clients: Collection::new(name), ..self }
    }

    const fn checked(self) -> Self {
        assert!(!self.api_users.is(self.users), "API users and users need two collections");
        self
    }

    /// Reads the name of an entity: its collection says of which kind it is.
    ///
    /// # Errors
    /// Any text that is not the canonical form: a collection of these, `/` and a ULID.
    pub fn entity(&self, name: &str) -> Result<EntityName, ParseNameError> {
        let kinds = [EntityKind::ApiUser, EntityKind::User];
        let mut parsed = kinds.into_iter().filter_map(|kind| {
            let collection = self.of(kind);
            EntityName::parse_in(collection, kind, collection.strip(name.as_bytes())?)
        });
        parsed.next().ok_or(ParseNameError {
            expected: "the collection of API users (`api_users` unless it was set) or of users \
                       (`users`), `/` and a ULID: 26 characters of \
                       0123456789ABCDEFGHJKMNPQRSTVWXYZ, the first at most 7",
        })
    }

    /// Reads the name of a client.
    ///
    /// # Errors
    /// Any text that is not the canonical form: the collection of clients, `/` and a ULID.
    pub fn client(&self, name: &str) -> Result<ClientName, ParseNameError> {
        let ulid = self.clients.strip(name.as_bytes());
        let parsed = ulid.and_then(|ulid| ClientName::parse_in(self.clients, ulid));
        parsed.ok_or(ParseNameError {
            expected: "the collection of clients (`clients` unless it was set), `/` and a ULID: 26 \
                       characters of 0123456789ABCDEFGHJKMNPQRSTVWXYZ, the first at most 7",
        })
    }

    /// The name of the entity of this kind with this ULID, given as a number of 128 bits.
    #[must_use]
    #[inline]
    pub const fn entity_from_ulid(&self, kind: EntityKind, ulid: u128) -> EntityName {
        EntityName::new(self.of(kind), kind, ulid)
    }

    /// The name of the client with this ULID, given as a number of 128 bits.
    #[must_use]
    pub const fn client_from_ulid(&self, ulid: u128) -> ClientName {
        ClientName::new(self.clients, ulid)
    }

    #[inline]
    const fn of(&self, kind: EntityKind) -> Collection {
        match kind {
            EntityKind::ApiUser => self.api_users,
            EntityKind::User => self.users,
        }
    }
}

impl EntityName {
    /// The name of an API user in the collection `api_users`, by its ULID as a number of 128 bits.
    #[must_use]
    pub const fn api_user(ulid: u128) -> Self {
        Collections::new().entity_from_ulid(EntityKind::ApiUser, ulid)
    }

    /// The name of a user in the collection `users`, by its ULID as a number of 128 bits.
    #[must_use]
    pub const fn user(ulid: u128) -> Self {
        Collections::new().entity_from_ulid(EntityKind::User, ulid)
    }
}

/// In the collections as meshauth writes them; for others there is [`Collections::entity`].
impl FromStr for EntityName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Collections::new().entity(text)
    }
}

impl ClientName {
    /// The name in the collection `clients`, by its ULID as a number of 128 bits.
    #[must_use]
    pub const fn from_ulid(ulid: u128) -> Self {
        Collections::new().client_from_ulid(ulid)
    }
}

/// In the collection as meshauth writes it; for others there is [`Collections::client`].
impl FromStr for ClientName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Collections::new().client(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ULID: &str = "01JD8Q5V9WXKZ3T7B2N4M6P8RA";
    const OWN: Collections =
        Collections::new().with_api_users("iam/api_users").with_clients("compliance/clients");

    #[test]
    fn names_of_a_service_of_its_own_keep_their_form() {
        let name = format!("iam/api_users/{ULID}");
        assert_eq!(OWN.entity(&name).unwrap().to_string(), name);
        let name = format!("compliance/clients/{ULID}");
        assert_eq!(OWN.client(&name).unwrap().to_string(), name);
        let user = OWN.entity(&format!("users/{ULID}")).unwrap();
        assert_eq!(user.kind(), EntityKind::User);
    }

    #[test]
    fn a_name_of_another_collection_is_refused() {
        for name in ["api_users", "iam/api_usersx", "iam", "iam/api_users/x", "groups", ""] {
            assert!(OWN.entity(&format!("{name}/{ULID}")).is_err(), "{name}");
        }
        assert!(OWN.client(&format!("clients/{ULID}")).is_err());
        assert!(OWN.entity(&format!("iam/api_users{ULID}")).is_err());
        assert!(OWN.entity(&format!("iam/api_users/{ULID}/")).is_err());
        assert!(OWN.entity(&format!("iam/api_users/{}", ULID.to_lowercase())).is_err());
    }

    #[test]
    fn the_kind_and_the_ulid_identify() {
        let here = Collections::new().entity_from_ulid(EntityKind::ApiUser, 7);
        assert_eq!(here, OWN.entity_from_ulid(EntityKind::ApiUser, 7));
        assert_ne!(here, OWN.entity_from_ulid(EntityKind::User, 7));
        assert_ne!(here, OWN.entity_from_ulid(EntityKind::ApiUser, 8));
    }

    #[test]
    fn what_is_no_collection_is_refused() {
        for wrong in ["", "/", "a/", "/a", "a//b", "A", "a b", "ä", "a.b"] {
            let made = std::panic::catch_unwind(|| Collections::new().with_clients(wrong));
            assert!(made.is_err(), "{wrong:?}");
        }
        let same = std::panic::catch_unwind(|| Collections::new().with_users("api_users"));
        assert!(same.is_err());
    }
}
