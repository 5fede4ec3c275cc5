//! The role table of one service.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    error::PolicyError,
    method::MethodPolicy,
    role::{Role, RoleNumber},
};

/// The methods that one role may call: a row of the table read the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleMethods<'a> {
    role: Role<'a>,
    paths: Paths<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paths<'a> {
    Static(&'a [&'a str]),
    Owned(&'a [String]),
}

impl<'a> RoleMethods<'a> {
    /// The row of `role`.
    #[must_use]
    pub const fn new(role: Role<'a>, paths: &'a [&'a str]) -> Self {
        Self { role, paths: Paths::Static(paths) }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role<'a> {
        self.role
    }

    /// The wire paths of the methods that list it, in the order of the proto.
    pub fn paths(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (of_statics, owned): (&[&str], &[String]) = match self.paths {
            Paths::Static(paths) => (paths, &[]),
            Paths::Owned(paths) => (&[], paths),
        };
        of_statics.iter().copied().chain(owned.iter().map(String::as_str))
    }
}

/// The role table of one service, both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePolicy {
    name: Cow<'static, str>,
    digest: Cow<'static, str>,
    table: Table,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Table {
    Static { methods: &'static [&'static MethodPolicy], roles: &'static [RoleMethods<'static>] },
    Owned { methods: Vec<MethodPolicy>, roles: BTreeMap<RoleNumber, OwnedRow> },
}

/// The name of a role, and the paths of its methods.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnedRow {
    name: String,
    paths: Vec<String>,
}

impl ServicePolicy {
    /// The table of the service with this full proto name.
    ///
    /// # Panics
    /// If the name or the digest is not one. In generated code that is a compile-time error.
    #[must_use]
    pub const fn new(
        name: &'static str,
        digest: &'static str,
        methods: &'static [&'static MethodPolicy],
        roles: &'static [RoleMethods<'static>],
    ) -> Self {
        assert!(
            is_word(name) && is_word(digest),
            "a service has a full name and a digest in hexadecimal"
        );
        Self {
            name: Cow::Borrowed(name),
            digest: Cow::Borrowed(digest),
            table: Table::Static { methods, roles },
        }
    }

    /// A table that is read from data, such as a descriptor set: for commands and proxies that
    /// decide by it, as [`Authoriser::decide`](crate::Authoriser::decide) does. The rows of its
    /// roles follow from the methods.
    ///
    /// ```
    /// use meshauth_runtime::{MethodPolicy, Operation, ServicePolicy};
    ///
    /// let now = MethodPolicy::try_public("/time.v1.Clock/Now".to_owned(), Operation::Read)?;
    /// let clock = ServicePolicy::from_methods("time.v1.Clock", "0", vec![now])?;
    /// assert!(clock.method("/time.v1.Clock/Now").is_some());
    /// # Ok::<(), meshauth_runtime::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// A name or digest that is not one, a method of another service, and one that is listed twice.
    pub fn from_methods(
        name: &str,
        digest: &str,
        methods: Vec<MethodPolicy>,
    ) -> Result<Self, PolicyError> {
        if !is_word(name) || !is_word(digest) {
            return Err(PolicyError::ServiceName);
        }
        let mut roles = BTreeMap::<RoleNumber, OwnedRow>::new();
        let mut paths = BTreeSet::new();
        for method in &methods {
            let path = method.path();
            let in_service = path.strip_prefix('/').and_then(|path| path.strip_prefix(name));
            if !in_service.is_some_and(|rest| rest.starts_with('/')) {
                let service = name.to_owned();
                return Err(PolicyError::OtherService { path: path.to_owned(), service });
            }
            if !paths.insert(path) {
                return Err(PolicyError::MethodTwice(path.to_owned()));
            }
            for role in method.roles() {
                let row = roles.entry(role.number());
                let new = || OwnedRow { name: role.name().to_owned(), paths: Vec::new() };
                row.or_insert_with(new).paths.push(path.to_owned());
            }
        }
        Ok(Self {
            name: Cow::Owned(name.to_owned()),
            digest: Cow::Owned(digest.to_owned()),
            table: Table::Owned { methods, roles },
        })
    }

    /// The full name of the service: `{package}.{Service}`.
    #[must_use]
    pub const fn name(&self) -> &str {
        match &self.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(name) => name.as_str(),
        }
    }

    /// The SHA-256 of the service's annotations, in hexadecimal: it changes when who may do what
    /// changes.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Method to roles: every method of the service, in the order of the proto.
    pub fn methods(&self) -> impl Iterator<Item = &MethodPolicy> {
        let (of_statics, owned): (&[&MethodPolicy], &[MethodPolicy]) = match &self.table {
            Table::Static { methods, .. } => (methods, &[]),
            Table::Owned { methods, .. } => (&[], methods),
        };
        of_statics.iter().copied().chain(owned)
    }

    /// The policy of the method with exactly this path on the wire (check 1).
    #[must_use]
    pub fn method(&self, path: &str) -> Option<&MethodPolicy> {
        self.methods().find(|method| method.path() == path)
    }

    /// Role to methods: every role that some method lists, in the order of their numbers.
    pub fn roles(&self) -> impl Iterator<Item = RoleMethods<'_>> {
        let (of_statics, owned) = match &self.table {
            Table::Static { roles, .. } => (*roles, None),
            Table::Owned { roles, .. } => (&[][..], Some(roles)),
        };
        let owned = owned.into_iter().flatten().map(|(number, row)| RoleMethods {
            role: Role::from_parts(*number, &row.name),
            paths: Paths::Owned(&row.paths),
        });
        of_statics.iter().copied().chain(owned)
    }
}

/// Letters, digits, underscores and dots: it stands in records as it is.
const fn is_word(word: &str) -> bool {
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() && !matches!(bytes[at], b'_' | b'.') {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Operation;

    fn method(path: &str, roles: &[Role<'_>]) -> MethodPolicy {
        MethodPolicy::try_authorised(path.to_owned(), Operation::Read, roles).unwrap()
    }

    #[test]
    fn a_table_from_data_reads_both_ways() {
        let [one, two] = [Role::new(1, "ROLE_ONE"), Role::new(2, "ROLE_TWO")];
        let methods = vec![method("/p.S/A", &[two]), method("/p.S/B", &[one, two])];
        let table = ServicePolicy::from_methods("p.S", "0", methods).unwrap();
        let rows: Vec<(&str, Vec<&str>)> =
            table.roles().map(|row| (row.role().name(), row.paths().collect())).collect();
        assert_eq!(rows, [("ROLE_ONE", vec!["/p.S/B"]), ("ROLE_TWO", vec!["/p.S/A", "/p.S/B"])]);
        assert!(table.method("/p.S/B").is_some() && table.method("/p.s/B").is_none());
    }

    #[test]
    fn a_table_from_data_holds_each_of_its_own_methods_once() {
        let one = [Role::new(1, "ROLE_ONE")];
        let made = |paths: &[&str]| {
            let methods = paths.iter().map(|path| method(path, &one)).collect();
            ServicePolicy::from_methods("p.S", "0", methods).err()
        };
        assert_eq!(made(&["/p.S/A", "/p.S/A"]), Some(PolicyError::MethodTwice("/p.S/A".into())));
        for other in ["/p.SX/A", "/p.X/A"] {
            assert!(matches!(made(&[other]), Some(PolicyError::OtherService { .. })), "{other}");
        }
        assert_eq!(made(&["/p.S/A"]), None);
        let unnamed = ServicePolicy::from_methods("p S", "0", vec![]);
        assert_eq!(unnamed, Err(PolicyError::ServiceName));
    }
}
