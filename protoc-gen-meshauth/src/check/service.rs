//! The services of one file.

use super::{
    lint::{self, Finding},
    method::{Shapes, Site, Subject},
};
use crate::{
    comment::{Directive, Note, Notes},
    descriptor::{self, File, field, position},
    diagnostic::{Code, Diagnostic, Place, Report},
    error::Error,
    lint::{Level, Lint},
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

/// What the comments at a method tell meshauth.
#[derive(Default)]
struct Directives {
    allowed: Vec<Lint>,
    depth: Option<Depth>,
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
            if checked.depth == Depth::Nested {
                looked_into.extend([&method.input_type, &method.output_type]);
            }
            methods.push(checked);
        }
        let nested =
            inspector.below(looked_into.into_iter().map(|name| descriptor::full_name(name)));
        Ok(Service { comment: self.notes.text(&path), full_name, methods, nested })
    }

    /// What the annotation says, if it breaks no rule.
    fn method(
        &mut self,
        site: Site<'_>,
        method: &'a descriptor::Method,
        inspector: &mut Inspector<'a>,
    ) -> Result<Option<Method>, Error> {
        let note = self.notes.take(site.path);
        let directives = self.directives(site, &note);
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
        let access = access(&subject);
        let depth = self.depth(&subject, &directives);
        let mut contents =
            |message: &'a str, depth| inspector.contents(descriptor::full_name(message), depth);
        self.lints(&subject, &directives, || {
            let mut nested = |message| contents(message, Depth::Nested);
            let empty = nested(&method.input_type)?.is_empty();
            Ok(!(empty && nested(&method.output_type)?.is_empty()))
        })?;
        Ok(Some(Method {
            name: method.name.clone(),
            comment: note.text,
            operation: if subject.is_read() { Operation::Read } else { Operation::Write },
            access,
            depth,
            request: contents(&method.input_type, depth)?,
            response: contents(&method.output_type, depth)?,
        }))
    }

    fn directives(&mut self, site: Site<'_>, note: &Note) -> Directives {
        let mut directives = Directives::default();
        for directive in &note.directives {
            match directive {
                Ok(Directive::Allow(lints)) => directives.allowed.extend(lints),
                Ok(Directive::Depth(depth)) => directives.depth = Some(*depth),
                Err(what) => {
                    let place = site.source.place(site.path);
                    self.report.push(unreadable(place, &format!("of `{}`", site.full_name), what));
                }
            }
        }
        directives
    }

    fn depth(&mut self, subject: &Subject<'_>, directives: &Directives) -> Depth {
        let of_run = self.options.depth;
        if directives.depth.is_some_and(|depth| depth == of_run || subject.is_public()) {
            let why = "it is so without, or the method is PUBLIC";
            self.unused(subject.site, "meshauth:depth(nested)", why);
        }
        directives.depth.unwrap_or(of_run)
    }

    /// Reports what the lints find, unless it is allowed for this method.
    fn lints(
        &mut self,
        subject: &Subject<'_>,
        directives: &Directives,
        holds_resource: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let is_asked = |lint| {
            self.options.levels.of(lint) != Level::Allow || directives.allowed.contains(&lint)
        };
        let found = lint::findings(subject, is_asked, holds_resource)?;
        for lint in &directives.allowed {
            if !found.iter().any(|finding| finding.lint == *lint) {
                let comment = format!("meshauth:allow({lint})");
                self.unused(subject.site, &comment, "there is nothing to allow");
            }
        }
        for finding in found {
            if !directives.allowed.contains(&finding.lint) {
                self.judge(finding);
            }
        }
        Ok(())
    }

    /// The directives that stand with something else than a method, or with nothing.
    pub(super) fn misplaced_directives(self) {
        let (source, levels) = (self.source, &self.options.levels);
        for (path, note) in self.notes.left() {
            for directive in note.directives {
                let place = source.place(&path);
                if let Err(what) = directive {
                    let whose = format!("in `{}`", self.file.name);
                    self.report.push(unreadable(place, &whose, &what));
                } else {
                    let file = &self.file.name;
                    let message = format!("a comment to meshauth in `{file}` changes nothing");
                    let help = "write it right before the `rpc`, with no empty line between";
                    let finding = Finding::new(Lint::UnusedDirective, place, message, help);
                    self.report.extend(finding.judged(levels));
                }
            }
        }
    }

    fn unused(&mut self, site: Site<'_>, comment: &str, why: &str) {
        let place = site.source.place(site.path);
        let message = format!("`{comment}` of `{}` changes nothing: {why}", site.full_name);
        self.judge(Finding::new(Lint::UnusedDirective, place, message, "remove the comment"));
    }

    fn judge(&mut self, finding: Finding) {
        self.report.extend(finding.judged(&self.options.levels));
    }
}

fn unreadable(place: Place, whose: &str, what: &str) -> Diagnostic {
    let message = format!("a comment to meshauth {whose} cannot be taken: {what}");
    let help = "write what may be and why, such as:\n\
                // meshauth:allow(viewer_on_write) reason: a report is made on the way";
    Diagnostic::new(place, Code::Directive, message, help)
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
