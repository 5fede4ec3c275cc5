//! Which messages are resources, and which resources a message holds.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use crate::{
    descriptor::{Descriptor, Field, Message, Messages},
    error::Error,
    names::upper_camel,
    policy::{Content, Contents, Depth, Held, Ownership, Shape},
};

/// The ownership fields of a resource; none if the message is not one.
pub(crate) fn ownership(message: Message<'_>) -> Option<Ownership> {
    let owner = owner(message.descriptor).filter(|owner| owner.oneof().is_none())?;
    let tracks_presence = message.file.is_proto2() || owner.proto3_optional;
    Some(Ownership { owner_is_optional: tracks_presence && !owner.is_required() })
}

/// Whether the message is a resource whose owner prost puts into the enum of a oneof, where the
/// guards do not find it.
pub(crate) fn hides_owner(message: &Descriptor) -> bool {
    owner(message).is_some_and(|owner| owner.oneof().is_some())
}

fn owner(message: &Descriptor) -> Option<&Field> {
    let owners = message.field("owners")?;
    let owner = message.field("owner")?;
    (owner.is_string() && !owner.is_repeated() && owners.is_string() && owners.is_repeated())
        .then_some(owner)
}

/// Looks into messages, each once.
pub(crate) struct Inspector<'a> {
    messages: &'a Messages<'a>,
    direct: HashMap<&'a str, Rc<Contents>>,
    nested: HashMap<&'a str, Rc<Contents>>,
}

impl<'a> Inspector<'a> {
    pub(crate) fn new(messages: &'a Messages<'a>) -> Self {
        Self { messages, direct: HashMap::new(), nested: HashMap::new() }
    }

    /// What the message of this full name holds.
    ///
    /// # Errors
    /// A message that is not declared: no compiler lets that through.
    pub(crate) fn contents(&mut self, name: &'a str, depth: Depth) -> Result<Rc<Contents>, Error> {
        match depth {
            Depth::Direct => self.direct(name),
            Depth::Nested => {
                if !self.nested.contains_key(name) {
                    self.look_below(name)?;
                }
                Ok(Rc::clone(&self.nested[name]))
            }
        }
    }

    /// Whether a resource is in the message that is not found in its direct fields.
    ///
    /// # Errors
    /// As [`contents`](Self::contents).
    pub(crate) fn holds_more(&mut self, name: &'a str) -> Result<bool, Error> {
        let contents = self.contents(name, Depth::Nested)?;
        let below = |message: &str| self.nested.get(message);
        let is_more = |below: &Rc<Contents>| !below.fields.is_empty();
        Ok(contents.messages().into_iter().filter_map(below).any(is_more))
    }

    /// All messages that are looked into when these are, at every depth: with something to look at.
    pub(crate) fn below(&self, roots: impl IntoIterator<Item = &'a str>) -> Vec<Rc<Contents>> {
        let mut found = BTreeMap::new();
        let mut open: Vec<&str> = roots.into_iter().collect();
        while let Some(name) = open.pop() {
            let Some(contents) = self.nested.get(name).filter(|contents| !contents.is_empty())
            else {
                continue;
            };
            if found.insert(&contents.message, Rc::clone(contents)).is_none() {
                open.extend(contents.messages());
            }
        }
        found.into_values().collect()
    }

