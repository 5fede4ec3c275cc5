//! The lints that look at the messages of a method.

use super::{
    lint::{Finding, of_annotation},
    method::{Site, Subject},
};
use crate::{diagnostic::Place, error::Error, lint::Lint, policy::Depth, resource::Inspector};

/// The messages of a method, by full name, and where the guard looks in them.
pub(super) struct Held<'i, 'a> {
    pub(super) inspector: &'i mut Inspector<'a>,
    pub(super) messages: [&'a str; 2],
    pub(super) depth: Depth,
    /// Whether the method says that the guard does not look.
    pub(super) is_unguarded: bool,
}

/// What is found at a method.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// Whether it is one of those of which `unowned_resource` is said, for the service as a whole.
    pub(super) is_unowned: bool,
}

impl Found {
    /// Whether this lint has something to say.
    pub(super) fn has(&self, lint: Lint) -> bool {
        let is_of = |finding: &Finding| finding.lint == lint;
        self.findings.iter().any(is_of) || lint == Lint::UnownedResource && self.is_unowned
    }
}

impl Held<'_, '_> {
    /// Whether there is a resource anywhere in them.
    pub(super) fn hold_resource(&mut self) -> Result<bool, Error> {
        self.hold_resource_within(Depth::Nested)
    }

    fn hold_resource_within(&mut self, depth: Depth) -> Result<bool, Error> {
        let [input, output] = self.messages;
        let mut holds = |message| -> Result<bool, Error> {
            Ok(!self.inspector.contents(message, depth)?.is_empty())
        };
        Ok(holds(input)? || holds(output)?)
    }

    /// Whether there is one below their direct fields.
    pub(super) fn hold_more(&mut self) -> Result<bool, Error> {
        let [input, output] = self.messages;
        Ok(self.inspector.holds_more(input)? || self.inspector.holds_more(output)?)
    }

    /// Whether what is returned holds a resource anywhere.
    fn return_resource(&mut self) -> Result<bool, Error> {
        let [_, output] = self.messages;
        Ok(!self.inspector.contents(output, Depth::Nested)?.is_empty())
    }

    /// Where they hold an `Any`.
    fn hold_any(&self) -> Option<String> {
        let opaque = self.inspector.opaque();
        self.messages.into_iter().find_map(|message| opaque.place_in(message))
    }
}

/// What there is to say about a method whose annotation breaks no rule, of what is asked for. What
/// its messages hold is looked up only where it matters.
pub(super) fn findings(
    subject: &Subject<'_>,
    is_asked: impl Fn(Lint) -> bool + Copy,
    held: &mut Held<'_, '_>,
) -> Result<Found, Error> {
    let findings = of_annotation(subject, is_asked).collect();
    let mut found = Found { findings, is_unowned: false };
    let site = subject.site;
    // Without a scope there is nothing to hold a resource against.
    if subject.is_public() {
        if is_asked(Lint::PublicResource) && held.return_resource()? {
            found.findings.push(public_resource(site));
        }
        return Ok(found);
    }
    // A reason is given where the guard does not look at all.
    if held.is_unguarded {
        return Ok(found);
    }
    let is_unseen = |held: &mut Held<'_, '_>| -> Result<bool, Error> {
        Ok(held.depth == Depth::Direct && held.hold_more()?)
    };
    if is_asked(Lint::UnseenResource) && is_unseen(held)? {
        found.findings.push(unseen_resource(site));
    } else if is_asked(Lint::UnownedResource) {
        found.is_unowned = !held.hold_resource_within(held.depth)?;
    }
    if is_asked(Lint::OpaqueMessage) {
        found.findings.extend(held.hold_any().map(|place| opaque_message(site, &place)));
    }
    Ok(found)
}

fn finding(lint: Lint, site: Site<'_>, what: &str, help: &str) -> Finding {
    let message = format!("`{}` {what}", site.full_name);
    Finding::new(lint, site.source.place(site.path), message, help)
}

fn public_resource(site: Site<'_>) -> Finding {
    finding(
        Lint::PublicResource,
        site,
        "is PUBLIC and returns resources: nothing scopes them",
        "let only callers with a role in, or allow it with the reason in a comment:\n\
         // meshauth:allow(public_resource) reason: ..",
    )
}

fn unseen_resource(site: Site<'_>) -> Finding {
    finding(
        Lint::UnseenResource,
        site,
        "takes or returns a resource below the direct fields of its messages, where the guard does \
         not look",
        "have the guard look at all that is below, by a comment:\n// meshauth:depth(nested)",
    )
}

fn opaque_message(site: Site<'_>, place: &str) -> Finding {
    finding(
        Lint::OpaqueMessage,
        site,
        &format!(
            "takes or returns a `google.protobuf.Any`, {place}: the guard does not look into it"
        ),
        "name the messages that can be there, such as in a oneof, or allow it with the reason in a \
         comment:\n// meshauth:allow(opaque_message) reason: ..",
    )
}

/// `unowned_resource`, of all such methods of a service at once.
pub(super) fn unowned_resource(place: Place, service: &str, methods: &[&str]) -> Finding {
    let names: Vec<_> = methods.iter().map(|name| format!("`{name}`")).collect();
    let (those, handlers) = match methods {
        [_] => ("method", "its handler scopes"),
        _ => ("methods", "their handlers scope"),
    };
    let message = format!(
        "`{service}` has {} AUTHORISED {those} without a resource that the guard looks at: {handlers} \
         alone: {}",
        methods.len(),
        names.join(", ")
    );
    let help = "give the messages `string owner` and `repeated string owners`, or allow it with the \
                reason in a comment above each method:\n\
                // meshauth:allow(unowned_resource) reason: ..";
    Finding::new(Lint::UnownedResource, place, message, help)
}
