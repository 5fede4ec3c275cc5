//! The forms in which a report can be had.

use std::collections::HashMap;

use serde_json::json;

use crate::{diagnostic::Diagnostic, report::Report};

/// Who is to read a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// People.
    #[default]
    Text,
    /// Programs: a JSON object a line.
    Json,
    /// GitHub Actions, which shows each finding in the changed file.
    GitHub,
}

impl Format {
    pub(crate) const NAMES: [(&'static str, Self); 3] =
        [("text", Self::Text), ("json", Self::Json), ("github", Self::GitHub)];

    /// A finding; without a line end.
    pub(crate) fn render(self, diagnostic: &Diagnostic) -> String {
        match self {
            Self::Text => diagnostic.to_string(),
            Self::Json => json(diagnostic),
            Self::GitHub => github(diagnostic),
        }
    }
}

/// How a report is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) format: Format,
    /// How many findings people are shown, if not all. Programs get all.
    pub(crate) limit: Option<usize>,
}

impl Style {
    /// The findings, and for people the counts of those that are left out.
    pub(crate) fn lines(self, report: &Report) -> Vec<String> {
        let limit = self.limit.filter(|_| self.format == Format::Text);
        let excerpt = report.excerpt(limit);
        let shown = match self.format {
            Format::Text => texts(&excerpt.shown),
            format => excerpt.shown.into_iter().map(|found| format.render(found)).collect(),
        };
        shown.into_iter().chain(excerpt.rest).collect()
    }

    /// The same as text, and for people what it comes to.
    pub(crate) fn render_all(self, report: &Report) -> String {
        let mut lines = self.lines(report);
        if self.format == Format::Text {
            lines.push(report.summary());
        }
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

/// The findings for people. Lines that a file has to have in many places are shown once.
fn texts(found: &[&Diagnostic]) -> Vec<String> {
    let mut shown = HashMap::new();
    let mut texts = Vec::with_capacity(found.len());
    for found in found {
        let (place, help) = (found.place(), found.help());
        let first = *shown.entry((&place.file, help)).or_insert(place.line);
        let is_again = first != place.line && help.lines().nth(1).is_some();
        texts.push(if is_again {
            format!("{}\n    help: as at line {first}", found.headline())
        } else {
            found.to_string()
        });
    }
    texts
}

fn json(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place();
    json!({
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": diagnostic.severity().to_string(),
        "code": diagnostic.code().to_string(),
        "message": diagnostic.message(),
        "help": diagnostic.help(),
    })
    .to_string()
}

/// A workflow command: its properties and its text are escaped by GitHub's rules.
fn github(diagnostic: &Diagnostic) -> String {
    let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    let place = diagnostic.place();
    format!(
        "::{} file={},line={},col={},title={}::{}",
        diagnostic.severity(),
        property(&place.file),
        place.line,
        place.column,
        property(&format!("meshauth {}", diagnostic.code())),
        text(&format!("{}\nhelp: {}", diagnostic.message(), diagnostic.help())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diagnostic::{Code, Place},
        lint::Lint,
    };

    fn found() -> Diagnostic {
        let place = Place { file: String::from("a,b:c.proto"), line: 3, column: 5 };
        Diagnostic::new(place, Code::E04, "100% \"wrong\"", "write:\nroles: [..]")
    }

    #[test]
    fn json_is_an_object_a_line() {
        let line = Format::Json.render(&found());
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let expected = json!({
            "file": "a,b:c.proto", "line": 3, "column": 5, "severity": "error", "code": "E04",
            "message": "100% \"wrong\"", "help": "write:\nroles: [..]",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn github_commands_are_escaped() {
        let warning =
            Diagnostic::new(found().place().clone(), Code::Lint(Lint::PublicWrite), "a", "b");
        assert_eq!(
            Format::GitHub.render(&found()),
            "::error file=a%2Cb%3Ac.proto,line=3,col=5,title=meshauth E04::100%25 \"wrong\"%0Ahelp: \
             write:%0Aroles: [..]"
        );
        assert!(Format::GitHub.render(&warning.into_warning()).starts_with("::warning file="));
    }
}