    fn direct(&mut self, name: &'a str) -> Result<Rc<Contents>, Error> {
        if let Some(contents) = self.direct.get(name) {
            return Ok(Rc::clone(contents));
        }
        let message = self.messages.find(name)?;
        let content = |field: &'a Field| -> Result<Option<Content>, Error> {
            let Some((_, held)) = self.held(field)? else { return Ok(None) };
            Ok(ownership(self.messages.find(held)?).map(Content::Resource))
        };
        let contents = Rc::new(self.look(name, message, content)?);
        self.direct.insert(name, Rc::clone(&contents));
        Ok(contents)
    }

    /// Looks into all messages below one. Messages can hold each other in circles, so first it is
    /// found which are there, then which of them lead to a resource.
    fn look_below(&mut self, root: &'a str) -> Result<(), Error> {
        let mut held_by: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut seen = HashSet::from([root]);
        let mut open = vec![root];
        let mut leading: Vec<&str> = Vec::new();
        while let Some(name) = open.pop() {
            let message = self.messages.find(name)?;
            if ownership(message).is_some() {
                leading.push(name);
            }
            for field in &message.descriptor.field {
                if let Some((_, held)) = self.held(field)? {
                    held_by.entry(held).or_default().push(name);
                    if seen.insert(held) {
                        open.push(held);
                    }
                }
            }
        }
        let mut leads: HashSet<&str> = leading.iter().copied().collect();
        while let Some(name) = leading.pop() {
            let holders = held_by.get(name).into_iter().flatten();
            leading.extend(holders.filter(|holder| leads.insert(holder)));
        }
        for name in seen {
            let content = |field: &'a Field| {
                let held = self.held(field)?.map(|(_, held)| held);
                let held = held.filter(|held| leads.contains(held));
                Ok(held.map(|held| Content::Message(held.to_owned())))
            };
            let contents = self.look(name, self.messages.find(name)?, content)?;
            self.nested.insert(name, Rc::new(contents));
        }
        Ok(())
    }

    /// What a message holds, if this is what its fields hold.
    fn look(
        &self,
        name: &str,
        message: Message<'a>,
        content: impl Fn(&'a Field) -> Result<Option<Content>, Error>,
    ) -> Result<Contents, Error> {
        let descriptor = message.descriptor;
        let mut fields = Vec::new();
        let mut variants: Vec<Vec<(String, Content)>> = Vec::new();
        variants.resize_with(descriptor.oneof_decl.len(), Vec::new);
        for field in &descriptor.field {
            let Some(content) = content(field)? else { continue };
            let name = field.name.clone();
            if let Some(variants) = field.oneof().and_then(|index| variants.get_mut(index)) {
                variants.push((name, content));
            } else if let Some((shape, _)) = self.held(field)? {
                fields.push(Held::Field { name, shape, content });
            }
        }
        let oneofs = descriptor.oneof_decl.iter().zip(variants);
        fields.extend(oneofs.filter(|(_, variants)| !variants.is_empty()).map(
            |(oneof, variants)| {
                let type_name = oneof_type_name(descriptor, &oneof.name);
                Held::Oneof { name: oneof.name.clone(), type_name, variants }
            },
        ));
        Ok(Contents { message: name.to_owned(), itself: ownership(message), fields })
    }

    /// The message that a field holds, and how often; the values of a map.
    fn held(&self, field: &'a Field) -> Result<Option<(Shape, &'a str)>, Error> {
        let Some(name) = field.message() else { return Ok(None) };
        let message = self.messages.find(name)?.descriptor;
        Ok(if message.is_map_entry() && field.is_repeated() {
            let value = message.field("value").and_then(Field::message);
            value.map(|value| (Shape::MapValues, value))
        } else if field.is_repeated() {
            Some((Shape::Repeated, name))
        } else if field.is_required() {
            Some((Shape::Required, name))
        } else {
            Some((Shape::Optional, name))
        })
    }
}

impl Contents {
    /// The messages in its fields that are looked into.
    fn messages(&self) -> Vec<&str> {
        let contents = self.fields.iter().flat_map(|held| match held {
            Held::Field { content, .. } => vec![content],
            Held::Oneof { variants, .. } => variants.iter().map(|(_, content)| content).collect(),
        });
        contents.filter_map(Content::message).collect()
    }
}

impl Content {
    /// The message that is looked into.
    fn message(&self) -> Option<&str> {
        match self {
            Self::Message(name) => Some(name),
            Self::Resource(_) => None,
        }
    }
}

/// prost's name for the enum of a oneof: it steps aside for a nested type of the same name.
fn oneof_type_name(message: &Descriptor, oneof: &str) -> String {
    let name = upper_camel(oneof);
    let nested = message.nested_type.iter().map(|nested| &nested.name);
    let nested_enums = message.enum_type.iter().map(|nested| &nested.name);
    let taken = nested.chain(nested_enums).any(|nested| upper_camel(nested) == name);
    if taken { format!("{name}OneOf") } else { name }
}
