//! What the comments of a file say: to readers, and to meshauth.
//!
//! A directive is a line of a comment that starts with `meshauth:`. It ends at an empty line, at the
//! next directive or with the comment, and is no part of the documentation.

use std::{collections::BTreeMap, str::FromStr};

use crate::{
    descriptor::field,
    lint::Lint,
    policy::Depth,
    source::{Comment, Source},
};

const MARK: &str = "meshauth:";

/// What a comment tells meshauth to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Directive {
    /// `meshauth:allow(viewer_on_write) reason: ..`
    Allow(Vec<Lint>),
    /// `meshauth:depth(nested)`
    Depth(Depth),
    /// `meshauth:depth(none) reason: ..`: the reason why the guard does not look at messages.
    Unguarded(String),
}

/// What is wrong with a directive, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misread {
    pub(crate) what: String,
    pub(crate) instead: String,
}

impl Misread {
    fn new(what: String, instead: &str) -> Self {
        Self { what, instead: instead.to_owned() }
    }
}

/// What was written about one thing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Note {
    /// For readers, as it was written.
    pub(crate) text: String,
    /// For meshauth; or what is wrong with it.
    pub(crate) directives: Vec<Result<Directive, Misread>>,
}

/// What was written in a file, by the path of what it stands with.
#[derive(Default)]
pub(crate) struct Notes {
    attached: BTreeMap<Vec<i32>, Note>,
    /// What stands alone, by the path of what comes next: it is not about that, and for nobody to
    /// read, but a directive in it is not to be lost.
    detached: Vec<(Vec<i32>, Note)>,
}

impl Notes {
    pub(crate) fn of(source: &Source<'_>) -> Self {
        let mut notes = Self { attached: BTreeMap::new(), detached: Vec::new() };
        for Comment { path, text, is_attached } in source.comments(MARK) {
            // What is said of other things is not documented here.
            let is_of_service = path.first() == Some(&field::FILE_SERVICE);
            if !is_of_service && !text.contains(MARK) {
                continue;
            }
            if is_attached {
                notes.attached.entry(path).or_default().add(&text);
            } else if text.contains(MARK) {
                let mut note = Note::default();
                note.add(&text);
                notes.detached.push((path, note));
            }
        }
        notes
    }

    /// What was written about something, for readers.
    pub(crate) fn text(&self, path: &[i32]) -> String {
        self.attached.get(path).map(|note| note.text.clone()).unwrap_or_default()
    }

    /// Takes what was written about something.
    pub(crate) fn take(&mut self, path: &[i32]) -> Note {
        self.attached.remove(path).unwrap_or_default()
    }

    /// Takes a directive out of what was written about something; whether it was there.
    pub(crate) fn take_directive(
        &mut self,
        path: &[i32],
        directive: &Result<Directive, Misread>,
    ) -> bool {
        let Some(note) = self.attached.get_mut(path) else { return false };
        let before = note.directives.len();
        note.directives.retain(|other| other != directive);
        note.directives.len() < before
    }

    /// What is left, where there are directives in it.
    pub(crate) fn left(self) -> impl Iterator<Item = (Vec<i32>, Note)> {
        self.attached
            .into_iter()
            .chain(self.detached)
            .filter(|(_, note)| !note.directives.is_empty())
    }
}

impl Note {
    fn add(&mut self, comment: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let mut directive: Option<String> = None;
        for line in comment.lines() {
            let words = line.trim();
            if let Some(start) = words.strip_prefix(MARK) {
                self.end(directive.replace(start.to_owned()));
            } else if words.is_empty() {
                self.end(directive.take());
                self.text.extend([line, "\n"]);
            } else if let Some(text) = &mut directive {
                text.extend([" ", words]);
            } else {
                self.text.extend([line, "\n"]);
            }
        }
        self.end(directive);
    }

    fn end(&mut self, directive: Option<String>) {
        self.directives.extend(directive.map(|text| text.parse()));
    }
}

