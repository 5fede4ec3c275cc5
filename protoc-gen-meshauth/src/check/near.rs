//! `near_resource`: messages that look like resources and are none.

use super::lint::Finding;
use crate::{
    comment::{Directive, Notes},
    descriptor::{File, each_message},
    diagnostic::Place,
    lint::Lint,
    resource::near_miss,
    source::Source,
};

/// Finds them in a file, but for those of which a comment says why.
pub(super) fn resources(file: &File, source: &Source<'_>, notes: &mut Notes) -> Vec<Finding> {
    let mut found = Vec::new();
    each_message(file, &mut |full_name, path, message| {
        let Some(what) = near_miss(message) else { return };
        if !is_allowed(notes, path) {
            found.push(finding(source.place(path), full_name, what));
        }
    });
    found
}

/// Whether the comment of the message allows it; then that directive has been of use.
fn is_allowed(notes: &mut Notes, path: &[i32]) -> bool {
    let only = Ok(Directive::Allow(vec![Lint::NearResource]));
    notes.take_directive(path, &only)
}

fn finding(place: Place, message: &str, what: &str) -> Finding {
    Finding::new(
        Lint::NearResource,
        place,
        format!("`{message}` {what}: it looks like a resource and is none, no guard looks at it"),
        "declare both fields:\nstring owner = ..;\nrepeated string owners = ..;\nor allow it with the \
         reason in a comment above the message:\n// meshauth:allow(near_resource) reason: ..",
    )
}
