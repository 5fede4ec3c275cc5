//! What an annotation says, as the generated tables hold it.

use crate::role::{Role, RoleNumber};

/// Whether a method reads or writes: what its scope lets it touch (check 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It sees what the executing group and its descendants own.
    Read,
    /// It touches only what the executing group owns itself.
    Write,
}

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLevel {
    /// Anyone, with or without credentials.
    Public,
    /// An entity with one of the roles.
    Authorised {
        /// At least one of these must be granted in the hierarchy of the executing group.
        roles: &'static [Role],
        /// Whether the entity's client must be verified.
        verified: bool,
    },
}

/// The policy of one method. Two methods never share one: generated code refers to it by
/// `&'static`.
#[derive(Debug, PartialEq, Eq)]
pub struct MethodPolicy {
    path: &'static str,
    operation: Operation,
    access: AccessLevel,
}

impl MethodPolicy {
    /// The policy of a method that anyone may call.
    ///
    /// # Panics
    /// If the path is not a wire path. In a generated table that is an error of compilation.
    #[must_use]
    pub const fn public(path: &'static str, operation: Operation) -> Self {
        assert_wire_path(path);
        Self { path, operation, access: AccessLevel::Public }
    }

    /// The policy of a method for entities that hold one of `roles`.
    ///
    /// # Panics
    /// Without roles, with a role named twice, or if the path is not a wire path. In a generated
    /// table that is an error of compilation.
    #[must_use]
    pub const fn authorised(
        path: &'static str,
        operation: Operation,
        roles: &'static [Role],
        verified: bool,
    ) -> Self {
        assert_wire_path(path);
        assert!(!roles.is_empty(), "an AUTHORISED method without roles could never be called");
        assert_distinct(roles);
        Self { path, operation, access: AccessLevel::Authorised { roles, verified } }
    }

    /// The path on the wire: `/{package}.{Service}/{Method}`, in the names of the proto.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Whether the method reads or writes.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Who may call it.
    #[must_use]
    pub const fn access(&self) -> AccessLevel {
        self.access
    }

    /// The roles that may call it; none for a PUBLIC method.
    #[must_use]
    pub const fn roles(&self) -> &'static [Role] {
        match self.access {
            AccessLevel::Public => &[],
            AccessLevel::Authorised { roles, .. } => roles,
        }
    }

    /// The role with this number, if the method lists it.
    #[must_use]
    pub fn role(&self, number: RoleNumber) -> Option<Role> {
        self.roles().iter().copied().find(|role| role.number() == number)
    }

    /// Whether the entity's client must be verified.
    #[must_use]
    pub const fn verified(&self) -> bool {
        matches!(self.access, AccessLevel::Authorised { verified: true, .. })
    }
}

/// Two names of letters, digits, underscores and dots, each behind a slash. Nothing else: a router
/// would take `{` for the begin of a pattern.
const fn assert_wire_path(path: &str) {
    let bytes = path.as_bytes();
    let mut slashes = 0;
    let mut at = 0;
    while at < bytes.len() {
        let starts_a_name = at + 1 < bytes.len() && bytes[at + 1] != b'/';
        match bytes[at] {
            b'/' if starts_a_name => slashes += 1,
            b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if at > 0 => {}
            _ => panic!("a wire path is `/{{package}}.{{Service}}/{{Method}}`"),
        }
        at += 1;
    }
    assert!(slashes == 2, "a wire path is `/{{package}}.{{Service}}/{{Method}}`");
}

/// Letters, digits, underscores and dots: it stands in records as it is.
const fn assert_word(word: &str) {
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let allowed = bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'_' | b'.');
        assert!(allowed, "a service has a full name and a digest in hexadecimal");
        at += 1;
    }
}

const fn assert_distinct(roles: &[Role]) {
    let mut left = 0;
    while left < roles.len() {
        let mut right = left + 1;
        while right < roles.len() {
            assert!(
                roles[left].number().value() != roles[right].number().value(),
                "a method names a role twice"
            );
            right += 1;
        }
        left += 1;
    }
}

/// The methods that one role may call: a row of the table read the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleMethods {
    role: Role,
    paths: &'static [&'static str],
}

impl RoleMethods {
    /// The row of `role`.
    #[must_use]
    pub const fn new(role: Role, paths: &'static [&'static str]) -> Self {
        Self { role, paths }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The wire paths of the methods that list it, in the order of the proto.
    #[must_use]
    pub const fn paths(&self) -> &'static [&'static str] {
        self.paths
    }
}

/// The role table of one service, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServicePolicy {
    name: &'static str,
    digest: &'static str,
    methods: &'static [&'static MethodPolicy],
    roles: &'static [RoleMethods],
}

impl ServicePolicy {
    /// The table of the service with this full proto name.
    ///
    /// # Panics
    /// If the name or the digest is none. In generated code that is an error of compilation.
    #[must_use]
    pub const fn new(
        name: &'static str,
        digest: &'static str,
        methods: &'static [&'static MethodPolicy],
        roles: &'static [RoleMethods],
    ) -> Self {
        assert_word(name);
        assert_word(digest);
        Self { name, digest, methods, roles }
    }

    /// The full name of the service: `{package}.{Service}`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The SHA-256 of the service's annotations, in hexadecimal: it changes when who may do what
    /// changes.
    #[must_use]
    pub const fn digest(&self) -> &'static str {
        self.digest
    }

    /// Method to roles: every method of the service, in the order of the proto.
    #[must_use]
    pub const fn methods(&self) -> &'static [&'static MethodPolicy] {
        self.methods
    }

    /// The policy of the method with exactly this path on the wire.
    #[must_use]
    pub fn method(&self, path: &str) -> Option<&'static MethodPolicy> {
        self.methods.iter().copied().find(|method| method.path == path)
    }

    /// Role to methods: every role that some method lists, in the order of their numbers.
    #[must_use]
    pub const fn roles(&self) -> &'static [RoleMethods] {
        self.roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMIN: Role = Role::new(1, "ROLE_ADMIN");

    #[test]
    #[should_panic(expected = "without roles")]
    fn t_c06_a_table_refuses_an_authorised_method_without_roles() {
        let _ = MethodPolicy::authorised("/p.S/M", Operation::Read, &[], false);
    }

    #[test]
    #[should_panic(expected = "from 1 to 2147483647")]
    fn t_c04_a_table_refuses_role_zero() {
        let _ = Role::new(0, "ROLE_UNSPECIFIED");
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_table_refuses_a_role_named_twice() {
        const ROLES: &[Role] = &[ADMIN, Role::new(1, "ROLE_ALIAS")];
        let _ = MethodPolicy::authorised("/p.S/M", Operation::Read, ROLES, false);
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
        }
    }

    #[test]
    fn a_public_method_has_no_roles() {
        let policy = MethodPolicy::public("/p.S/M", Operation::Write);
        assert_eq!(policy.roles(), []);
        assert!(!policy.verified());
    }
}
