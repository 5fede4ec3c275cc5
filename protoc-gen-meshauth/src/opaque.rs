//! Which messages hold `google.protobuf.Any`, into which no guard can look.

use std::collections::HashMap;

use crate::descriptor::{Field, Messages};

const ANY: &str = "google.protobuf.Any";

/// The messages that hold an `Any`, however deep: each with the message in which it is.
pub(crate) struct OpaqueMessages<'a>(HashMap<&'a str, Holder<'a>>);

/// A message with a field of the type `Any`.
#[derive(Clone, Copy)]
struct Holder<'a> {
    message: &'a str,
    field: &'a str,
}

impl<'a> OpaqueMessages<'a> {
    /// Follows the fields backwards, from `Any` to all that leads to it.
    pub(crate) fn of(messages: &'a Messages<'a>) -> Self {
        let mut held_by: HashMap<&str, Vec<Holder<'a>>> = HashMap::new();
        for (name, message) in messages.all() {
            let is_entry = |field: &Field| {
                field
                    .message()
                    .and_then(|held| messages.find(held).ok())
                    .filter(|held| held.descriptor.is_map_entry())
            };
            for field in &message.descriptor.field {
                // The values of a map are said to be in the field that is the map.
                let values = |field| Some(is_entry(field)?.descriptor.field("value")?.message());
                let held = values(field).unwrap_or_else(|| field.message());
                let holder = Holder { message: name, field: &field.name };
                held_by.entry(held.unwrap_or_default()).or_default().push(holder);
            }
        }
        let mut found: HashMap<&str, Holder<'_>> = HashMap::new();
        let mut open = Vec::new();
        for holder in held_by.get(ANY).into_iter().flatten() {
            found.entry(holder.message).or_insert_with(|| {
                open.push(holder.message);
                *holder
            });
        }
        while let Some(held) = open.pop() {
            let within = found[held];
            for holder in held_by.get(held).into_iter().flatten() {
                found.entry(holder.message).or_insert_with(|| {
                    open.push(holder.message);
                    within
                });
            }
        }
        Self(found)
    }

    /// What there is to say of a message that is or holds an `Any`: where that is.
    pub(crate) fn place_in(&self, message: &str) -> Option<String> {
        if message == ANY {
            return Some(format!("as `{ANY}` itself"));
        }
        let Holder { message, field } = self.0.get(message)?;
        Some(format!("in `{message}.{field}`"))
    }
}
