//! Role grants: this role, in this group and in every group below it.

use std::{fmt, str::FromStr};

use super::group::Group;
use crate::{
    names::{GroupName, ParseNameError},
    policy::{MethodPolicy, RoleNumber},
};

/// A role granted in a group. Canonical form: `groups/{ULID}/roles/{number}`.
///
/// ```
/// use meshauth_runtime::Grant;
///
/// let grant: Grant = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA/roles/1000000".parse()?;
/// assert_eq!(grant.role().value(), 1_000_000);
/// assert!("groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA/roles/+7".parse::<Grant>().is_err());
/// # Ok::<(), meshauth_runtime::ParseNameError>(())
/// ```
///
/// A group is a parsed name, here as everywhere: a text could spell it in two ways.
///
/// ```compile_fail,E0308
/// use meshauth_runtime::{Grant, RoleNumber};
///
/// fn grant(role: RoleNumber) -> Grant {
///     Grant::new("groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA", role)
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    // The order of the fields is the order of a sorted list of grants: by role, then by group.
    role: RoleNumber,
    group: GroupName,
}

impl Grant {
    /// The grant of `role` in `group`.
    #[must_use]
    pub const fn new(group: GroupName, role: RoleNumber) -> Self {
        Self { role, group }
    }

    /// Where the role is granted: it counts in this group and below.
    #[must_use]
    pub const fn group(self) -> GroupName {
        self.group
    }

    /// The role that is granted.
    #[must_use]
    pub const fn role(self) -> RoleNumber {
        self.role
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// Any other text, and bytes that are no text.
    pub fn parse(text: &[u8]) -> Result<Self, ParseNameError> {
        Self::split(text).ok_or(ParseNameError {
            expected: "`groups/{ULID}/roles/{number}`, the number from 1 to 2147483647 without sign or leading \
                       zero",
        })
    }

    fn split(text: &[u8]) -> Option<Self> {
        let (group, rest) = text.split_at_checked(GroupName::LENGTH)?;
        let number = rest.strip_prefix(b"/roles/")?;
        Some(Self::new(GroupName::parse(group).ok()?, RoleNumber::parse(number)?))
    }
}

impl FromStr for Grant {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/roles/{}", self.group, self.role)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Up to this many grants are looked through one by one, which is faster than a search.
const FEW: usize = 16;

/// All grants of one entity, in an order that makes the role check (check 4) cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(Box<[Grant]>);

impl Grants {
    /// The grants as a sorted list.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Grant> + '_ {
        self.0.iter().copied()
    }

    /// A grant of one of the method's roles in the ownership hierarchy of `executing`, if there is one.
    ///
    /// A grant in a sibling, or below the executing group, is not in its hierarchy.
    pub(crate) fn find(&self, policy: &MethodPolicy, executing: &Group) -> Option<Grant> {
        if self.0.len() > FEW {
            return policy.roles().find_map(|role| self.find_one(role.number(), executing));
        }
        let counts =
            |grant: &Grant| policy.lists(grant.role) && executing.is_at_or_below(grant.group);
        self.0.iter().copied().find(counts)
    }

    /// Whether `role` is granted in `group` or above it.
    pub(crate) fn hold(&self, role: RoleNumber, group: &Group) -> bool {
        self.find_one(role, group).is_some()
    }

