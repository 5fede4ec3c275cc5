//! A group with its place in the tree.

use crate::names::GroupName;

/// The longest list of `owners` that a group may have unless a directory is told otherwise.
pub const MAX_OWNERS: usize = 64;

/// A known group whose ownership hierarchy is consistent (check 2).
///
/// ```
/// use meshauth_runtime::{Group, GroupName};
///
/// let [root, desk] = [1, 2].map(GroupName::from_ulid);
/// let group = Group::new(desk, Some(root), &[root])?;
/// assert_eq!(group.hierarchy(), [root, desk]);
/// assert!(Group::new(desk, Some(root), &[]).is_err());
/// # Ok::<(), meshauth_runtime::HierarchyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// From the root to the group itself.
    hierarchy: Box<[GroupName]>,
    name: GroupName,
}

impl Group {
    /// A group as it is stored: `owner` is the parent, `owners` the path from the root to the
    /// parent; the group itself may follow as the last entry. A root has no `owners` or only
    /// itself, and no `owner` or itself.
    ///
    /// That the parent is itself a known group is for the directory to see to.
    ///
    /// # Errors
    /// Anything else, and `owners` longer than [`MAX_OWNERS`].
    pub fn new(
        name: GroupName,
        owner: Option<GroupName>,
        owners: &[GroupName],
    ) -> Result<Self, HierarchyError> {
        Self::with_max_owners(name, owner, owners, MAX_OWNERS)
    }

    /// As [`Group::new`], with another limit for the length of `owners` (the group itself not
    /// counted).
    ///
    /// # Errors
    /// As [`Group::new`].
    pub fn with_max_owners(
        name: GroupName,
        owner: Option<GroupName>,
        owners: &[GroupName],
        max_owners: usize,
    ) -> Result<Self, HierarchyError> {
        let path = match owners {
            [path @ .., last] if *last == name => path,
            path => path,
        };
        if path.len() > max_owners {
            return Err(HierarchyError::TooDeep);
        }
        let parent = owner.filter(|owner| *owner != name);
        if path.last().copied() != parent {
            return Err(HierarchyError::OwnersDoNotEndWithOwner);
        }
        let hierarchy: Box<[GroupName]> = path.iter().copied().chain([name]).collect();
        if has_duplicate(&hierarchy) {
            return Err(HierarchyError::GroupTwice);
        }
        Ok(Self { hierarchy, name })
    }

    /// The name of the group.
    #[must_use]
    pub fn name(&self) -> GroupName {
        self.name
    }

    /// The ownership hierarchy: from the root down to this group, this group included, last.
    #[must_use]
    pub fn hierarchy(&self) -> &[GroupName] {
        &self.hierarchy
    }

    /// Whether the hierarchy is the same by the records of the groups above, given from the root
    /// down to the parent: each is what its own record says, too.
    ///
    /// A store that keeps a path with every group can hold a path that has gone stale, as when a
    /// group above was moved and those below it were not written anew. Checks 2 to 4 take the
    /// path as it is stored, so a directory that does not trust its store asks this before it
    /// answers, and answers [`Miss::Unusable`](crate::Miss::Unusable) if the two differ. It
    /// takes the records of all groups above, which one query can fetch (in SQL:
    /// `WHERE name = ANY($owners)`).
    ///
    /// ```
    /// use meshauth_runtime::{Group, GroupName};
    ///
    /// let [root, other, desk] = [1, 2, 3].map(GroupName::from_ulid);
    /// let parent = Group::new(root, None, &[])?;
    /// assert!(Group::new(desk, Some(root), &[root])?.agrees_with([&parent]));
    /// // By its own record the parent is a root, so nothing is above it.
    /// assert!(!Group::new(desk, Some(root), &[other, root])?.agrees_with([&parent]));
    /// # Ok::<(), meshauth_runtime::HierarchyError>(())
    /// ```
    #[must_use]
    pub fn agrees_with<'a>(&self, above: impl IntoIterator<Item = &'a Group>) -> bool {
        let mut depth = 0;
        let agree = above.into_iter().all(|group| {
            depth += 1;
            depth < self.hierarchy.len() && group.hierarchy() == &self.hierarchy[..depth]
        });
        agree && depth + 1 == self.hierarchy.len()
    }

    /// Whether `other` is this group or one above it.
    pub(crate) fn is_at_or_below(&self, other: GroupName) -> bool {
        self.hierarchy.contains(&other)
    }
}

fn has_duplicate(groups: &[GroupName]) -> bool {
    let mut sorted = groups.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}

