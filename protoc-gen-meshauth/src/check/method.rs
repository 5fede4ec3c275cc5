//! The rules for one method, a function each.

use std::{collections::HashSet, rc::Rc};

use super::{
    help,
    shapes::Shapes,
    unannotated::{Cause, Unannotated},
    value,
};
use crate::{
    annotation::{Annotation, EnumField, Shape, unread_options},
    descriptor::{File, Method, field},
    diagnostic::{Code, Diagnostic, Place},
    error::Error,
    protos::ANNOTATION,
    source::Source,
};

/// A method and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) file: &'a File,
    pub(super) source: &'a Source<'a>,
    pub(super) method: &'a Method,
    pub(super) full_name: &'a str,
    /// In source information.
    pub(super) path: &'a [i32],
}

/// A method with an annotation.
pub(super) struct Subject<'a> {
    pub(super) site: Site<'a>,
    pub(super) shape: &'a Shape,
    pub(super) annotation: Rc<Annotation>,
}

impl<'a> Site<'a> {
    /// The method with its annotation; or why it has none, E01. What to do about the import is said
    /// `with_import`.
    pub(super) fn read(
        self,
        shapes: Shapes<'a>,
        with_import: bool,
    ) -> Result<Result<Subject<'a>, Unannotated>, Error> {
        if let Some(shape) = shapes.read
            && let Some(annotation) = shape.read(&self.method.options)?
        {
            return Ok(Ok(Subject { site: self, shape, annotation }));
        }
        let mut help = help::annotation(self.file, shapes.read, &self.method.name, with_import);
        let mut cause = Cause::Bare;
        let is_nowhere = shapes.read.is_none() && shapes.name != ANNOTATION;
        if let Some(other) = self.other(shapes)? {
            let option = help::other_annotation(other.name());
            // Where the one that is asked for is nowhere, there is no other way to put it right.
            help = if is_nowhere { option } else { format!("{option}\nor {help}") };
            cause = Cause::Another(other.name().to_owned());
        } else if is_nowhere {
            help = help::no_annotation(shapes.name, shapes.others);
            cause = Cause::Undeclared;
        }
        let place = self.source.place(self.path);
        let full_name = self.full_name.to_owned();
        let unread = unread_options(shapes.pool, &self.method.options);
        Ok(Err(Unannotated { cause, place, full_name, unread, help }))
    }

    /// An annotation of the method that has the shape and is not the one that is read.
    fn other(self, shapes: Shapes<'a>) -> Result<Option<&'a Shape>, Error> {
        for other in shapes.others {
            if other.read(&self.method.options)?.is_some() {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// E11: a second annotation, which would not be read though it may restrict access.
    pub(super) fn second_annotation(self, shapes: Shapes<'a>) -> Result<Option<Diagnostic>, Error> {
        let Some(other) = self.other(shapes)? else { return Ok(None) };
        let path = [self.path, &[field::METHOD_OPTIONS, other.number()]].concat();
        let what = format!(
            "`{}` has a second annotation, `{}`: its Role enum is another one, and it would not be \
             read",
            self.full_name,
            other.name(),
        );
        Ok(Some(Diagnostic::new(self.source.place(&path), Code::E11, what, "keep one of the two")))
    }
}

impl Subject<'_> {
    /// What is wrong with the annotation.
    pub(super) fn breaches(&self) -> Vec<Diagnostic> {
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
        let value = || help::type_value(Some(self.shape), &self.site.method.name);
        let help = || format!("say whether the method reads or writes:\ntype: {}", value());
        let is_stated = self.annotation.operation != 0;
        self.unless(is_stated, Code::E02, &self.shape.operation, "has no `type`", help)
    }

    /// E03: `access_level` is unset or UNSPECIFIED.
    fn access_level_is_stated(&self) -> Vec<Diagnostic> {
        let is_stated = self.annotation.access_level != 0;
        let what = "has no `access_level`";
        self.unless(is_stated, Code::E03, &self.shape.access_level, what, || {
            self.authorise("say whether the method is for anyone or for callers with a role:")
        })
    }

    /// E04: AUTHORISED without roles.
    fn authorised_has_roles(&self) -> Vec<Diagnostic> {
        let Site { file, method, .. } = self.site;
        let holds = !self.is_authorised() || !self.annotation.roles.is_empty();
        let what = "is AUTHORISED without `roles`: nobody could ever call it";
        self.unless(holds, Code::E04, &self.shape.roles, what, || {
            let roles = help::roles(file, Some(self.shape), &method.name);
            format!("list the roles that may call the method:\nroles: [{roles}]")
        })
    }

    /// E05: PUBLIC with roles.
    fn public_has_no_roles(&self) -> Vec<Diagnostic> {
        let holds = !self.is_public() || self.annotation.roles.is_empty();
        let what = "is PUBLIC with `roles`: they would never be checked";
        self.unless(holds, Code::E05, &self.shape.roles, what, || {
            self.authorise("remove `roles`, or let the roles be checked:")
        })
    }

    /// E06: PUBLIC with a verification status.
    fn public_has_no_verification(&self) -> Vec<Diagnostic> {
        let holds = !self.is_public() || self.annotation.verification == 0;
        let Some(field) = &self.shape.verification else { return Vec::new() };
        let what = "is PUBLIC with a `verification_status`: there may be no entity to check";
        self.unless(holds, Code::E06, field, what, || {
            self.authorise("remove `verification_status`, or let the entity be checked:")
        })
    }

    /// E07: number 0 among the roles.
    fn no_unspecified_role(&self) -> Vec<Diagnostic> {
        let Some(index) = self.annotation.roles.iter().position(|number| *number == 0) else {
            return Vec::new();
        };
        let what = format!("lists `{}`, which nobody can hold", self.role_name(0));
        vec![self.breach_of_role(Code::E07, index, &what, "remove it from `roles`")]
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
            .chain(
                verification
                    .as_ref()
                    .and_then(|field| self.meaningless(field, written.verification, &["VERIFIED"])),
            )
            .chain(undefined_roles.map(|(index, number)| {
                let (what, help) = match roles.name_of(*number) {
                    Some(name) => value::negative_role(name, roles.enum_name(), *number),
                    None => value::undefined_number(roles, *number),
                };
                self.breach_of_role(Code::E08, index, &what, &help)
            }))
            .collect()
    }

    /// A number that is neither unset nor one of these values.
    fn meaningless(&self, field: &EnumField, number: i32, words: &[&str]) -> Option<Diagnostic> {
        if number == 0 || words.iter().any(|word| number == field.meaning(word)) {
            return None;
        }
        let (what, help) = match field.name_of(number) {
            Some(name) => value::unsupported_value(field, name, number, words),
            None => value::undefined_number(field, number),
        };
        Some(self.breach_at(Code::E08, &[field.number()], &what, &help))
    }

    /// E09: a role named twice, by name or by alias.
    fn no_role_twice(&self) -> Vec<Diagnostic> {
        let mut seen = HashSet::from([0]);
        let roles = self.annotation.roles.iter().enumerate();
        let twice = roles.filter(|(_, number)| **number != 0 && !seen.insert(**number));
        twice
            .map(|(index, number)| {
                let name = self.role_name(*number);
                let what = format!("lists `{name}` twice, by name or by an alias");
                self.breach_of_role(Code::E09, index, &what, "list it once")
            })
            .collect()
    }

    /// E10: a field that this version does not know.
    fn no_unknown_field(&self) -> Vec<Diagnostic> {
        let unknown = self.annotation.unknown_fields.iter();
        unknown
            .map(|(number, name)| {
                let method = self.site.full_name;
                let name = name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
                Diagnostic::new(
                    self.place(&[i32::try_from(*number).unwrap_or(i32::MAX)]),
                    Code::E10,
                    format!(
                        "the annotation of `{method}` has a field {number}{name} that this version of \
                         meshauth does not know: it may restrict access"
                    ),
                    "remove the field, or use a version of protoc-gen-meshauth that knows it",
                )
            })
            .collect()
    }

    pub(super) fn is_read(&self) -> bool {
        self.annotation.operation == self.shape.operation.meaning("READ")
    }

    pub(super) fn is_public(&self) -> bool {
        self.annotation.access_level == self.shape.access_level.meaning("PUBLIC")
    }

    fn is_authorised(&self) -> bool {
        self.annotation.access_level == self.shape.access_level.meaning("AUTHORISED")
    }

    /// Where a value of the annotation is, else the annotation, else the method.
    pub(super) fn place(&self, value: &[i32]) -> Place {
        let number = self.shape.number();
        let annotation = [self.site.path, &[field::METHOD_OPTIONS, number]].concat();
        self.site.source.place_in(&annotation, value)
    }

    /// What to do, with the line that lets in callers with a role.
    fn authorise(&self, what: &str) -> String {
        format!("{what}\naccess_level: {}", help::authorised(Some(self.shape)))
    }

    fn role_name(&self, number: i32) -> String {
        self.shape.roles.name_of(number).map_or_else(|| number.to_string(), ToString::to_string)
    }

    fn unless(
        &self,
        holds: bool,
        code: Code,
        field: &EnumField,
        what: &str,
        help: impl FnOnce() -> String,
    ) -> Vec<Diagnostic> {
        if holds {
            Vec::new()
        } else {
            vec![self.breach_at(code, &[field.number()], what, &help())]
        }
    }

    fn breach_of_role(&self, code: Code, index: usize, what: &str, help: &str) -> Diagnostic {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        self.breach_at(code, &[self.shape.roles.number(), index], what, help)
    }

    fn breach_at(&self, code: Code, value: &[i32], what: &str, help: &str) -> Diagnostic {
        let name = self.site.full_name;
        Diagnostic::new(self.place(value), code, format!("`{name}` {what}"), help)
    }
}
