//! What is owned.

/// A message with `string owner` and `repeated string owners`. The generated code implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource: a scope cannot tell who owns it",
    label = "expected something with an `owner` and `owners`",
    note = "a message is a resource if it has the fields `string owner` and `repeated string owners`",
    note = "for a type of your own, such as a row of a table, implement `meshauth_runtime::Resource`"
)]
pub trait Resource {
    /// The group that owns the resource directly.
    fn owner(&self) -> &str;

    /// The path from the root to that owner, the owner included, last.
    fn owners(&self) -> &[String];
}

/// A resource whose ownership can be set. The generated code implements it for messages.
///
/// ```
/// use meshauth_runtime::{Resource, ResourceMut};
///
/// struct Account { owner: String, owners: Vec<String> }
/// impl Resource for Account {
///     fn owner(&self) -> &str { &self.owner }
///     fn owners(&self) -> &[String] { &self.owners }
/// }
/// impl ResourceMut for Account {
///     fn set_ownership(&mut self, owner: String, owners: Vec<String>) {
///         (self.owner, self.owners) = (owner, owners);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource whose ownership can be set",
    label = "expected something with an `owner` and `owners`",
    note = "for a type of your own, such as a row of a table, implement `meshauth_runtime::ResourceMut`"
)]
pub trait ResourceMut: Resource {
    /// Sets the group that owns it, and the path from the root to that group, the group included,
    /// last.
    fn set_ownership(&mut self, owner: String, owners: Vec<String>);
}

/// The two ownership fields of a resource in a request, to be looked at and set.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "axum", feature = "tonic")),
    expect(dead_code, reason = "no guard looks at requests")
)]
pub struct OwnershipMut<'a> {
    owner: OwnerMut<'a>,
    owners: &'a mut Vec<String>,
}

#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "axum", feature = "tonic")),
    expect(dead_code, reason = "no guard looks at requests")
)]
enum OwnerMut<'a> {
    Plain(&'a mut String),
    Optional(&'a mut Option<String>),
}

impl<'a> OwnershipMut<'a> {
    /// The two fields of a resource.
    pub fn new(owner: &'a mut String, owners: &'a mut Vec<String>) -> Self {
        Self { owner: OwnerMut::Plain(owner), owners }
    }

    /// The same of one whose `owner` is optional.
    pub fn optional(owner: &'a mut Option<String>, owners: &'a mut Vec<String>) -> Self {
        Self { owner: OwnerMut::Optional(owner), owners }
    }

    /// The group that the resource states as its owner.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn stated(&self) -> &str {
        match &self.owner {
            OwnerMut::Plain(owner) => owner,
            OwnerMut::Optional(owner) => owner.as_deref().unwrap_or_default(),
        }
    }

    /// Sets both.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn set(self, owner: String, owners: Vec<String>) {
        match self.owner {
            OwnerMut::Plain(stated) => *stated = owner,
            OwnerMut::Optional(stated) => *stated = Some(owner),
        }
        *self.owners = owners;
    }

    /// Empties both: there is no group that could own it.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn clear(self) {
        match self.owner {
            OwnerMut::Plain(stated) => stated.clear(),
            OwnerMut::Optional(stated) => *stated = None,
        }
        self.owners.clear();
    }
}

/// The two ownership fields of a resource, lent: all that check 6 looks at.
#[derive(Debug, Clone, Copy)]
pub struct Ownership<'a> {
    /// The group that owns the resource directly; empty if it is not stated.
    pub(crate) owner: &'a str,
    /// The path from the root to that owner, the owner included, last.
    pub(crate) owners: &'a [String],
}

impl<'a> Ownership<'a> {
    /// The two fields of a resource.
    #[must_use]
    pub const fn new(owner: &'a str, owners: &'a [String]) -> Self {
        Self { owner, owners }
    }

    /// The ownership of a resource.
    pub fn of(resource: &'a (impl Resource + ?Sized)) -> Self {
        Self { owner: resource.owner(), owners: resource.owners() }
    }
}

macro_rules! lend {
    ($($reference:ty),*) => {$(
        impl<R: Resource + ?Sized> Resource for $reference {
            fn owner(&self) -> &str {
                (**self).owner()
            }

            fn owners(&self) -> &[String] {
                (**self).owners()
            }
        }
    )*};
}

lend!(&R, &mut R);
