//! The JSON form of credentials.
//!
//! It is read without a copy of the key: the values are looked at where they stand, and no message
//! is made of them, not even one that is thrown away.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    credentials::Credentials,
    error::{CredentialsError, Fault, Field},
};
use crate::{
    credential::ApiKey,
    names::{GroupName, ParseNameError},
};

impl Credentials {
    /// Credentials from a JSON text with these two fields:
    ///
    /// ```
    /// # use meshauth_runtime::client::Credentials;
    /// let credentials = Credentials::from_json(r#"{
    ///   "api_key": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
    ///   "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"
    /// }"#)?;
    /// # Ok::<(), meshauth_runtime::client::CredentialsError>(())
    /// ```
    ///
    /// # Errors
    /// Whatever is not exactly this: an unknown, missing or repeated field, a key or a group that
    /// is not in its canonical form, a key that is written with escapes. The error repeats nothing
    /// of the text.
    pub fn from_json(text: &str) -> Result<Self, CredentialsError> {
        parse(text).map_err(CredentialsError::from)
    }
}

pub(super) fn parse(text: &str) -> Result<Credentials, Fault> {
    // Of another value than an object, serde would make a message that repeats it.
    if !text.trim_start().starts_with('{') {
        return Err(Fault::NoObject);
    }
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| Fault::Json {
        line: error.line(),
        column: error.column(),
        ended: error.is_eof(),
    })?;
    if fields.unknown {
        return Err(Fault::UnknownField);
    }
    let api_key = fields.api_key.once(Field::ApiKey)?;
    let group = fields.group.once(Field::Group)?;
    let malformed = |field| move |ParseNameError { expected }| Fault::Malformed { field, expected };
    let api_key = parse_key(api_key).map_err(malformed(Field::ApiKey))?;
    let group = parse_group(group).map_err(malformed(Field::Group))?;
    Ok(Credentials::new(api_key, group))
}

/// No character of a key has to be escaped, so that the text between the quotes is the key. To
/// decode escapes would leave a copy of it.
fn parse_key(value: &RawValue) -> Result<ApiKey<'_>, ParseNameError> {
    let text = value.get();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    ApiKey::parse(inside.unwrap_or_default().as_bytes())
}

/// Some writers escape the slash of a group. Should a key stand here, its copy is overwritten.
fn parse_group(value: &RawValue) -> Result<GroupName, ParseNameError> {
    let text = if value.get().starts_with('"') { value.get() } else { "\"\"" };
    let text = serde_json::from_str(text).map(Zeroizing::<String>::new).unwrap_or_default();
    GroupName::parse(text.as_bytes())
}

/// What a text holds, before it is judged.
#[derive(Default)]
struct Fields<'a> {
    api_key: Values<'a>,
    group: Values<'a>,
    /// There is another field. Its name is not kept: it may be a key in the wrong place.
    unknown: bool,
}

/// The values of one field.
#[derive(Default)]
enum Values<'a> {
    #[default]
    None,
    One(&'a RawValue),
    More,
}

impl<'a> Values<'a> {
    fn add(&mut self, value: &'a RawValue) {
        *self = if matches!(self, Self::None) { Self::One(value) } else { Self::More };
    }

    fn once(self, field: Field) -> Result<&'a RawValue, Fault> {
        match self {
            Self::None => Err(Fault::Missing(field)),
            Self::One(value) => Ok(value),
            Self::More => Err(Fault::Twice(field)),
        }
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Name(name)) = map.next_key()? {
            let value = map.next_value::<&RawValue>()?;
            match name {
                Some(Field::ApiKey) => fields.api_key.add(value),
                Some(Field::Group) => fields.group.add(value),
                None => fields.unknown = true,
            }
        }
        Ok(fields)
    }
}

/// The name of a field; none if it is another one.
struct Name(Option<Field>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
        Ok(Name(Field::ALL.into_iter().find(|field| field.name() == text)))
    }
}

#[cfg(test)]
mod tests;
