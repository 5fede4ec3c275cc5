//! The model: what the annotations say, once they are known to be right. Checks make it, expansion
//! reads it.

/// One package with something to generate.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) services: Vec<Service>,
    /// The full names of its messages that are resources.
    pub(crate) resources: Vec<Resource>,
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) full_name: String,
    pub(crate) methods: Vec<Method>,
}

#[derive(Debug)]
pub(crate) struct Method {
    /// Its name in the proto.
    pub(crate) name: String,
    pub(crate) operation: Operation,
    pub(crate) access: Access,
    /// The resources in its request, and in its response.
    pub(crate) request: Vec<Carried>,
    pub(crate) response: Vec<Carried>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Read,
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
    pub(crate) name: String,
}

impl Service {
    /// The path of a method on the wire, in the names of the proto.
    pub(crate) fn path(&self, method: &Method) -> String {
        format!("/{}/{}", self.full_name, method.name)
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

/// A resource that a message carries: itself, or in one of its direct fields.
#[derive(Debug)]
pub(crate) enum Carried {
    /// The message is the resource.
    Itself(Ownership),
    /// A field holds one.
    Field { name: String, shape: Shape, ownership: Ownership },
    /// Some of the fields of a oneof hold one.
    Oneof { message: String, name: String, type_name: String, variants: Vec<(String, Ownership)> },
}

/// How a field of a message type looks in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Optional,
    Required,
    Repeated,
    MapValues,
}