impl FromStr for Directive {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let (word, rest) = text.split_once('(').unwrap_or((text, ""));
        match (word.trim(), rest.split_once(')')) {
            ("allow", Some((lints, rest))) => allow(lints, rest.trim()),
            ("depth", Some((depth, rest))) => match (depth.trim(), rest.trim()) {
                ("nested", "") => Ok(Self::Depth(Depth::Nested)),
                ("none", rest) => reason(rest)
                    .map(Self::Unguarded)
                    .ok_or_else(|| Misread::new("it does not say why".to_owned(), UNGUARDED)),
                _ => Err(Misread::new(format!("it says `{MARK}{text}`"), NESTED)),
            },
            (word, _) if word.starts_with("depth") => {
                Err(Misread::new(format!("it says `{MARK}{text}`"), NESTED))
            }
            _ => Err(Misread::new(format!("it says `{MARK}{text}`"), &reasoned("viewer_on_write"))),
        }
    }
}

const NESTED: &str = "meshauth:depth(nested)";
const UNGUARDED: &str = "meshauth:depth(none) reason: ..";

/// Why, in words.
fn reason(text: &str) -> Option<String> {
    let reason = text.strip_prefix("reason:")?.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

fn reasoned(lints: &str) -> String {
    format!("{MARK}allow({lints}) reason: ..")
}

fn allow(lints: &str, rest: &str) -> Result<Directive, Misread> {
    let lint = |name: &str| {
        let name = name.trim();
        let instead = reasoned("viewer_on_write");
        Lint::named(name).ok_or_else(|| Misread::new(Lint::unknown(name), &instead))
    };
    let found = lints.split(',').map(lint).collect::<Result<_, _>>()?;
    if reason(rest).is_none() {
        return Err(Misread::new("it does not say why".to_owned(), &reasoned(lints)));
    }
    Ok(Directive::Allow(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(comment: &str) -> Note {
        let mut note = Note::default();
        note.add(comment);
        note
    }

    #[test]
    fn directives_are_taken_out_of_the_text() {
        let note = note(
            " Pays out.\n meshauth:allow(viewer_on_write, public_write) reason: the desk\n reads \
             while it writes\n\n More.\n meshauth:depth(nested)\n meshauth:depth(nested)\n",
        );
        assert_eq!(note.text, " Pays out.\n\n More.\n");
        let allow = Directive::Allow(vec![Lint::ViewerOnWrite, Lint::PublicWrite]);
        let nested = || Ok(Directive::Depth(Depth::Nested));
        assert_eq!(note.directives, [Ok(allow), nested(), nested()]);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let viewer = "meshauth:allow(viewer_on_write) reason: ..";
        let public = "meshauth:allow(public_write) reason: ..";
        for (text, says, instead) in [
            ("allow(public_write)", "it does not say why", public),
            ("allow(public_write) reason:  ", "it does not say why", public),
            ("allow(public_write) because: x", "it does not say why", public),
            (
                "allow(public_right) reason: x",
                "no lint `public_right`, did you mean `public",
                viewer,
            ),
            ("allow() reason: x", "there is no lint ``", viewer),
            ("allow public_write reason: x", "it says `meshauth:allow public_write", viewer),
            ("allow(public_write reason: x", "it says `meshauth:allow(public_write", viewer),
            (" allow", "it says `meshauth: allow`", viewer),
            ("deny(public_write) reason: x", "it says `meshauth:deny(", viewer),
            ("depth(none)", "it does not say why", UNGUARDED),
            ("depth(none) reason: ", "it does not say why", UNGUARDED),
            ("depth(all)", "it says `meshauth:depth(all)`", NESTED),
            ("depth(nested) reason: x", "it says `meshauth:depth(", NESTED),
            ("", "it says `meshauth:`", viewer),
        ] {
            let wrong = text.parse::<Directive>().unwrap_err();
            assert!(wrong.what.contains(says), "{text}: {wrong:?}");
            assert_eq!(wrong.instead, instead, "{text}");
        }
    }

    #[test]
    fn the_mark_within_a_line_is_text() {
        let note = note(" See meshauth:allow(x).\n");
        assert_eq!((note.text.as_str(), note.directives.len()), (" See meshauth:allow(x).\n", 0));
    }
}
