//! The model: what the annotations say, once they are known to be right. Checks make it, expansion
//! reads it.

use std::{collections::BTreeSet, rc::Rc};

/// One package with something to generate.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) services: Vec<Service>,
    /// Its messages that are resources.
    pub(crate) resources: Vec<Resource>,
}

#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in the proto.
    pub(crate) name: String,
    pub(crate) full_name: String,
    /// What the proto says about it.
    pub(crate) comment: String,
    pub(crate) methods: Vec<Method>,
    /// The messages below those of methods that are looked into at every depth.
    pub(crate) nested: Vec<Rc<Contents>>,
}

#[derive(Debug)]
pub(crate) struct Method {
    /// Its name in the proto.
    pub(crate) name: String,
    /// What the proto says about it.
    pub(crate) comment: String,
    pub(crate) operation: Operation,
    pub(crate) access: Access,
    pub(crate) depth: Depth,
    /// Why the guard does not look at its messages, if it does not.
    pub(crate) unguarded: Option<String>,
    pub(crate) client_streaming: bool,
    pub(crate) server_streaming: bool,
    /// What is in its request, and in its response.
    pub(crate) request: Rc<Contents>,
    pub(crate) response: Rc<Contents>,
}

/// What a method does: its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `METHOD_TYPE_READ`.
    Read,
    /// `METHOD_TYPE_WRITE`.
    Write,
}

#[derive(Debug)]
pub(crate) enum Access {
    Public,
    Authorised { roles: Vec<Role>, verified: bool },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Role {
    pub(crate) number: u32,
    pub(crate) name: Rc<str>,
}

/// Where resources are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The message itself and its direct fields.
    Direct,
    /// All that is below, too.
    Nested,
}

impl Package {
    /// The full names of the messages whose paths the generated code needs.
    pub(crate) fn messages(&self) -> BTreeSet<&str> {
        let methods = self.services.iter().flat_map(|service| &service.methods);
        let of_methods = methods.flat_map(|method| [&method.request, &method.response]);
        let nested = self.services.iter().flat_map(|service| &service.nested);
        let looked_into = of_methods.chain(nested).map(|contents| contents.message.as_str());
        let resources = self.resources.iter().map(|resource| resource.full_name.as_str());
        looked_into.chain(resources).collect()
    }
}

impl Service {
    /// The path of a method on the wire, in the names of the proto.
    pub(crate) fn path(&self, method: &Method) -> String {
        ["/", &self.full_name, "/", &method.name].concat()
    }
}

impl Method {
    pub(crate) fn roles(&self) -> &[Role] {
        match &self.access {
            Access::Public => &[],
            Access::Authorised { roles, .. } => roles,
        }
    }
}

/// A message that is a resource: it has `string owner` and `repeated string owners`.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) full_name: String,
    pub(crate) ownership: Ownership,
}

/// How the two fields of a resource look in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// The owner is an `Option`: the field tracks presence.
    pub(crate) owner_is_optional: bool,
}

/// What a message holds of resources.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The full name of the message.
    pub(crate) message: String,
    /// The message is a resource.
    pub(crate) itself: Option<Ownership>,
    pub(crate) fields: Vec<Held>,
}

/// A field, or the fields of a oneof, that hold something to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Field { name: String, shape: Shape, content: Content },
    Oneof { name: String, type_name: String, variants: Vec<(String, Content)> },
}

/// What is in a field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A resource; what is below it is not looked at.
    Resource(Ownership),
    /// A message of this full name, with all that is below it.
    Message(String),
}

/// How a field of a message type looks in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Optional,
    Required,
    Repeated,
    MapValues,
}

impl Contents {
    /// Whether there is nothing to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.itself.is_none() && self.fields.is_empty()
    }
}
