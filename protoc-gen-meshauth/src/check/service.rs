//! The services of one file.

use super::{
    directive::{self, Directives},
    held::{self, Held},
    lint::Finding,
    method::{Site, Subject},
    near,
    shapes::{Shapes, import},
    unannotated::UnannotatedMethods,
};
use crate::{
    comment::Notes,
    descriptor::{self, File, field, position},
    error::Error,
    lint::{Level, Lint},
    options::Options,
    policy::{Access, Depth, Method, Operation, Role, Service},
    report::Report,
    resource::Inspector,
    source::Source,
};

/// Checks the services of one file.
pub(super) struct Checker<'a, 'r> {
    file: &'a File,
    source: &'r Source<'a>,
    shapes: Shapes<'r>,
    notes: Notes,
    options: &'r Options,
    report: &'r mut Report,
    unannotated: &'r mut UnannotatedMethods,
    /// The methods of the service that is being checked which carry no resource.
    unowned: Vec<&'a str>,
}

impl<'a, 'r> Checker<'a, 'r> {
    pub(super) fn new(
        source: &'r Source<'a>,
        file: &'a File,
        shapes: Shapes<'r>,
        options: &'r Options,
        (report, unannotated): (&'r mut Report, &'r mut UnannotatedMethods),
    ) -> Self {
        let notes = Notes::of(source);
        Self { file, source, shapes, notes, options, report, unannotated, unowned: Vec::new() }
    }

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
        let unowned = std::mem::take(&mut self.unowned);
        if !unowned.is_empty() {
            let place = self.source.place(&path);
            self.judge(vec![held::unowned_resource(place, &full_name, &unowned)]);
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

    /// The method with its annotation, if it has one.
    fn subject<'s>(&mut self, site: Site<'s>) -> Result<Option<Subject<'s>>, Error>
    where
        'r: 's,
    {
        self.unannotated.all += 1;
        let with_import = !self.unannotated.names_import_of(self.file);
        match site.read(self.shapes, with_import)? {
            Ok(subject) => Ok(Some(subject)),
            Err(method) => {
                let import = import(self.shapes.read);
                self.report.extend(self.unannotated.add(method, self.file, &import));
                Ok(None)
            }
        }
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
        let Some(subject) = self.subject(site)? else { return Ok(None) };
        let mut breaches = subject.breaches();
        breaches.extend(site.second_annotation(self.shapes)?);
        if !breaches.is_empty() {
            self.report.extend(breaches);
            return Ok(None);
        }
        let depth = directives.depth.unwrap_or(self.options.depth);
        let messages @ [input, output] = messages(method);
        let is_unguarded = directives.unguarded.is_some();
        let held = Held { inspector, messages, depth, is_unguarded };
        self.lints(method, &subject, &directives, held)?;
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
        method: &'a descriptor::Method,
        subject: &Subject<'_>,
        directives: &Directives,
        mut held: Held<'_, 'a>,
    ) -> Result<(), Error> {
        let is_asked = |lint| {
            self.options.levels.of(lint) != Level::Allow || directives.allowed.contains(&lint)
        };
        let mut found = held::findings(subject, is_asked, &mut held)?;
        let unused = directives.unused(subject, &found, self.options.depth, &mut held)?;
        found.findings.retain(|finding| !directives.allowed.contains(&finding.lint));
        self.judge(found.findings);
        self.judge(unused);
        if found.is_unowned && !directives.allowed.contains(&Lint::UnownedResource) {
            self.unowned.push(&method.name);
        }
        Ok(())
    }

    /// Reports the messages that look like resources and are none, unless a comment allows it.
    pub(super) fn near_resources(&mut self) {
        let found = near::resources(self.file, self.source, &mut self.notes);
        self.judge(found);
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
