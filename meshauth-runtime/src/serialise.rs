//! Names, roles and decisions for serde, as their texts: what a name or a grant is read from must be
//! canonical, as everywhere.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use serde::{
    de::{Deserialize, Deserializer, Error},
    ser::{Serialize, SerializeMap, SerializeStruct, Serializer},
};

use crate::{
    audit::RequestId,
    decision::{Check, Decision, Denial, Fault, Outcome, ShadowedChecks},
    names::{ClientName, EntityName, GroupName},
    policy::{MethodPolicy, Operation, Role, RoleNumber},
    records::Grant,
};

macro_rules! write_as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

write_as_text!(GroupName, EntityName, ClientName, Grant, RequestId, Check, Outcome, Fault);

macro_rules! read_from_text {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            /// The error does not repeat the text, which may be anything.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text(deserializer)
            }
        }
    )*};
}

// Names of entities and clients are read in the collections `api_users`, `users` and `clients`; for
// a service's own there are `Collections::entity` and `Collections::client`.
read_from_text!(GroupName, EntityName, ClientName, Grant);

fn text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = Cow::<str>::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

impl Serialize for RoleNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.value())
    }
}

impl<'de> Deserialize<'de> for RoleNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Self::new(u32::deserialize(deserializer)?);
        number.ok_or_else(|| D::Error::custom("expected a role's number, from 1 to 2147483647"))
    }
}

impl Serialize for Role<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut role = serializer.serialize_struct("Role", 2)?;
        role.serialize_field("number", &self.number())?;
        role.serialize_field("name", self.name())?;
        role.end()
    }
}

impl Serialize for Operation {
    /// `READ` or `WRITE`, as annotations have it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
        })
    }
}

impl Serialize for Denial {
    /// Its stable reason.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reason())
    }
}

impl Serialize for Decision<'_> {
    /// The verdict in the words of an audit record, and for each check how it ended and what it saw.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shadowed = Some(self.shadowed()).filter(|checks| *checks != ShadowedChecks::NONE);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("decision", self.denial().map_or("allow", |_| "deny"))?;
        optional(&mut map, "reason", self.denial())?;
        optional(&mut map, "refused_by", self.refused_by())?;
        optional(&mut map, "fault", self.fault())?;
        optional(&mut map, "shadowed", shadowed.map(|checks| checks.to_string()))?;
        optional(&mut map, "method", self.policy().map(MethodPolicy::path))?;
        optional(&mut map, "role", self.granted().map(|(role, _)| role))?;
        map.serialize_entry("checks", &Checks(self))?;
        map.end()
    }
}

fn optional<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
}

struct Checks<'a>(&'a Decision<'a>);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let checks = Check::ALL.iter().map(|check| (check, Found(self.0, *check)));
        serializer.collect_map(checks)
    }
}

struct Found<'a>(&'a Decision<'a>, Check);

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut found = serializer.serialize_struct("Found", 2)?;
        found.serialize_field("outcome", &self.0.trace().outcome(self.1))?;
        found.serialize_field("saw", &self.0.explanation(self.1).to_string())?;
        found.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, to_string};

    use super::*;

    const GROUP: &str = "\"groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA\"";

    #[test]
    fn a_name_is_read_from_what_it_is_written_as() {
        let group: GroupName = from_str(GROUP).unwrap();
        assert_eq!(to_string(&group).unwrap(), GROUP);
        let entity = "\"api_users/01JD8Q5V9WXKZ3T7B2N4M6P8RA\"";
        assert_eq!(to_string(&from_str::<EntityName>(entity).unwrap()).unwrap(), entity);
        let client = "\"clients/01JD8Q5V9WXKZ3T7B2N4M6P8RA\"";
        assert_eq!(to_string(&from_str::<ClientName>(client).unwrap()).unwrap(), client);
        let grant = "\"groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA/roles/7\"";
        assert_eq!(to_string(&from_str::<Grant>(grant).unwrap()).unwrap(), grant);
        assert_eq!(to_string(&from_str::<RoleNumber>("7").unwrap()).unwrap(), "7");
        let role = Role::new(7, "ROLE_DESK_ADMIN");
        assert_eq!(to_string(&role).unwrap(), r#"{"number":7,"name":"ROLE_DESK_ADMIN"}"#);
    }

    #[test]
    fn what_is_not_canonical_is_refused_and_not_repeated() {
        for text in ["\"groups/01jd8q5v9wxkz3t7b2n4m6p8ra\"", "\"SECRET\""] {
            let error = from_str::<GroupName>(text).unwrap_err().to_string();
            assert!(!error.contains("SECRET"), "{error}");
            assert!(error.starts_with("expected "), "{error}");
        }
        for number in ["0", "2147483648", "-1", "\"7\""] {
            assert!(from_str::<RoleNumber>(number).is_err(), "{number}");
        }
    }
}
