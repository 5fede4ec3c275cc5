//! Code with holes in it.
//!
//! Code is written with `quote!`, so that it is known to be Rust, and formatted once; for each
//! method the holes are filled. To quote, parse and format every method of a large API anew would
//! take many times as long as all the rest.

use proc_macro2::TokenStream;

use super::bug;
use crate::error::Error;

/// Code in which identifiers that start with `__` stand for something else.
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// The length of all text in it.
    length: usize,
}

enum Piece {
    Text(String),
    /// A hole in a line that is indented so far.
    Hole {
        kind: Kind,
        name: String,
        indent: usize,
    },
}

/// What stands in a hole.
enum Kind {
    /// A part of a line. Further lines of it are indented like the first.
    Part,
    /// A doc comment: the whole line `#[doc = " __x"]`.
    Doc,
    /// Any number of items: the whole line `__x!{}`.
    Items,
}

impl Template {
    /// Items, this many blocks deep.
    pub(super) fn items(depth: usize, code: TokenStream) -> Result<Self, Error> {
        Ok(Self::cut(&indented(&format(code)?, depth)))
    }

    /// Items of a trait or of an implementation, this many blocks deep.
    pub(super) fn members(depth: usize, code: &TokenStream) -> Result<Self, Error> {
        // Functions of a trait need no body.
        let members = inside(quote::quote!(trait X { #code }))?;
        Ok(Self::cut(&indented(&members, depth)))
    }

    /// An expression.
    pub(super) fn expression(code: &TokenStream) -> Result<Self, Error> {
        Ok(Self::cut(inside(quote::quote!(fn x() { #code }))?.trim_end()))
    }

    /// Finds the holes.
    fn cut(code: &str) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        for line in code.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            let mut hole = |text: &mut String, kind, name: &str| {
                pieces.push(Piece::Text(std::mem::take(text)));
                pieces.push(Piece::Hole { kind, name: name.to_owned(), indent });
            };
            if let Some((kind, name)) = whole_line(line.trim()) {
                hole(&mut text, kind, name);
                continue;
            }
            let mut rest = line;
            while let Some((before, name, after)) = part(rest) {
                text.push_str(before);
                hole(&mut text, Kind::Part, name);
                rest = after;
            }
            text.push_str(rest);
        }
        pieces.push(Piece::Text(text));
        let text = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Hole { .. } => 0,
        });
        Self { length: text.sum(), pieces }
    }

    /// The code with these values in its holes.
    ///
    /// # Errors
    /// A hole without a value: a fault of this program.
    pub(super) fn fill(&self, values: &[(&str, &str)]) -> Result<String, Error> {
        let mut code = String::new();
        self.fill_into(&mut code, values)?;
        Ok(code)
    }

    /// Adds the code with these values in its holes.
    ///
    /// # Errors
    /// A hole without a value: a fault of this program.
    pub(super) fn fill_into(
        &self,
        code: &mut String,
        values: &[(&str, &str)],
    ) -> Result<(), Error> {
        // About as long as it gets: code of a large API is not to grow piece by piece.
        code.reserve(self.length + values.iter().map(|(_, value)| value.len()).sum::<usize>());
        let value = |name: &str| {
            let value = values.iter().find(|(other, _)| *other == name);
            value.map(|(_, value)| *value).ok_or_else(|| bug(&format!("no value for {name}")))
        };
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => code.push_str(text),
                Piece::Hole { kind, name, indent } => {
                    let value = value(name)?;
                    match kind {
                        Kind::Part => push_part(code, value, *indent),
                        Kind::Doc => push_lines(code, value, *indent),
                        Kind::Items => push_items(code, value),
                    }
                }
            }
        }
        Ok(())
    }
}

const SPACES: &str = "                                                ";

fn push_part(code: &mut String, value: &str, indent: usize) {
    for (index, line) in value.split('\n').enumerate() {
        if index > 0 {
            code.push('\n');
            code.push_str(&SPACES[..indent.min(SPACES.len())]);
        }
        code.push_str(line);
    }
}

/// Items, which are as deep as they are to be, with an empty line before the first unless it is the
/// first of all.
fn push_items(code: &mut String, value: &str) {
    let value = value.trim_start_matches('\n');
    if !value.is_empty() && !code.ends_with("{\n") {
        code.push('\n');
    }
    code.push_str(value);
}

fn push_lines(code: &mut String, value: &str, indent: usize) {
    for line in value.lines() {
        if !line.is_empty() {
            code.push_str(&SPACES[..indent.min(SPACES.len())]);
            code.push_str(line);
        }
        code.push('\n');
    }
}

/// The hole that takes the whole line.
fn whole_line(line: &str) -> Option<(Kind, &str)> {
    let doc = line.strip_prefix("/// __").map(|name| (Kind::Doc, name));
    let items = || Some((Kind::Items, line.strip_prefix("__")?.strip_suffix("! {}")?));
    doc.or_else(items).filter(|(_, name)| name.bytes().all(is_of_name))
}

/// The first hole in the text, with what is before and behind it.
fn part(text: &str) -> Option<(&str, &str, &str)> {
    let (start, _) = text.match_indices("__").find(|(start, _)| {
        !text[..*start].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_')
    })?;
    let name = &text[start + 2..];
    let end = name.bytes().position(|byte| !is_of_name(byte)).unwrap_or(name.len());
    Some((&text[..start], &name[..end], &name[end..]))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

/// What is between the first line and the last, one block less deep.
fn inside(code: TokenStream) -> Result<String, Error> {
    let formatted = format(code)?;
    let lines: Vec<_> = formatted.lines().collect();
    let inside = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let lines = inside.iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

fn indented(code: &str, depth: usize) -> String {
    let mut indented = String::with_capacity(2 * code.len());
    push_lines(&mut indented, code, 4 * depth);
    indented
}

fn format(code: TokenStream) -> Result<String, Error> {
    let file = syn::parse2(code).map_err(|error| bug(&error))?;
    Ok(spaced(&prettyplease::unparse(&file)))
}

/// A blank line between items: prettyplease leaves none.
fn spaced(code: &str) -> String {
    const STARTS: [&str; 7] = ["///", "#[", "pub ", "impl", "fn ", "async fn ", "type "];
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut spaced = String::with_capacity(code.len() + code.len() / 16);
    let mut before = "{";
    for line in code.lines() {
        let starts = STARTS.iter().any(|start| line.trim_start().starts_with(start));
        let is_apart =
            ["///", "fn ", "async fn "].iter().any(|start| line.trim_start().starts_with(start));
        let declared = before.ends_with(';') && is_apart;
        let ended = before.trim_start().starts_with('}') || before.ends_with("{}") || declared;
        if starts && ended && depth(before) >= depth(line) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        before = line;
    }
    spaced
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn holes_are_filled_where_they_are() {
        let template = Template::items(
            0,
            quote! {
                #[doc = " __doc"]
                pub mod __module { static NAMES: &[&str] = &[__names]; __items!{} }
            },
        );
        let values = [
            ("doc", "/// One.\n/// Two."),
            ("module", "wallet"),
            ("names", "\n    \"a\",\n"),
            ("items", "\n    fn a() {}\n\n    fn b() {}\n"),
        ];
        let expected = r#"/// One.
/// Two.
pub mod wallet {
    static NAMES: &[&str] = &[
        "a",
    ];

    fn a() {}

    fn b() {}
}
"#;
        assert_eq!(template.unwrap().fill(&values).unwrap(), expected);
    }

    #[test]
    fn members_and_expressions_are_taken_out_of_what_is_around_them() {
        let members = Template::members(
            1,
            &quote!(
                fn __name(&self);
            ),
        )
        .unwrap();
        assert_eq!(members.fill(&[("name", "get")]).unwrap(), "    fn get(&self);\n");
        let expression = Template::expression(&quote!(__a.b(|held| __c(held)))).unwrap();
        assert_eq!(
            expression.fill(&[("a", "x"), ("c", "y::z")]).unwrap(),
            "x.b(|held| y::z(held))"
        );
    }

    #[test]
    fn lines_without_a_value_leave_nothing_and_a_hole_needs_one() {
        let template = Template::items(
            0,
            quote!(
                trait A {
                    __items! {}
                }
            ),
        )
        .unwrap();
        assert_eq!(template.fill(&[("items", "")]).unwrap(), "trait A {\n}\n");
        assert!(template.fill(&[]).is_err());
    }
}
