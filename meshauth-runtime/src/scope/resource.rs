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
