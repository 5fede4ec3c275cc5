//! Code with holes in it.
//!
//! Code is written with `quote!`, so that it is known to be Rust, and formatted once; for each
//! method the holes are filled. To quote, parse and format every method of a large API anew would
//! take many times as long as all the rest.

use proc_macro2::TokenStream;

use super::{
    bug,
    doc::push_doc,
    layout::{format, indented, inside, push_indent},
};
use crate::error::Error;

/// Code in which identifiers that start with `__` stand for something else.
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// Whether a blank line stands before it, unless it is the first of its block.
    is_apart: bool,
}

/// Adds code; for a hole that takes items.
pub(super) type Writer<'a> = &'a dyn Fn(&mut String) -> Result<(), Error>;

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
    /// Lines of a doc comment: the whole line `#[doc = " __x"]`.
    Doc,
    /// Any number of items: the whole line `__x!{}`. Templates write them, blank lines included.
    Items,
}

impl Template {
    /// Items, this many blocks deep.
    pub(super) fn items(depth: usize, code: TokenStream) -> Result<Self, Error> {
        Ok(Self { pieces: cut(&indented(&format(code)?, depth)), is_apart: true })
    }

    /// Items of a trait or of an implementation, this many blocks deep.
    pub(super) fn members(depth: usize, code: &TokenStream) -> Result<Self, Error> {
        // Functions of a trait need no body.
        let members = inside(quote::quote!(trait X { #code }))?;
        Ok(Self { pieces: cut(&indented(&members, depth)), is_apart: true })
    }

    /// An expression.
    pub(super) fn expression(code: &TokenStream) -> Result<Self, Error> {
        let expression = inside(quote::quote!(fn x() { #code }))?;
        Ok(Self { pieces: cut(expression.trim_end()), is_apart: false })
    }

    /// The code with these values in its holes.
    ///
    /// # Errors
    /// A hole without a value: a fault of this program.
    pub(super) fn fill(&self, values: &[(&str, &str)]) -> Result<String, Error> {
        let mut code = String::with_capacity(256);
        self.fill_into(&mut code, values)?;
        Ok(code)
    }

    /// Adds the code with these values in its holes.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub(super) fn fill_into(
        &self,
        code: &mut String,
        values: &[(&str, &str)],
    ) -> Result<(), Error> {
        self.fill_around(code, values, &[])
    }

    /// Adds the code with these values and these items in its holes. The items of a service are most
    /// of what a run generates: they are written where they stay.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub(super) fn fill_around(
        &self,
        code: &mut String,
        values: &[(&str, &str)],
        items: &[(&str, Writer<'_>)],
    ) -> Result<(), Error> {
        if self.is_apart && !code.is_empty() && !code.ends_with("{\n") {
            code.push('\n');
        }
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => code.push_str(text),
                Piece::Hole { kind: Kind::Part, name, indent } => {
                    push_part(code, value(values, name)?, *indent);
                }
                Piece::Hole { kind: Kind::Doc, name, indent } => {
                    push_doc(code, value(values, name)?, *indent);
                }
                Piece::Hole { kind: Kind::Items, name, .. } => value(items, name)?(code)?,
            }
        }
        Ok(())
    }
}

fn value<T: Copy>(values: &[(&str, T)], name: &str) -> Result<T, Error> {
    let value = values.iter().find(|(other, _)| *other == name);
    value.map(|(_, value)| *value).ok_or_else(|| bug(&format!("no value for {name}")))
}

/// Finds the holes.
fn cut(code: &str) -> Vec<Piece> {
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
    pieces
}

fn push_part(code: &mut String, value: &str, indent: usize) {
    // Most values are a name.
    if !value.contains('\n') {
        code.push_str(value);
        return;
    }
    for (index, line) in value.split('\n').enumerate() {
        if index > 0 {
            code.push('\n');
            push_indent(code, indent);
        }
        code.push_str(line);
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
        let values = [("doc", "One.\nTwo."), ("module", "wallet"), ("names", "\n    \"a\",\n")];
        let item = Template::items(
            1,
            quote!(
                fn __name() {}
            ),
        )
        .unwrap();
        let items = |code: &mut String| {
            ["a", "b"].iter().try_for_each(|name| item.fill_into(code, &[("name", name)]))
        };
        let mut code = String::new();
        template.unwrap().fill_around(&mut code, &values, &[("items", &items)]).unwrap();
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
        assert_eq!(code, expected);
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
    fn items_that_are_none_leave_nothing_and_a_hole_needs_one() {
        let template = Template::items(
            0,
            quote!(
                trait A {
                    __items! {}
                }
            ),
        )
        .unwrap();
        let mut code = String::new();
        template.fill_around(&mut code, &[], &[("items", &|_| Ok(()))]).unwrap();
        assert_eq!(code, "trait A {\n}\n");
        assert!(template.fill(&[]).is_err());
    }
}
