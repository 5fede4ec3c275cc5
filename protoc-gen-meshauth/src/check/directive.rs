//! What comments tell meshauth, and what is wrong with that.

use super::{
    held::{Found, Held},
    lint::Finding,
    method::{Site, Subject},
};
use crate::{
    comment::{Directive, Misread, Note, Notes},
    diagnostic::{Code, Diagnostic, Place},
    error::Error,
    lint::Lint,
    policy::Depth,
    source::Source,
};

const WITHOUT_SCOPE: &str = "a PUBLIC method has no scope";

/// What the comments at a method tell meshauth.
#[derive(Default)]
pub(super) struct Directives {
    pub(super) allowed: Vec<Lint>,
    pub(super) depth: Option<Depth>,
    /// Why the guard does not look at the messages of the method.
    pub(super) unguarded: Option<String>,
}

impl Directives {
    /// What the note says, and what cannot be read in it.
    pub(super) fn read(site: Site<'_>, note: &Note) -> (Self, Vec<Diagnostic>) {
        let (mut directives, mut wrong) = (Self::default(), Vec::new());
        for directive in &note.directives {
            match directive {
                Ok(Directive::Allow(lints)) => directives.allowed.extend(lints),
                Ok(Directive::Depth(depth)) => directives.depth = Some(*depth),
                Ok(Directive::Unguarded(why)) => directives.unguarded = Some(why.clone()),
                Err(misread) => {
                    let place = site.source.place(site.path);
                    wrong.push(unreadable(place, &format!("on `{}`", site.full_name), misread));
                }
            }
        }
        (directives, wrong)
    }

    /// The directives that change nothing, where the run is `of_run` deep and these were `found`.
    pub(super) fn unused(
        &self,
        subject: &Subject<'_>,
        found: &Found,
        of_run: Depth,
        held: &mut Held<'_, '_>,
    ) -> Result<Vec<Finding>, Error> {
        let idle = self.allowed.iter().filter(|lint| !found.has(**lint));
        let mut unused: Vec<_> = idle
            .map(|lint| {
                let comment = format!("meshauth:allow({lint})");
                changes_nothing(subject.site, &comment, "there is nothing to allow")
            })
            .collect();
        if let Some(why) = self.moot_depth(subject, of_run, held)? {
            unused.push(changes_nothing(subject.site, "meshauth:depth(nested)", why));
        }
        if let Some(why) = self.moot_unguarded(subject, held)? {
            unused.push(changes_nothing(subject.site, "meshauth:depth(none)", why));
        }
        Ok(unused)
    }

    /// Why it changes nothing that the guard does not look at the messages.
    fn moot_unguarded(
        &self,
        subject: &Subject<'_>,
        held: &mut Held<'_, '_>,
    ) -> Result<Option<&'static str>, Error> {
        Ok(if self.unguarded.is_none() {
            None
        } else if subject.is_public() {
            Some(WITHOUT_SCOPE)
        } else if !held.hold_resource()? {
            Some("there is no resource in its messages")
        } else {
            None
        })
    }

    /// Why a depth for the method changes nothing.
    fn moot_depth(
        &self,
        subject: &Subject<'_>,
        of_run: Depth,
        held: &mut Held<'_, '_>,
    ) -> Result<Option<&'static str>, Error> {
        let Some(depth) = self.depth else { return Ok(None) };
        Ok(if self.unguarded.is_some() {
            Some("by `meshauth:depth(none)` the guard does not look at all")
        } else if depth == of_run {
            Some("the whole run is so")
        } else if subject.is_public() {
            Some(WITHOUT_SCOPE)
        } else if !held.hold_more()? {
            Some("there is no resource below the direct fields")
        } else {
            None
        })
    }
}

/// The directives that stand with something else than a method, or with nothing: those that are
/// understood, and those that are not.
pub(super) fn misplaced(
    notes: Notes,
    source: &Source<'_>,
    file: &str,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let (mut unused, mut wrong) = (Vec::new(), Vec::new());
    for (path, note) in notes.left() {
        for directive in note.directives {
            let place = source.place(&path);
            if let Err(misread) = directive {
                wrong.push(unreadable(place, &format!("in `{file}`"), &misread));
            } else {
                let message = format!("a comment to meshauth in `{file}` changes nothing");
                let help = "write it right before the `rpc`, with no empty line between";
                unused.push(Finding::new(Lint::UnusedDirective, place, message, help));
            }
        }
    }
    (unused, wrong)
}

fn changes_nothing(site: Site<'_>, comment: &str, why: &str) -> Finding {
    let place = site.source.place(site.path);
    let message = format!("`{comment}` of `{}` changes nothing: {why}", site.full_name);
    Finding::new(Lint::UnusedDirective, place, message, "remove the comment")
}

fn unreadable(place: Place, whose: &str, misread: &Misread) -> Diagnostic {
    let message = format!("the comment to meshauth {whose} is not understood: {}", misread.what);
    Diagnostic::new(place, Code::Directive, message, format!("write\n// {}", misread.instead))
}
