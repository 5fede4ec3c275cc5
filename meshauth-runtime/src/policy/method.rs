//! What the annotation of one method says.

use std::borrow::Cow;

use super::{
    error::PolicyError,
    role::{Role, RoleNumber},
};

/// Whether a method reads or writes: what its scope lets it touch (check 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It sees what the executing group and its descendants own.
    Read,
    /// It touches only what the executing group owns itself.
    Write,
}

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessLevel {
    /// Anyone, with or without credentials.
    Public,
    /// An entity with one of the method's roles.
    Authorised,
}

/// The policy of one method, put together by name.
///
/// Generated tables hold them as statics, and guards refer to them by `&'static`. A table that is
/// read from data, such as in a command or a proxy, makes them with
/// [`try_public`](Self::try_public) and [`try_authorised`](Self::try_authorised).
///
/// ```
/// use meshauth_runtime::{MethodPolicy, Operation, Role};
///
/// static CLOSE: MethodPolicy = MethodPolicy::authorised(
///     "/wallet.v1.AccountService/CloseAccount",
///     Operation::Write,
///     &[Role::new(1_000_000, "ROLE_WALLET_ADMIN")],
/// )
/// .verified();
/// assert!(CLOSE.requires_verification());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodPolicy {
    path: Cow<'static, str>,
    operation: Operation,
    access: AccessLevel,
    roles: Roles,
    verified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Roles {
    Static(&'static [Role<'static>]),
    Owned(Vec<(RoleNumber, String)>),
}

impl MethodPolicy {
    /// The policy of a method that anyone may call.
    ///
    /// # Panics
    /// If the path is not a wire path. In a generated table that is a compile-time error.
    #[must_use]
    pub const fn public(path: &'static str, operation: Operation) -> Self {
        assert!(is_wire_path(path), "a wire path is `/{{package}}.{{Service}}/{{Method}}`");
        Self {
            path: Cow::Borrowed(path),
            operation,
            access: AccessLevel::Public,
            roles: Roles::Static(&[]),
            verified: false,
        }
    }

    /// The policy of a method for entities that hold one of `roles`.
    ///
    /// # Panics
    /// Without roles, with a role named twice, or if the path is not a wire path. In a generated
    /// table that is a compile-time error.
    #[must_use]
    pub const fn authorised(
        path: &'static str,
        operation: Operation,
        roles: &'static [Role<'static>],
    ) -> Self {
        assert!(is_wire_path(path), "a wire path is `/{{package}}.{{Service}}/{{Method}}`");
        assert!(!roles.is_empty(), "an AUTHORISED method without roles could never be called");
        assert!(first_repeated(roles).is_none(), "a method names a role twice");
        Self {
            path: Cow::Borrowed(path),
            operation,
            access: AccessLevel::Authorised,
            roles: Roles::Static(roles),
            verified: false,
        }
    }

    /// As [`MethodPolicy::public`], from data.
    ///
    /// # Errors
    /// A path that is not a wire path.
    pub fn try_public(path: String, operation: Operation) -> Result<Self, PolicyError> {
        if !is_wire_path(&path) {
            return Err(PolicyError::WirePath);
        }
        Ok(Self {
            path: Cow::Owned(path),
            operation,
            access: AccessLevel::Public,
            roles: Roles::Static(&[]),
            verified: false,
        })
    }

    /// As [`MethodPolicy::authorised`], from data.
    ///
    /// # Errors
    /// No roles, a role named twice, and a path that is not a wire path.
    pub fn try_authorised(
        path: String,
        operation: Operation,
        roles: &[Role<'_>],
    ) -> Result<Self, PolicyError> {
        if roles.is_empty() {
            return Err(PolicyError::NoRoles);
        }
        if let Some(repeated) = first_repeated(roles) {
            return Err(PolicyError::RoleTwice(repeated.value()));
        }
        let policy = Self::try_public(path, operation)?;
        let owned = roles.iter().map(|role| (role.number(), role.name().to_owned()));
        let roles = Roles::Owned(owned.collect());
        Ok(Self { access: AccessLevel::Authorised, roles, ..policy })
    }

    /// The same for callers whose client has passed verification (check 5). A PUBLIC method asks
    /// for nobody's.
    ///
    /// # Panics
    /// For a PUBLIC method. In a generated table that is a compile-time error.
    #[must_use]
    pub const fn verified(mut self) -> Self {
        assert!(
            matches!(self.access, AccessLevel::Authorised),
            "a PUBLIC method may have no caller to be verified"
        );
        self.verified = true;
        self
    }

    /// The path on the wire: `/{package}.{Service}/{Method}`, in the names of the proto.
    #[must_use]
    pub const fn path(&self) -> &str {
        match &self.path {
            Cow::Borrowed(path) => path,
            Cow::Owned(path) => path.as_str(),
        }
    }

    /// Whether the method reads or writes.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Who may call it.
    #[must_use]
    pub const fn access_level(&self) -> AccessLevel {
        self.access
    }

    /// The roles that may call it; none for a PUBLIC method.
    pub fn roles(&self) -> impl Iterator<Item = Role<'_>> {
        let (of_statics, owned): (&[Role<'_>], &[(RoleNumber, String)]) = match &self.roles {
            Roles::Static(roles) => (roles, &[]),
            Roles::Owned(roles) => (&[], roles),
        };
        let owned = owned.iter().map(|(number, name)| Role::from_parts(*number, name));
        of_statics.iter().copied().chain(owned)
    }

    /// The role with this number, if the method lists it.
    #[must_use]
    pub fn role(&self, number: RoleNumber) -> Option<Role<'_>> {
        self.roles().find(|role| role.number() == number)
    }

    /// Whether the method lists the role with this number (check 4).
    #[inline]
    #[must_use]
    pub fn lists(&self, number: RoleNumber) -> bool {
        match &self.roles {
            Roles::Static(roles) => is_among(number, roles.iter().map(|role| role.number())),
            Roles::Owned(roles) => is_among(number, roles.iter().map(|(listed, _)| *listed)),
        }
    }

    /// Whether the client of the caller must be verified (check 5).
    #[must_use]
    pub const fn requires_verification(&self) -> bool {
        self.verified
    }
}

