//! The rules for one method, a function each.

use prost_reflect::MethodDescriptor;
use prost_types::FileDescriptorProto;

use super::help;
use crate::{
    annotation::{Annotation, EnumField, Shape},
    diagnostic::{Code, Diagnostic, Place, Report},
    policy::{Access, Operation, Role},
    source::{field, place, place_in},
};

/// A method and where it stands.
pub(super) struct Site<'a> {
    proto: &'a FileDescriptorProto,
    shape: Option<&'a Shape>,
    pub(super) method: MethodDescriptor,
}

/// An annotation with what it is checked against.
struct Subject<'a> {
    site: &'a Site<'a>,
    shape: &'a Shape,
    annotation: Annotation,
}

impl<'a> Site<'a> {
    pub(super) fn new(
        proto: &'a FileDescriptorProto,
        shape: Option<&'a Shape>,
        method: MethodDescriptor,
    ) -> Self {
        Self { proto, shape, method }
    }

    /// What the annotation says, if it breaks no rule.
    pub(super) fn check(&self, report: &mut Report) -> Option<(Operation, Access)> {
        let annotation = self.shape.and_then(|shape| Some((shape, shape.read(&self.method)?)));
        let Some((shape, annotation)) = annotation else {
            report.push(self.unannotated());
            return None;
        };
        let subject = Subject { site: self, shape, annotation };
        let breaches = subject.breaches();
        if breaches.is_empty() {
            return Some((subject.operation(), subject.access()));
        }
        for breach in breaches {
            report.push(breach);
        }
        None
    }

    /// E01: the method has no annotation, also when no file declares the extension at all.
    fn unannotated(&self) -> Diagnostic {
        Diagnostic::new(
            place(self.proto, self.method.path()),
            Code::E01,
            format!("`{}` has no access annotation", self.method.full_name()),
            help::annotation(self.proto, self.shape, &self.method),
        )
    }
}

