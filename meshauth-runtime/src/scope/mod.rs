//! Which resources a call may touch (check 6).

use std::{fmt, marker::PhantomData};

mod resource;

pub use self::resource::{Ownership, OwnershipMut, Resource, ResourceMut};
use crate::{decision::Denial, names::GroupName, policy::Operation};

mod sealed {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no kind of method: there are `Read` and `Write`",
        label = "a kind of its own would have a scope of its own"
    )]
    pub trait ReadOrWrite {}
    impl ReadOrWrite for super::Read {}
    impl ReadOrWrite for super::Write {}
}

/// The kind of a method as a type: [`Read`] or [`Write`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of method: there are `Read` and `Write`",
    label = "expected `Read` or `Write`, as the policy says"
)]
pub trait Kind: sealed::ReadOrWrite + Send + Sync + 'static {
    /// The same, as a value.
    const OPERATION: Operation;

    #[doc(hidden)]
    fn admits(boundary: &Boundary, resource: Ownership<'_>) -> bool;

    #[doc(hidden)]
    fn refusal(boundary: &Boundary, resource: Ownership<'_>) -> Denial;
}

/// The kind of a method that reads: it sees what the executing group and its descendants own.
#[derive(Debug)]
pub enum Read {}

/// The kind of a method that writes: it touches only what the executing group owns itself.
#[derive(Debug)]
pub enum Write {}

impl Kind for Read {
    const OPERATION: Operation = Operation::Read;

    fn admits(boundary: &Boundary, resource: Ownership<'_>) -> bool {
        boundary.encloses(resource)
    }

    fn refusal(_: &Boundary, _: Ownership<'_>) -> Denial {
        Denial::ResourceNotFound
    }
}

impl Kind for Write {
    const OPERATION: Operation = Operation::Write;

    fn admits(boundary: &Boundary, resource: Ownership<'_>) -> bool {
        boundary.owns(resource)
    }

    fn refusal(boundary: &Boundary, resource: Ownership<'_>) -> Denial {
        if boundary.encloses(resource) {
            Denial::ResourceNotOwned
        } else {
            Denial::ResourceNotFound
        }
    }
}

/// The executing group in the form in which resources name their owners.
///
/// A group name has one spelling, so equal bytes are the same group and anything else is another.
#[derive(Debug)]
pub struct Boundary([u8; GroupName::LENGTH]);

impl Boundary {
    pub(crate) fn of(group: GroupName) -> Self {
        Self(group.text())
    }

    pub(crate) fn owns(&self, resource: Ownership<'_>) -> bool {
        self.is_named(resource.owner)
    }

    fn is_named(&self, owner: &str) -> bool {
        owner.as_bytes() == self.0
    }

    pub(crate) fn encloses(&self, resource: Ownership<'_>) -> bool {
        resource.owners.iter().any(|owner| owner.as_bytes() == self.0)
    }

    /// Whether a WRITE request may carry a resource that states this owner: an empty one states
    /// nothing, and the `owners` that a caller sends are never believed.
    pub(crate) fn accepts(&self, owner: &str) -> bool {
        owner.is_empty() || self.is_named(owner)
    }
}

/// What a call that was authorised may touch, in the name of its executing group.
///
/// It comes from [`Authorised::scope`](crate::Authorised::scope) and from nowhere else. Data access
/// takes it as an argument: a store that wants a `&Scope<Write>` cannot be called by a method that
/// only reads.
///
/// ```
/// use meshauth_runtime::{Denial, Resource, Scope, Write};
///
/// struct Account { owner: String, owners: Vec<String> }
/// impl Resource for Account {
///     fn owner(&self) -> &str { &self.owner }
///     fn owners(&self) -> &[String] { &self.owners }
/// }
///
/// // One that does not exist and one that the group cannot see get the same answer.
/// fn close(scope: &Scope<Write>, stored: Option<Account>) -> Result<(), Denial> {
///     let account = scope.permit(stored)?;
///     // ...
///     Ok(())
/// }
/// ```
pub struct Scope<K> {
    group: GroupName,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Scope<K> {
    pub(crate) fn new(group: GroupName) -> Self {
        Self { group, kind: PhantomData }
    }

    /// The executing group. What a WRITE creates is owned by it.
    #[must_use]
    pub fn group(&self) -> GroupName {
        self.group
    }

    /// Whether the resource is inside the scope. READ: the executing group is among its `owners`.
    /// WRITE: its `owner` is the executing group.
    #[must_use]
    pub fn contains(&self, resource: &impl Resource) -> bool {
        K::admits(&Boundary::of(self.group), Ownership::of(resource))
    }

    /// The resource that was looked up, if it is there and inside the scope.
    ///
    /// # Errors
    /// [`Denial::ResourceNotFound`] for one that does not exist or is invisible to the executing
    /// group, and [`Denial::ResourceNotOwned`] for one that a WRITE may not touch but the group may
    /// read.
    pub fn permit<R: Resource>(&self, found: Option<R>) -> Result<R, Denial> {
        let resource = found.ok_or(Denial::ResourceNotFound)?;
        let boundary = Boundary::of(self.group);
        let ownership = Ownership::of(&resource);
        if K::admits(&boundary, ownership) {
            return Ok(resource);
        }
        Err(K::refusal(&boundary, ownership))
    }

    /// Those of the resources that are inside the scope.
    pub fn filter<R: Resource>(
        &self,
        resources: impl IntoIterator<Item = R>,
    ) -> impl Iterator<Item = R> {
        let boundary = Boundary::of(self.group);
        resources.into_iter().filter(move |resource| K::admits(&boundary, Ownership::of(resource)))
    }
}

impl Scope<Write> {
    /// Whether a request may carry this resource: it states no owner, or the executing group. The
    /// guard asks this for every resource in a request, and then sets its ownership.
    ///
    /// # Errors
    /// [`Denial::ResourceNotOwned`] for one that states another owner.
    pub fn accept(&self, sent: &impl Resource) -> Result<(), Denial> {
        if Boundary::of(self.group).accepts(sent.owner()) {
            return Ok(());
        }
        Err(Denial::ResourceNotOwned)
    }
}

impl<K: Kind> fmt::Debug for Scope<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in {}", K::OPERATION, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stored(&'static str, Vec<String>);

    impl Resource for Stored {
        fn owner(&self) -> &str {
            self.0
        }
        fn owners(&self) -> &[String] {
            &self.1
        }
    }

    const ROOT: &str = "groups/00000000000000000000000001";
    const DESK: &str = "groups/00000000000000000000000002";
    const SIBLING: &str = "groups/00000000000000000000000003";

    fn owned_by(path: &[&'static str]) -> Stored {
        Stored(path.last().unwrap(), path.iter().map(ToString::to_string).collect())
    }

    fn scope<K: Kind>(group: &str) -> Scope<K> {
        Scope::new(group.parse().unwrap())
    }

    fn refusal<K: Kind>(group: &str, path: &[&'static str]) -> Option<Denial> {
        scope::<K>(group).permit(Some(owned_by(path))).err()
    }

    #[test]
    fn a_read_sees_its_own_and_below() {
        assert_eq!(refusal::<Read>(ROOT, &[ROOT]), None);
        assert_eq!(refusal::<Read>(ROOT, &[ROOT, DESK]), None);
        assert_eq!(refusal::<Read>(DESK, &[ROOT]), Some(Denial::ResourceNotFound));
        assert_eq!(refusal::<Read>(DESK, &[ROOT, SIBLING]), Some(Denial::ResourceNotFound));
        assert_eq!(
            scope::<Read>(ROOT).permit(None::<Stored>).err(),
            Some(Denial::ResourceNotFound)
        );
    }

    #[test]
    fn a_write_touches_only_its_own() {
        assert_eq!(refusal::<Write>(DESK, &[ROOT, DESK]), None);
        assert_eq!(refusal::<Write>(ROOT, &[ROOT, DESK]), Some(Denial::ResourceNotOwned));
        assert_eq!(refusal::<Write>(DESK, &[ROOT]), Some(Denial::ResourceNotFound));
        assert_eq!(refusal::<Write>(DESK, &[ROOT, SIBLING]), Some(Denial::ResourceNotFound));
    }

    #[test]
    fn the_two_rules_look_at_one_field_each() {
        let only_owner = || Stored(DESK, vec![]);
        let only_owners = || Stored("", vec![DESK.to_owned()]);
        assert!(scope::<Write>(DESK).contains(&only_owner()));
        assert!(!scope::<Read>(DESK).contains(&only_owner()));
        assert!(scope::<Read>(DESK).contains(&only_owners()));
        assert!(!scope::<Write>(DESK).contains(&only_owners()));
    }

    #[test]
    fn another_spelling_of_the_group_is_another_group() {
        for owner in ["groups/00000000000000000000000002 ", "Groups/00000000000000000000000002", ""]
        {
            assert!(!scope::<Write>(DESK).contains(&Stored(owner, vec![])));
            assert!(!scope::<Read>(DESK).contains(&Stored("", vec![owner.to_owned()])));
        }
    }

    #[test]
    fn an_empty_owner_in_a_request_states_nothing_and_owners_are_not_believed() {
        let accepts = |owner, owners: &[&str]| {
            let owners = owners.iter().map(ToString::to_string).collect();
            scope::<Write>(DESK).accept(&Stored(owner, owners))
        };
        assert_eq!(accepts("", &[SIBLING]), Ok(()));
        assert_eq!(accepts(DESK, &[SIBLING]), Ok(()));
        assert_eq!(accepts(SIBLING, &[DESK]), Err(Denial::ResourceNotOwned));
        assert_eq!(accepts(" ", &[]), Err(Denial::ResourceNotOwned));
    }

    #[test]
    fn filter_keeps_what_contains_admits() {
        let stored = [owned_by(&[ROOT]), owned_by(&[ROOT, DESK]), owned_by(&[ROOT, SIBLING])];
        let kept: Vec<_> = scope::<Read>(DESK).filter(&stored).map(|kept| kept.0).collect();
        assert_eq!(kept, [DESK]);
    }
}
