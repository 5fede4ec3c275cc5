//! A field of the annotation, and what the values of its enum mean.

use std::{collections::BTreeMap, rc::Rc};

use heck::ToShoutySnakeCase;
use prost_reflect::{
    Cardinality, DynamicMessage, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, Value,
};

/// A field of the annotation. What its enum says is looked up for every method: it is found once.
#[derive(Debug, Clone)]
pub(crate) struct EnumField {
    field: FieldDescriptor,
    values: EnumDescriptor,
    /// The names of all values, by number.
    names: BTreeMap<i32, Rc<str>>,
    /// The numbers of the values that mean something to meshauth.
    meanings: Vec<(&'static str, i32)>,
}

impl EnumField {
    /// The field of this name, if it holds an enum with values that mean these words.
    pub(super) fn find(
        message: &MessageDescriptor,
        name: &str,
        repeated: bool,
        words: &[&'static str],
    ) -> Result<Self, String> {
        let expected = if repeated { "a repeated enum" } else { "an enum" };
        let field = message.get_field_by_name(name);
        let field = field.ok_or_else(|| format!("has no field `{name}`: {expected}"))?;
        let is_repeated = field.cardinality() == Cardinality::Repeated;
        let values = match field.kind() {
            Kind::Enum(values) if is_repeated == repeated => values,
            _ => return Err(format!("has a field `{name}` that is not {expected}")),
        };
        let meanings =
            meanings(&values, words).map_err(|what| format!("has a field `{name}` {what}"))?;
        let canonical = |number| values.get_value(number).map(|value| value.name().into());
        let names = values.values().map(|value| value.number());
        let names = names.filter_map(|number| Some((number, canonical(number)?))).collect();
        Ok(Self { field, values, names, meanings })
    }

    /// The number of the field, as it is in paths of source information.
    pub(crate) fn number(&self) -> i32 {
        i32::try_from(self.field.number()).unwrap_or(i32::MAX)
    }

    /// The number of the field, as it is in messages.
    pub(super) fn tag(&self) -> u32 {
        self.field.number()
    }

    /// The number in a message. What was not written states nothing: in proto2 its default can be
    /// any value, PUBLIC too.
    pub(super) fn read_one(&self, message: &DynamicMessage) -> i32 {
        match &*message.get_field(&self.field) {
            Value::EnumNumber(number) if message.has_field(&self.field) => *number,
            _ => 0,
        }
    }

    /// The numbers in a message, of a repeated field.
    pub(super) fn read_all(&self, message: &DynamicMessage) -> Vec<i32> {
        match &*message.get_field(&self.field) {
            Value::List(values) => values.iter().filter_map(Value::as_enum_number).collect(),
            _ => Vec::new(),
        }
    }

    /// The full name of the enum.
    pub(crate) fn enum_name(&self) -> &str {
        self.values.full_name()
    }

    /// The full name of the enum, and the file in which it is.
    pub(crate) fn declared(&self) -> (&str, String) {
        (self.enum_name(), self.values.parent_file().name().to_owned())
    }

    /// The names of all values.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Rc<str>> {
        self.names.values()
    }

    /// The name of a value; none if the enum does not define the number.
    pub(crate) fn name_of(&self, number: i32) -> Option<&Rc<str>> {
        self.names.get(&number)
    }

    /// The name of the value with this meaning.
    pub(crate) fn name_meaning(&self, word: &str) -> Option<&str> {
        self.name_of(self.meaning(word)).map(|name| &**name)
    }

    /// The number of a value that the shape is known to have.
    pub(crate) fn meaning(&self, word: &str) -> i32 {
        let meaning = self.meanings.iter().find(|(other, _)| *other == word);
        meaning.map_or(i32::MIN, |(_, number)| *number)
    }
}

/// The numbers of the values that mean these words.
///
/// By its whole name: `NON_PUBLIC` is not PUBLIC. And with a number of its own: as an alias of the
/// value for another word, or as 0, it would mean two things.
fn meanings(
    values: &EnumDescriptor,
    words: &[&'static str],
) -> Result<Vec<(&'static str, i32)>, String> {
    let mut meanings: Vec<(&str, i32)> = Vec::new();
    for word in words {
        let name = value_name(values, word);
        let value = value_meaning(values, word);
        let number = value.ok_or_else(|| format!("without a value named `{name}`"))?.number();
        if number == 0 {
            return Err(format!(
                "whose value `{name}` has the number 0, which stands for what is not stated"
            ));
        }
        if let Some((other, _)) = meanings.iter().find(|(_, taken)| *taken == number) {
            let other = value_name(values, other);
            return Err(format!(
                "whose values `{other}` and `{name}` have the same number {number}"
            ));
        }
        meanings.push((word, number));
    }
    Ok(meanings)
}

/// The value that means the word; in American spelling, too.
pub(super) fn value_meaning(values: &EnumDescriptor, word: &str) -> Option<EnumValueDescriptor> {
    let named = |word| values.get_value_by_name(&value_name(values, word));
    named(word).or_else(|| named(if word == "AUTHORISED" { "AUTHORIZED" } else { word }))
}

/// The name that the value for a word must have: with the name of the enum in front.
pub(super) fn value_name(values: &EnumDescriptor, word: &str) -> String {
    format!("{}_{word}", values.name().to_shouty_snake_case())
}