impl Subject<'_> {
    fn breaches(&self) -> Vec<Diagnostic> {
        let rules = [
            Self::type_is_stated,
            Self::access_level_is_stated,
            Self::authorised_has_roles,
            Self::public_has_no_roles,
            Self::public_has_no_verification,
            Self::no_unspecified_role,
            Self::every_number_is_defined,
            Self::no_role_twice,
            Self::no_unknown_field,
        ];
        rules.iter().flat_map(|rule| rule(self)).collect()
    }

    /// E02: `type` is unset or UNSPECIFIED.
    fn type_is_stated(&self) -> Vec<Diagnostic> {
        let line = format!("type: {}", help::type_value(Some(self.shape), self.site.method.name()));
        self.unless(
            self.annotation.operation != 0,
            Code::E02,
            &self.shape.operation,
            "has no `type`",
            &["say whether the method reads or writes:", &line],
        )
    }

    /// E03: `access_level` is unset or UNSPECIFIED.
    fn access_level_is_stated(&self) -> Vec<Diagnostic> {
        self.unless(
            self.annotation.access_level != 0,
            Code::E03,
            &self.shape.access_level,
            "has no `access_level`",
            &[
                "say whether the method is for anyone or for callers with a role:",
                "access_level: METHOD_ACCESS_LEVEL_AUTHORISED",
            ],
        )
    }

    /// E04: AUTHORISED without roles.
    fn authorised_has_roles(&self) -> Vec<Diagnostic> {
        let what = "is AUTHORISED without `roles`: nobody could ever call it";
        let line = format!(
            "roles: [{}]",
            help::roles(self.site.proto, Some(self.shape), &self.site.method)
        );
        self.unless(
            !self.is_authorised() || !self.annotation.roles.is_empty(),
            Code::E04,
            &self.shape.roles,
            what,
            &["list the roles that may call the method:", &line],
        )
    }

    /// E05: PUBLIC with roles.
    fn public_has_no_roles(&self) -> Vec<Diagnostic> {
        let holds = !self.is_public() || self.annotation.roles.is_empty();
        let what = "is PUBLIC with `roles`: they would never be checked";
        self.unless(
            holds,
            Code::E05,
            &self.shape.roles,
            what,
            &[
                "remove `roles`, or let the roles be checked:",
                "access_level: METHOD_ACCESS_LEVEL_AUTHORISED",
            ],
        )
    }

    /// E06: PUBLIC with a verification status.
    fn public_has_no_verification(&self) -> Vec<Diagnostic> {
        let holds = !self.is_public() || self.annotation.verification == 0;
        let what = "is PUBLIC with a `verification_status`: there may be no entity to check";
        self.unless(
            holds,
            Code::E06,
            &self.shape.verification,
            what,
            &[
                "remove `verification_status`, or let the entity be checked:",
                "access_level: METHOD_ACCESS_LEVEL_AUTHORISED",
            ],
        )
    }

    /// E07: number 0 among the roles.
    fn no_unspecified_role(&self) -> Vec<Diagnostic> {
        let unspecified = self.annotation.roles.iter().position(|number| *number == 0);
        let name = self.shape.roles.name_of(0).unwrap_or_else(|| String::from("0"));
        let what = format!("lists `{name}`, which nobody can hold");
        unspecified
            .map(|index| self.breach_of_role(Code::E07, index, &what, "remove it from `roles`"))
            .into_iter()
            .collect()
    }

    /// E08: a number that its enum does not define, or whose meaning this version does not know.
    fn every_number_is_defined(&self) -> Vec<Diagnostic> {
        let Shape { operation, access_level, roles, verification, .. } = self.shape;
        let written = &self.annotation;
        let undefined = |role: &(usize, &i32)| *role.1 < 0 || roles.name_of(*role.1).is_none();
        let undefined_roles = written.roles.iter().enumerate().filter(undefined);

        self.meaningless(operation, written.operation, &["READ", "WRITE"])
            .into_iter()
            .chain(self.meaningless(access_level, written.access_level, &["PUBLIC", "AUTHORISED"]))
            .chain(self.meaningless(verification, written.verification, &["VERIFIED"]))
            .chain(undefined_roles.map(|(index, number)| {
                let (what, help) = undefined_number(roles, *number);
                self.breach_of_role(Code::E08, index, &what, help)
            }))
            .collect()
    }

    /// A number that is neither unset nor one of these values.
    fn meaningless(&self, field: &EnumField, number: i32, words: &[&str]) -> Option<Diagnostic> {
        let known = number == 0 || words.iter().any(|word| number == field.meaning(word));
        let (what, help) = undefined_number(field, number);
        (!known).then(|| self.breach(Code::E08, field, &what, &[help]))
    }

    /// E09: a role named twice, by name or by alias.
    fn no_role_twice(&self) -> Vec<Diagnostic> {
        let roles = &self.annotation.roles;
        let again = |role: &(usize, &i32)| *role.1 != 0 && roles[..role.0].contains(role.1);
        let twice = roles.iter().enumerate().filter(again);
        twice
            .map(|(index, number)| {
                let name = self.shape.roles.name_of(*number).unwrap_or_else(|| number.to_string());
                let what = format!("lists `{name}` twice, by name or by an alias");
                self.breach_of_role(Code::E09, index, &what, "list it once")
            })
            .collect()
    }

    /// E10: a field that this version does not know.
    fn no_unknown_field(&self) -> Vec<Diagnostic> {
        let unknown = self.annotation.unknown_fields.iter();
        unknown
            .map(|number| {
                let name = self.site.method.full_name();
                Diagnostic::new(
                    self.place(&[i32::try_from(*number).unwrap_or(i32::MAX)]),
                    Code::E10,
                    format!(
                        "the annotation of `{name}` has a field {number} that this version of meshauth \
                         does not know: it may restrict access"
                    ),
                    "remove the field, or use a version of protoc-gen-meshauth that knows it",
                )
            })
            .collect()
    }

    fn operation(&self) -> Operation {
        if self.annotation.operation == self.shape.operation.meaning("READ") {
            Operation::Read
        } else {
            Operation::Write
        }
    }

    fn access(&self) -> Access {
        if self.is_public() {
            return Access::Public;
        }
        let role = |number: &i32| {
            let name = self.shape.roles.name_of(*number)?;
            Some(Role { number: u32::try_from(*number).ok()?, name })
        };
        // Every number is defined and positive here: E07 and E08 hold.
        let roles = self.annotation.roles.iter().filter_map(role).collect();
        Access::Authorised { roles, verified: self.annotation.verification != 0 }
    }

    fn is_public(&self) -> bool {
        self.annotation.access_level == self.shape.access_level.meaning("PUBLIC")
    }

    fn is_authorised(&self) -> bool {
        self.annotation.access_level == self.shape.access_level.meaning("AUTHORISED")
    }

    /// Where a value of the annotation is, else the annotation, else the method.
    fn place(&self, value: &[i32]) -> Place {
        let method = self.site.method.path();
        let annotation = [method, &[field::METHOD_OPTIONS, self.shape.number()]].concat();
        place_in(self.site.proto, &annotation, value)
    }

    fn unless(
        &self,
        holds: bool,
        code: Code,
        field: &EnumField,
        what: &str,
        help: &[&str],
    ) -> Vec<Diagnostic> {
        if holds { Vec::new() } else { vec![self.breach(code, field, what, help)] }
    }

    fn breach(&self, code: Code, field: &EnumField, what: &str, help: &[&str]) -> Diagnostic {
        self.breach_at(code, &[field.number()], what, &help.join("\n"))
    }

    fn breach_of_role(&self, code: Code, index: usize, what: &str, help: &str) -> Diagnostic {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        self.breach_at(code, &[self.shape.roles.number(), index], what, help)
    }

    fn breach_at(&self, code: Code, value: &[i32], what: &str, help: &str) -> Diagnostic {
        let name = self.site.method.full_name();
        Diagnostic::new(self.place(value), code, format!("`{name}` {what}"), help)
    }
}

/// What E08 says: what is wrong, and the help.
fn undefined_number(field: &EnumField, number: i32) -> (String, &'static str) {
    let reason = match field.name_of(number) {
        Some(_) => "which this version of meshauth does not know",
        None => "which the enum does not define",
    };
    (
        format!("uses a number {number} of `{}`, {reason}", field.values.full_name()),
        "use a value that is defined, and compile the file with the protos that define it",
    )
}
