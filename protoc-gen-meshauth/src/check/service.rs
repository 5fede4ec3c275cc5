//! The services of one file.

use super::{
    directive::{self, Directives},
    lint::{self, Finding, Held},
    method::{Shapes, Site, Subject},
};
use crate::{
    comment::Notes,
    descriptor::{self, File, field, position},
    diagnostic::Report,
    error::Error,
    lint::Level,
    options::Options,
    policy::{Access, Depth, Method, Operation, Role, Service},
    resource::Inspector,
    source::Source,
};

/// Checks the services of one file.
pub(super) struct Checker<'a, 'r> {
    pub(super) file: &'a File,
    pub(super) source: &'r Source<'a>,
    pub(super) shapes: Shapes<'r>,
    pub(super) notes: Notes,
    pub(super) options: &'r Options,
    pub(super) report: &'r mut Report,
}

impl<'a> Checker<'a, '_> {
    pub(super) fn services(
        &mut self,
        inspector: &mut Inspector<'a>,
    ) -> Result<Vec<Service>, Error> {
        let services = self.file.service.iter().enumerate();
        services.map(|(index, service)| self.service(index, service, inspector)).collect()
    }

    fn service(
        &mut self,
        index: usize,
        service: &'a descriptor::Service,
        inspector: &mut Inspector<'a>,
    ) -> Result<Service, Error> {
        let path = [field::FILE_SERVICE, position(index)];
        let full_name = self.file.full_name(&service.name);
        let (mut methods, mut looked_into) = (Vec::new(), Vec::new());
        for (index, method) in service.method.iter().enumerate() {
            let path = [&path[..], &[field::SERVICE_METHOD, position(index)]].concat();
            let full_name = format!("{full_name}.{}", method.name);
            let (file, source) = (self.file, self.source);
            let site = Site { file, source, method, full_name: &full_name, path: &path };
            let Some(checked) = self.method(site, method, inspector)? else { continue };
            if checked.depth == Depth::Nested && checked.unguarded.is_none() {
                looked_into.extend(messages(method));
            }
            methods.push(checked);
        }
        let nested = inspector.below(looked_into);
        Ok(Service {
            name: service.name.clone(),
            comment: self.notes.text(&path),
            full_name,
            methods,
            nested,
        })
    }

    /// What the annotation says, if it breaks no rule.
    fn method(
        &mut self,
        site: Site<'_>,
        method: &'a descriptor::Method,
        inspector: &mut Inspector<'a>,
    ) -> Result<Option<Method>, Error> {
        let note = self.notes.take(site.path);
        let (directives, wrong) = Directives::read(site, &note);
        self.report.extend(wrong);
        let subject = match site.read(self.shapes)? {
            Ok(subject) => subject,
            Err(breach) => {
                self.report.push(breach);
                return Ok(None);
            }
        };
        let mut breaches = subject.breaches();
        breaches.extend(site.second_annotation(self.shapes)?);
        if !breaches.is_empty() {
            self.report.extend(breaches);
            return Ok(None);
        }
        let depth = directives.depth.unwrap_or(self.options.depth);
        let messages @ [input, output] = messages(method);
        let is_unguarded = directives.unguarded.is_some();
        self.lints(&subject, &directives, Held { inspector, messages, depth, is_unguarded })?;
        Ok(Some(Method {
            name: method.name.clone(),
            comment: note.text,
            operation: if subject.is_read() { Operation::Read } else { Operation::Write },
            access: access(&subject),
            depth,
            unguarded: directives.unguarded,
            client_streaming: method.client_streaming,
            server_streaming: method.server_streaming,
            request: inspector.contents(input, depth)?,
            response: inspector.contents(output, depth)?,
        }))
    }

    /// Reports what the lints find, unless it is allowed for this method.
    fn lints(
        &mut self,
        subject: &Subject<'_>,
        directives: &Directives,
        mut held: Held<'_, 'a>,
    ) -> Result<(), Error> {
        let is_asked = |lint| {
            self.options.levels.of(lint) != Level::Allow || directives.allowed.contains(&lint)
        };
        let mut found = lint::findings(subject, is_asked, &mut held)?;
        let unused = directives.unused(subject, &found, self.options.depth, &mut held)?;
        found.retain(|finding| !directives.allowed.contains(&finding.lint));
        self.judge(found);
        self.judge(unused);
        Ok(())
    }

    /// Reports the directives that stand with no method.
    pub(super) fn misplaced_directives(mut self) {
        let notes = std::mem::take(&mut self.notes);
        let (unused, wrong) = directive::misplaced(notes, self.source, &self.file.name);
        self.report.extend(wrong);
        self.judge(unused);
    }

    fn judge(&mut self, found: Vec<Finding>) {
        let levels = &self.options.levels;
        self.report.extend(found.into_iter().filter_map(|finding| finding.judged(levels)));
    }
}

/// The messages of a method, by full name: what it takes and what it returns.
fn messages(method: &descriptor::Method) -> [&str; 2] {
    [&method.input_type, &method.output_type].map(|name| descriptor::full_name(name))
}

/// What the access is, of an annotation that breaks no rule.
fn access(subject: &Subject<'_>) -> Access {
    if subject.is_public() {
        return Access::Public;
    }
    // Every number is defined and positive here: E07 and E08 hold.
    let role = |number: &i32| {
        let name = subject.shape.roles.name_of(*number)?.clone();
        Some(Role { number: u32::try_from(*number).ok()?, name })
    };
    let roles = subject.annotation.roles.iter().filter_map(role).collect();
    Access::Authorised { roles, verified: subject.annotation.verification != 0 }
}