    fn find_one(&self, role: RoleNumber, executing: &Group) -> Option<Grant> {
        let start = self.0.partition_point(|grant| grant.role < role);
        let same_role = &self.0[start..];
        let length = same_role.partition_point(|grant| grant.role == role);
        let group = common(&same_role[..length], |grant| grant.group, executing.hierarchy())?;
        Some(Grant::new(group, role))
    }
}

/// Up to this many groups are each looked for in the hierarchy.
const FEW_GROUPS: usize = 4;

/// A group of `hierarchy` among those in which a role is granted, which are sorted. The cost grows
/// with the depth, and with the logarithm of the number of grants.
fn common<T, G: Copy + Ord>(granted: &[T], group: impl Fn(&T) -> G, hierarchy: &[G]) -> Option<G> {
    if granted.len() <= FEW_GROUPS {
        return granted.iter().map(group).find(|group| hierarchy.contains(group));
    }
    let is_granted = |above: &G| granted.binary_search_by_key(above, &group).is_ok();
    hierarchy.iter().copied().find(is_granted)
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        let mut grants: Vec<Grant> = grants.into_iter().collect();
        grants.sort_unstable();
        grants.dedup();
        Self(grants.into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, cmp::Ordering};

    use super::*;
    use crate::policy::{Operation, Role};

    const GROUP: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    fn parse(number: &str) -> Option<u32> {
        let grant = Grant::parse(format!("{GROUP}/roles/{number}").as_bytes()).ok()?;
        assert_eq!(grant.to_string(), format!("{GROUP}/roles/{number}"));
        Some(grant.role().value())
    }

    #[test]
    fn t_c01_only_the_one_spelling_of_a_number_parses() {
        for number in [1, 9, 10, 1_000_000, 2_147_483_647] {
            assert_eq!(parse(&number.to_string()), Some(number));
        }
        for wrong in [
            "",
            "0",
            "-1",
            "+7",
            "07",
            "1 ",
            " 1",
            "1\n",
            "1e6",
            "0x1",
            "٣",
            "1.0",
            "1/",
            "1,2",
            "2147483648",
            "4294967297",
            "4295967296",
            "9999999999",
            "18446744073709551617",
            "10000000000000000000000000000000000001",
            "-4293967296",
            "one",
        ] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_grant_needs_its_canonical_group_and_the_word_roles() {
        for wrong in [
            "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA/role/1",
            "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA/roles",
            "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA//roles/1",
            "groups/01JD8Q5V9WXKZ3T7B2N4M6P8Ra/roles/1",
            "groups/roles/1",
            "roles/1",
            "",
            "групы/01JD8Q5V9WXKZ3T7B2N4M6P8/roles/1",
        ] {
            assert!(Grant::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    /// A group that counts how often groups are compared.
    #[derive(Clone, Copy)]
    struct Counted(u32);

    thread_local!(static COMPARISONS: Cell<usize> = const { Cell::new(0) });

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other).is_eq()
        }
    }

    impl Eq for Counted {}

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARISONS.set(COMPARISONS.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    #[test]
    fn t_e04_the_comparisons_of_a_role_check_grow_with_the_depth_and_no_faster() {
        for depth in [1, 4, 16, 64, 256, 1024] {
            for granted_in in [0, 1, 4, 5, 17, 64, 1000, 100_000_u32] {
                let granted: Vec<_> = (0..granted_in).map(|group| Counted(2 * group)).collect();
                // None of them is granted, which takes longest.
                let hierarchy: Vec<_> = (0..depth).map(|above| Counted(2 * above + 1)).collect();
                COMPARISONS.set(0);
                assert!(common(&granted, |group| *group, &hierarchy).is_none());
                let each = granted_in.checked_ilog2().map_or(0, |log| log + 2).max(4);
                let bound = usize::try_from(depth * each).unwrap();
                let counted = COMPARISONS.get();
                assert!(counted <= bound, "{depth} {granted_in}: {counted} > {bound}");
            }
        }
    }

    #[test]
    fn both_ways_of_searching_find_the_same() {
        let group = GroupName::from_ulid;
        let role = RoleNumber::new(7).unwrap();
        let listed = [Role::new(7, "ROLE")];
        let policy =
            MethodPolicy::try_authorised("/p.S/M".into(), Operation::Read, &listed).unwrap();
        let executing = Group::new(group(3), Some(group(2)), &[group(1), group(2)]).unwrap();
        let many_elsewhere = (100..200).map(|other| Grant::new(group(other), role));

        for granted in 1..=3 {
            let grant = Grant::new(group(granted), role);
            assert_eq!(Grants::from_iter([grant]).find(&policy, &executing), Some(grant));
            let many: Grants = many_elsewhere.clone().chain([grant]).collect();
            assert_eq!(many.find(&policy, &executing), Some(grant));
        }
        assert_eq!(many_elsewhere.collect::<Grants>().find(&policy, &executing), None);
        let other_role = Grant::new(group(3), RoleNumber::new(8).unwrap());
        assert_eq!(Grants::from_iter([other_role]).find(&policy, &executing), None);
    }
}
