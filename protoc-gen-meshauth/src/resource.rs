//! Which messages are resources, and which resources a message holds.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use crate::{
    descriptor::{Descriptor, Field, Message, Messages},
    error::Error,
    names::upper_camel,
    opaque::OpaqueMessages,
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

/// Why a message that looks like a resource is none; nothing if it is one, or does not look so.
pub(crate) fn near_miss(message: &Descriptor) -> Option<&'static str> {
    let owner = message.field("owner");
    let owners = message.field("owners");
    if owner.is_some_and(|owner| !owner.is_string() || owner.is_repeated()) {
        return Some("has an `owner` that is no `string`");
    }
    if owners.is_some_and(|owners| !owners.is_string() || !owners.is_repeated()) {
        return Some("has `owners` that are no `repeated string`");
    }
    (owner.is_some() && owners.is_none()).then_some("has `owner` but no `owners`")
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
    opaque: OnceCell<OpaqueMessages<'a>>,
}

impl<'a> Inspector<'a> {
    pub(crate) fn new(messages: &'a Messages<'a>) -> Self {
        Self { messages, direct: HashMap::new(), nested: HashMap::new(), opaque: OnceCell::new() }
    }

    /// The messages that hold `google.protobuf.Any`.
    pub(crate) fn opaque(&self) -> &OpaqueMessages<'a> {
        self.opaque.get_or_init(|| OpaqueMessages::of(self.messages))
    }

    /// What the message of this full name holds.
    ///
    /// # Errors
    /// A message that is not declared: no compiler lets that through.
    pub(crate) fn contents(&mut self, name: &'a str, depth: Depth) -> Result<Rc<Contents>, Error> {
        match depth {
            Depth::Direct => self.direct(name),
            Depth::Nested => {
                if let Some(contents) = self.nested.get(name) {
                    return Ok(Rc::clone(contents));
                }
                self.look_below(name)?;
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
        Ok(contents.messages().filter_map(below).any(is_more))
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
        let content = |_: &str, held: Message<'_>| ownership(held).map(Content::Resource);
        let contents = Rc::new(self.look(name, self.messages.find(name)?, content)?);
        self.direct.insert(name, Rc::clone(&contents));
        Ok(contents)
    }

    /// Looks into a message and into all below it that were not looked into. Messages can hold each
    /// other in circles, so first it is found which are there, then which of them lead to a resource.
    fn look_below(&mut self, root: &'a str) -> Result<(), Error> {
        let mut held_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut seen = BTreeSet::from([root]);
        let mut open = vec![root];
        let mut found = Vec::new();
        let mut leading: Vec<&str> = Vec::new();
        while let Some(name) = open.pop() {
            let message = self.messages.find(name)?;
            found.push((name, message));
            leading.extend(ownership(message).map(|_| name));
            for field in &message.descriptor.field {
                let Some((_, held, _)) = self.held(field)? else { continue };
                held_by.entry(held).or_default().push(name);
                if !seen.insert(held) {
                    continue;
                }
                match self.nested.get(held) {
                    Some(known) => leading.extend((!known.is_empty()).then_some(held)),
                    None => open.push(held),
                }
            }
        }
        let mut leads: BTreeSet<&str> = leading.iter().copied().collect();
        while let Some(name) = leading.pop() {
            let holders = held_by.get(name).into_iter().flatten();
            leading.extend(holders.filter(|holder| leads.insert(holder)));
        }
        for (name, message) in found {
            let content = |held: &str, _: Message<'_>| {
                leads.contains(held).then(|| Content::Message(held.to_owned()))
            };
            let contents = self.look(name, message, content)?;
            self.nested.insert(name, Rc::new(contents));
        }
        Ok(())
    }

    /// What a message holds, if this is what is in the messages in its fields.
    fn look(
        &self,
        name: &str,
        message: Message<'a>,
        content: impl Fn(&str, Message<'a>) -> Option<Content>,
    ) -> Result<Contents, Error> {
        let descriptor = message.descriptor;
        let mut fields = Vec::new();
        let mut variants: Vec<Vec<(String, Content)>> = Vec::new();
        variants.resize_with(descriptor.oneof_decl.len(), Vec::new);
        for field in &descriptor.field {
            let Some((shape, held, message)) = self.held(field)? else { continue };
            let Some(content) = content(held, message) else { continue };
            let name = field.name.clone();
            if let Some(variants) = field.oneof().and_then(|index| variants.get_mut(index)) {
                variants.push((name, content));
            } else {
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

    /// How often a field holds a message, its name, and the message; the values of a map.
    fn held(&self, field: &'a Field) -> Result<Option<(Shape, &'a str, Message<'a>)>, Error> {
        let Some(name) = field.message() else { return Ok(None) };
        let message = self.messages.find(name)?;
        let shape = if message.descriptor.is_map_entry() && field.is_repeated() {
            let value = message.descriptor.field("value").and_then(Field::message);
            let Some(value) = value else { return Ok(None) };
            return Ok(Some((Shape::MapValues, value, self.messages.find(value)?)));
        } else if field.is_repeated() {
            Shape::Repeated
        } else if field.is_required() {
            Shape::Required
        } else {
            Shape::Optional
        };
        Ok(Some((shape, name, message)))
    }
}

impl Contents {
    /// The messages in its fields that are looked into.
    fn messages(&self) -> impl Iterator<Item = &str> {
        let contents = self.fields.iter().flat_map(|held| {
            let (field, variants) = match held {
                Held::Field { content, .. } => (Some(content), &[][..]),
                Held::Oneof { variants, .. } => (None, &variants[..]),
            };
            field.into_iter().chain(variants.iter().map(|(_, content)| content))
        });
        contents.filter_map(Content::message)
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
    if taken { format!("{name}OneOf") } else { name.into_owned() }
}
