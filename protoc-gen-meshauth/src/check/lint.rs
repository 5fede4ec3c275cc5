//! The lints for one method that look at its annotation, a function each.

use super::{method::Subject, verb};
use crate::{
    descriptor::field,
    diagnostic::{Code, Diagnostic, Place},
    lint::{Level, Levels, Lint},
};

/// What a lint has to say, before its level is known.
pub(super) struct Finding {
    pub(super) lint: Lint,
    place: Place,
    message: String,
    help: String,
}

impl Finding {
    pub(super) fn new(lint: Lint, place: Place, message: String, help: impl Into<String>) -> Self {
        Self { lint, place, message, help: help.into() }
    }

    /// What is reported of it, if these are the levels.
    pub(super) fn judged(self, levels: &Levels) -> Option<Diagnostic> {
        let level = levels.of(self.lint);
        let error = Diagnostic::new(self.place, Code::Lint(self.lint), self.message, self.help);
        match level {
            Level::Allow => None,
            Level::Warn => Some(error.into_warning()),
            Level::Deny => Some(error),
        }
    }
}

/// Finds what a lint is about, if it is there.
type Find = fn(&Subject<'_>) -> Option<Finding>;

/// The lints that look at the annotation.
const OF_ANNOTATION: [(Lint, Find); 7] = [
    (Lint::ViewerOnWrite, viewer_on_write),
    (Lint::WriteNamedRead, write_named_read),
    (Lint::ReadNamedWrite, read_named_write),
    (Lint::IdempotencyContradiction, idempotency_contradiction),
    (Lint::PublicWrite, public_write),
    (Lint::RoleNaming, role_naming),
    (Lint::ForeignDomain, foreign_domain),
];

/// What there is to say about an annotation that breaks no rule, of what is asked for.
pub(super) fn of_annotation<'s>(
    subject: &'s Subject<'_>,
    is_asked: impl Fn(Lint) -> bool + 's,
) -> impl Iterator<Item = Finding> + 's {
    let asked = OF_ANNOTATION.iter().filter(move |(lint, _)| is_asked(*lint));
    asked.filter_map(|(_, find)| find(subject))
}

impl Subject<'_> {
    /// A finding about a value of the annotation.
    fn finding(&self, lint: Lint, value: &[i32], what: &str, help: impl Into<String>) -> Finding {
        let message = format!("`{}` {what}", self.site.full_name);
        Finding { lint, place: self.place(value), message, help: help.into() }
    }

    /// A finding about some of the roles, at the first of them.
    fn finding_of_roles(
        &self,
        lint: Lint,
        what: &str,
        help: &str,
        is_meant: impl Fn(&str) -> bool,
    ) -> Option<Finding> {
        let names = self.annotation.roles.iter().filter_map(|role| self.shape.roles.name_of(*role));
        let meant: Vec<_> = names.enumerate().filter(|(_, name)| is_meant(name)).collect();
        let index = i32::try_from(meant.first()?.0).unwrap_or(i32::MAX);
        let names: Vec<_> = meant.iter().map(|(_, name)| format!("`{name}`")).collect();
        let what = format!("{what}: {}", names.join(", "));
        Some(self.finding(lint, &[self.shape.roles.number(), index], &what, help))
    }
}

fn viewer_on_write(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_read() {
        return None;
    }
    subject.finding_of_roles(
        Lint::ViewerOnWrite,
        "is a WRITE and lets in roles that only view",
        "remove them from `roles`",
        |role| role.ends_with("_VIEWER"),
    )
}

fn write_named_read(subject: &Subject<'_>) -> Option<Finding> {
    let contradicts = !subject.is_read() && verb::reads(&subject.site.method.name);
    contradicts.then(|| named(subject, Lint::WriteNamedRead, "is a WRITE with the name of a READ"))
}

fn read_named_write(subject: &Subject<'_>) -> Option<Finding> {
    let contradicts = subject.is_read() && verb::writes(&subject.site.method.name);
    contradicts.then(|| named(subject, Lint::ReadNamedWrite, "is a READ with the name of a WRITE"))
}

fn named(subject: &Subject<'_>, lint: Lint, what: &str) -> Finding {
    let word = if subject.is_read() { "WRITE" } else { "READ" };
    let value = subject.shape.operation.name_meaning(word).unwrap_or(word);
    let help = format!("rename the method, or say what it does:\ntype: {value}");
    subject.finding(lint, &[subject.shape.operation.number()], what, help)
}

fn idempotency_contradiction(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_read() || !subject.annotation.has_no_side_effects {
        return None;
    }
    let site = &subject.site;
    let path = [site.path, &[field::METHOD_OPTIONS, field::OPTIONS_IDEMPOTENCY]].concat();
    Some(Finding {
        lint: Lint::IdempotencyContradiction,
        place: site.source.place(&path),
        message: format!("`{}` is a WRITE and declared to have NO_SIDE_EFFECTS", site.full_name),
        help: String::from(
            "one of the two is wrong: proxies repeat and cache what has no side effects",
        ),
    })
}

fn public_write(subject: &Subject<'_>) -> Option<Finding> {
    let holds = subject.is_public() && !subject.is_read();
    holds.then(|| {
        subject.finding(
            Lint::PublicWrite,
            &[subject.shape.access_level.number()],
            "is PUBLIC and a WRITE: without an executing group nothing limits what it changes",
            "let only callers with a role in, or allow it with the reason in a comment:\n\
             // meshauth:allow(public_write) reason: ..",
        )
    })
}

fn role_naming(subject: &Subject<'_>) -> Option<Finding> {
    subject.finding_of_roles(
        Lint::RoleNaming,
        "lists roles that do not say what they are for",
        "name them ROLE_{DOMAIN}_{SCOPE}_{LEVEL} or ROLE_{DOMAIN}_{LEVEL}, with the level ADMIN or \
         VIEWER",
        |role| domain_and_scope(role).is_none_or(|words| words.split('_').any(str::is_empty)),
    )
}

fn foreign_domain(subject: &Subject<'_>) -> Option<Finding> {
    let segments: Vec<_> = subject.site.file.package.split('.').map(str::to_uppercase).collect();
    let is_of = |words: &str, segment: &String| {
        let rest = words.strip_prefix(segment.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    subject.finding_of_roles(
        Lint::ForeignDomain,
        "lets in roles of another domain than its package",
        "remove them from `roles`, or allow it with the reason in a comment:\n\
         // meshauth:allow(foreign_domain) reason: ..",
        |role| {
            domain_and_scope(role)
                .is_some_and(|words| !segments.iter().any(|segment| is_of(words, segment)))
        },
    )
}

/// `WALLET_ACCOUNT` of `ROLE_WALLET_ACCOUNT_ADMIN`.
fn domain_and_scope(role: &str) -> Option<&str> {
    let words = role.strip_prefix("ROLE_")?;
    words.strip_suffix("_ADMIN").or_else(|| words.strip_suffix("_VIEWER"))
}
