//! The services of one file.

use super::{
    lint::{self, Finding},
    method::{Shapes, Site, Subject},
};
use crate::{
    comment::{Directive, Misread, Note, Notes},
    descriptor::{self, File, field, full_name as message, position},
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
        let nested = inspector.below(looked_into.into_iter().map(|name| message(name)));
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
        let depth = directives.depth.unwrap_or(self.options.depth);
        let (input, output) = (message(&method.input_type), message(&method.output_type));
        let held = Held { inspector, messages: [input, output], depth };
        self.lints(&subject, &directives, held)?;
        self.depth(&subject, &directives, inspector, [input, output])?;
        Ok(Some(Method {
            name: method.name.clone(),
            comment: note.text,
            operation: if subject.is_read() { Operation::Read } else { Operation::Write },
            access: access(&subject),
            depth,
            request: inspector.contents(input, depth)?,
            response: inspector.contents(output, depth)?,
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
                    self.report.push(unreadable(place, &format!("on `{}`", site.full_name), what));
                }
            }
        }
        directives
    }

    /// Reports a directive for a depth that changes nothing.
    fn depth(
        &mut self,
        subject: &Subject<'_>,
        directives: &Directives,
        inspector: &mut Inspector<'a>,
        messages: [&'a str; 2],
    ) -> Result<(), Error> {
        let why = if directives.depth.is_none() {
            return Ok(());
        } else if directives.depth == Some(self.options.depth) {
            "the whole run is so"
        } else if subject.is_public() {
            "a PUBLIC method has no scope"
        } else if !any(messages, |message| inspector.holds_more(message))? {
            "there is no resource below the direct fields"
        } else {
            return Ok(());
        };
        self.unused(subject.site, "meshauth:depth(nested)", why);
        Ok(())
    }

    /// Reports what the lints find, unless it is allowed for this method.
    fn lints(
        &mut self,
        subject: &Subject<'_>,
        directives: &Directives,
        held: Held<'_, 'a>,
    ) -> Result<(), Error> {
        let is_asked = |lint| {
            self.options.levels.of(lint) != Level::Allow || directives.allowed.contains(&lint)
        };
        let found = lint::findings(subject, is_asked, held)?;
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

/// What the messages of a method hold.
struct Held<'i, 'a> {
    inspector: &'i mut Inspector<'a>,
    messages: [&'a str; 2],
    depth: Depth,
}

impl lint::Messages for Held<'_, '_> {
    type Error = Error;

    fn hold_resource(&mut self) -> Result<bool, Error> {
        any(self.messages, |message| {
            Ok(!self.inspector.contents(message, Depth::Nested)?.is_empty())
        })
    }

    fn hold_unseen(&mut self) -> Result<bool, Error> {
        let looks = self.depth == Depth::Nested;
        Ok(!looks && any(self.messages, |message| self.inspector.holds_more(message))?)
    }
}

fn any<'a>(
    messages: [&'a str; 2],
    mut holds: impl FnMut(&'a str) -> Result<bool, Error>,
) -> Result<bool, Error> {
    let [input, output] = messages;
    Ok(holds(input)? || holds(output)?)
}

fn unreadable(place: Place, whose: &str, wrong: &Misread) -> Diagnostic {
    let message = format!("the comment to meshauth {whose} is not understood: {}", wrong.what);
    Diagnostic::new(place, Code::Directive, message, format!("write\n// {}", wrong.instead))
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
