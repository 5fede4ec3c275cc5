//! The layout of code: prettyplease's, with blank lines between items.

use proc_macro2::TokenStream;

use super::bug;
use crate::error::Error;

/// What is between the first line and the last, one block less deep.
pub(super) fn inside(code: TokenStream) -> Result<String, Error> {
    let formatted = format(code)?;
    let lines: Vec<_> = formatted.lines().collect();
    let inside = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let lines = inside.iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// The lines of the code, this many blocks deep.
pub(super) fn indented(code: &str, depth: usize) -> String {
    let mut indented = String::with_capacity(2 * code.len());
    push_lines(&mut indented, code, 4 * depth);
    indented
}

/// Adds lines that are indented so far; what is empty stays empty.
fn push_lines(code: &mut String, lines: &str, indent: usize) {
    for line in lines.lines() {
        if !line.is_empty() {
            push_indent(code, indent);
            code.push_str(line);
        }
        code.push('\n');
    }
}

pub(super) fn push_indent(code: &mut String, indent: usize) {
    const SPACES: &str = "                                                ";
    code.push_str(&SPACES[..indent.min(SPACES.len())]);
}

pub(super) fn format(code: TokenStream) -> Result<String, Error> {
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