/// Looks at all of them: which one it is cannot be foreseen, and a wrong guess costs a processor
/// more than a few comparisons.
#[inline]
fn is_among(number: RoleNumber, listed: impl Iterator<Item = RoleNumber>) -> bool {
    listed.fold(false, |found, listed| (listed == number) | found)
}

/// Two names of letters, digits, underscores and dots, each behind a slash. Nothing else: a router
/// would take `{` for the beginning of a pattern.
const fn is_wire_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let mut slashes = 0;
    let mut at = 0;
    while at < bytes.len() {
        let starts_a_name = at + 1 < bytes.len() && bytes[at + 1] != b'/';
        match bytes[at] {
            b'/' if starts_a_name => slashes += 1,
            b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if at > 0 => {}
            _ => return false,
        }
        at += 1;
    }
    slashes == 2
}

const fn first_repeated(roles: &[Role<'_>]) -> Option<RoleNumber> {
    let mut left = 0;
    while left < roles.len() {
        let mut right = left + 1;
        while right < roles.len() {
            if roles[left].number().value() == roles[right].number().value() {
                return Some(roles[left].number());
            }
            right += 1;
        }
        left += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMIN: Role<'_> = Role::new(1, "ROLE_ADMIN");

    #[test]
    #[should_panic(expected = "without roles")]
    fn t_c06_a_table_refuses_an_authorised_method_without_roles() {
        let _ = MethodPolicy::authorised("/p.S/M", Operation::Read, &[]);
    }

    #[test]
    #[should_panic(expected = "from 1 to 2147483647")]
    fn t_c04_a_table_refuses_role_zero() {
        let _ = Role::new(0, "ROLE_UNSPECIFIED");
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_table_refuses_a_role_named_twice() {
        const ROLES: &[Role<'_>] = &[ADMIN, Role::new(1, "ROLE_ALIAS")];
        let _ = MethodPolicy::authorised("/p.S/M", Operation::Read, ROLES);
    }

    #[test]
    fn a_table_refuses_what_is_no_wire_path() {
        for path in [
            "",
            "/",
            "p.S/M",
            "/p.S",
            "/p.S/M/",
            "//",
            "/p.S/",
            "//ab",
            "/{x}/{y}",
            "/p.S/{*rest}",
            "/p.S/M%20",
            "/p.S/ü",
        ] {
            let made = std::panic::catch_unwind(|| MethodPolicy::public(path, Operation::Read));
            assert!(made.is_err(), "{path:?}");
            let made = MethodPolicy::try_public(path.to_owned(), Operation::Read);
            assert_eq!(made, Err(PolicyError::WirePath), "{path:?}");
        }
    }

    #[test]
    fn a_public_method_has_no_roles() {
        let policy = MethodPolicy::public("/p.S/M", Operation::Write);
        assert_eq!(policy.roles().count(), 0);
        assert!(!policy.requires_verification());
    }

    #[test]
    fn a_policy_from_data_is_held_to_the_same_rules() {
        let path = || String::from("/p.S/M");
        let made =
            |roles: &[Role<'_>]| MethodPolicy::try_authorised(path(), Operation::Read, roles);
        assert_eq!(made(&[]), Err(PolicyError::NoRoles));
        assert_eq!(made(&[ADMIN, Role::new(1, "ROLE_ALIAS")]), Err(PolicyError::RoleTwice(1)));
        let policy = made(&[ADMIN]).unwrap();
        assert_eq!(policy.roles().collect::<Vec<_>>(), [ADMIN]);
        assert!(policy.lists(ADMIN.number()) && policy.role(ADMIN.number()) == Some(ADMIN));
        assert_eq!(Role::try_new(0, "ROLE"), Err(PolicyError::RoleNumber(0)));
        assert_eq!(Role::try_new(1, "ROLE\n"), Err(PolicyError::RoleName));
        assert_eq!(Role::try_new(1, "ROLE_ADMIN"), Ok(ADMIN));
    }

    #[test]
    #[should_panic(expected = "no caller to be verified")]
    fn e06_a_table_refuses_a_public_method_with_verification() {
        let _ = MethodPolicy::public("/p.S/M", Operation::Read).verified();
    }
}