/// A stored group whose hierarchy is inconsistent: it is unusable, never treated as a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HierarchyError {
    /// The last of `owners` (before the group itself) is not its `owner`.
    #[error("the owners of the group do not end with its owner")]
    OwnersDoNotEndWithOwner,
    /// A group stands twice in the hierarchy: a cycle.
    #[error("the hierarchy of the group holds a group twice")]
    GroupTwice,
    /// `owners` is longer than the limit.
    #[error("the group has more owners than the limit allows")]
    TooDeep,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: GroupName = GroupName::from_ulid(1);
    const B: GroupName = GroupName::from_ulid(2);
    const C: GroupName = GroupName::from_ulid(3);

    #[test]
    fn both_stored_forms_give_the_same_group() {
        assert_eq!(Group::new(A, None, &[]), Group::new(A, Some(A), &[A]));
        assert_eq!(Group::new(A, None, &[A]), Group::new(A, Some(A), &[]));
        assert_eq!(Group::new(C, Some(B), &[A, B]), Group::new(C, Some(B), &[A, B, C]));
        assert_eq!(Group::new(C, Some(B), &[A, B]).unwrap().hierarchy(), [A, B, C]);
    }

    #[test]
    fn t_e03_owners_that_do_not_end_with_the_owner_make_the_group_unusable() {
        let wrong = Err(HierarchyError::OwnersDoNotEndWithOwner);
        assert_eq!(Group::new(C, Some(B), &[]), wrong);
        assert_eq!(Group::new(C, Some(B), &[C]), wrong);
        assert_eq!(Group::new(C, Some(B), &[B, A]), wrong);
        assert_eq!(Group::new(C, None, &[A]), wrong);
        assert_eq!(Group::new(C, Some(C), &[A]), wrong);
        assert_eq!(Group::new(C, None, &[A, C]), wrong);
    }

    #[test]
    fn t_e01_a_group_that_stands_twice_makes_the_group_unusable() {
        let wrong = Err(HierarchyError::GroupTwice);
        assert_eq!(Group::new(C, Some(B), &[B, B]), wrong);
        assert_eq!(Group::new(C, Some(B), &[C, B]), wrong);
        assert_eq!(Group::new(C, Some(B), &[C, B, C]), wrong);
        assert_eq!(Group::new(C, Some(B), &[B, A, B]), wrong);
        assert_eq!(Group::new(C, Some(C), &[C, C]).unwrap_err(), {
            HierarchyError::OwnersDoNotEndWithOwner
        });
    }

    #[test]
    fn t_e03_a_path_that_has_gone_stale_does_not_agree_with_the_groups_above() {
        let [a, b] = [Group::new(A, None, &[]), Group::new(B, Some(A), &[A])].map(Result::unwrap);
        let c = Group::new(C, Some(B), &[A, B]).unwrap();
        assert!(a.agrees_with([]) && b.agrees_with([&a]) && c.agrees_with([&a, &b]));
        for above in [vec![], vec![&a], vec![&b], vec![&b, &a], vec![&a, &b, &c], vec![&a, &a]] {
            assert!(!c.agrees_with(above));
        }
        // The parent was made a root, and the group below it was not written anew.
        let moved = Group::new(B, None, &[]).unwrap();
        assert!(!c.agrees_with([&a, &moved]) && !c.agrees_with([&moved]));
        assert!(Group::new(C, Some(B), &[B]).unwrap().agrees_with([&moved]));
    }

    #[test]
    fn t_e04_the_depth_limit_counts_the_owners_alone() {
        let path = |length: u128| (100..100 + length).map(GroupName::from_ulid).collect::<Vec<_>>();
        let group = |owners: &[GroupName]| Group::new(C, owners.last().copied(), owners);
        assert!(group(&path(64)).is_ok());
        assert_eq!(group(&path(65)), Err(HierarchyError::TooDeep));
        let mut with_itself = path(64);
        with_itself.push(C);
        assert!(Group::new(C, with_itself.get(63).copied(), &with_itself).is_ok());
        assert!(Group::with_max_owners(C, Some(A), &[B, A], 1).is_err());
    }

    #[test]
    fn t_e05_the_hierarchy_is_compared_by_exact_name() {
        let group = Group::new(C, Some(B), &[A, B]).unwrap();
        assert!([A, B, C].into_iter().all(|above| group.is_at_or_below(above)));
        assert!(!group.is_at_or_below(GroupName::from_ulid(4)));
    }
}
