//! Source information as protoc writes it. protox counts a tab as one column, and drops the blank
//! lines of a block comment where they have no asterisk.

use std::{collections::HashMap, fmt::Write as _, fs, path::PathBuf};

use prost::{
    Message as _,
    bytes::{Buf as _, Bytes},
    encoding::{DecodeContext, WireType, decode_key, skip_field},
};
use prost_types::{SourceCodeInfo, source_code_info::Location};
use protox::file::File;

/// The field of a file that holds its source information.
const SOURCE_CODE_INFO: u32 = 9;

/// protoc's width of a tab.
const TAB: usize = 8;

/// The name in an encoded file.
#[derive(Clone, PartialEq, prost::Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

/// The encoded file with the places and comments that protoc would give it. Where that cannot be
/// found out, it stays as it is.
pub(super) fn as_protoc<'p>(
    encoded: Bytes,
    path_of: impl FnOnce(&str) -> Option<&'p PathBuf>,
) -> Bytes {
    let text = || {
        let Named { name } = Named::decode(encoded.clone()).ok()?;
        let text = fs::read_to_string(path_of(&name)?).ok()?;
        Some((name, text))
    };
    let Some((name, text)) = text() else { return encoded };
    let starred = with_asterisks(&text);
    if starred.is_none() && !text.contains('\t') {
        return encoded;
    }
    mended(&name, &encoded, &text, starred.as_deref()).unwrap_or(encoded)
}

fn mended(name: &str, encoded: &Bytes, text: &str, starred: Option<&str>) -> Option<Bytes> {
    let (mut rest, info) = split(encoded.clone())?;
    let mut info = SourceCodeInfo::decode(info).ok()?;
    if let Some(starred) = starred {
        restore_comments(&mut info, &File::from_source(name, starred).ok()?);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    for location in &mut info.location {
        expand_tabs(&mut location.span, &lines);
    }
    prost::encoding::message::encode(SOURCE_CODE_INFO, &info, &mut rest);
    Some(rest.into())
}

/// An encoded file without its source information, and that.
fn split(mut encoded: Bytes) -> Option<(Vec<u8>, Bytes)> {
    let (mut rest, mut info) = (Vec::with_capacity(encoded.len()), Bytes::new());
    while encoded.has_remaining() {
        let before = encoded.clone();
        let (number, wire_type) = decode_key(&mut encoded).ok()?;
        let key = before.len() - encoded.len();
        skip_field(wire_type, number, &mut encoded, DecodeContext::default()).ok()?;
        let field = before.slice(..before.len() - encoded.len());
        if number == SOURCE_CODE_INFO && wire_type == WireType::LengthDelimited {
            let mut value = field.slice(key..);
            prost::encoding::decode_varint(&mut value).ok()?;
            info = value;
        } else {
            rest.extend_from_slice(&field);
        }
    }
    Some((rest, info))
}

/// Takes the comments from the same file, parsed with its blank lines.
fn restore_comments(info: &mut SourceCodeInfo, parsed: &File) {
    let parsed = parsed.file_descriptor_proto().source_code_info.clone().unwrap_or_default();
    let has_comments = |location: &Location| {
        location.leading_comments.is_some()
            || location.trailing_comments.is_some()
            || !location.leading_detached_comments.is_empty()
    };
    let commented = parsed.location.into_iter().filter(has_comments);
    let mut by_path: HashMap<(Vec<i32>, Vec<i32>), Location> = commented
        .map(|location| ((location.path.clone(), location.span.clone()), location))
        .collect();
    for location in info.location.iter_mut().filter(|location| has_comments(location)) {
        let place = (location.path.clone(), location.span.clone());
        if let Some(parsed) = by_path.remove(&place) {
            location.leading_comments = parsed.leading_comments;
            location.trailing_comments = parsed.trailing_comments;
            location.leading_detached_comments = parsed.leading_detached_comments;
        }
    }
}

/// A span is a line, a column, perhaps another line, and another column.
fn expand_tabs(span: &mut [i32], lines: &[&str]) {
    match span {
        [line, start, end] => {
            *start = expanded(*line, *start, lines);
            *end = expanded(*line, *end, lines);
        }
        [line, start, end_line, end] => {
            *start = expanded(*line, *start, lines);
            *end = expanded(*end_line, *end, lines);
        }
        _ => {}
    }
}

/// The column in protoc's count.
fn expanded(line: i32, column: i32, lines: &[&str]) -> i32 {
    let index = usize::try_from(line).ok();
    let line = index.and_then(|index| lines.get(index)).map_or(&[][..], |line| line.as_bytes());
    let width = usize::try_from(column).unwrap_or_default();
    let Some(before) = line.get(..width).filter(|before| before.contains(&b'\t')) else {
        return column;
    };
    let wide = before.iter().fold(0, |column, byte| match byte {
        b'\t' => column + TAB - column % TAB,
        _ => column + 1,
    });
    i32::try_from(wide).unwrap_or(column)
}

/// The text with an asterisk in each blank line of a block comment; none if there is no such line.
fn with_asterisks(text: &str) -> Option<String> {
    let (mut starred, mut rest, mut has_changed) = (String::new(), text, false);
    while let Some(start) = next_comment(rest) {
        let (before, comment) = rest.split_at(start);
        starred.push_str(before);
        let end = if comment.starts_with("//") {
            comment.find('\n').unwrap_or(comment.len())
        } else {
            comment.find("*/").map_or(comment.len(), |end| end + 2)
        };
        let (comment, behind) = comment.split_at(end);
        for (index, line) in comment.split('\n').enumerate() {
            let is_blank = index > 0 && line.trim().is_empty();
            has_changed |= is_blank;
            let line = if is_blank { " *" } else { line };
            let _ = write!(starred, "{}{line}", if index > 0 { "\n" } else { "" });
        }
        rest = behind;
    }
    starred.push_str(rest);
    has_changed.then_some(starred)
}

/// Where the next comment begins, if one does: not within a string.
fn next_comment(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            // A string does not go on in another line.
            (Some(_), b'\n') => quote = None,
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'/') if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_of_block_comments_get_an_asterisk() {
        for (text, expected) in [
            ("/* a\n\n b */\n\nx", "/* a\n *\n b */\n\nx"),
            ("/* a\n  \t\n b */", "/* a\n *\n b */"),
            ("\"/*\" /* a\n\n*/", "\"/*\" /* a\n *\n*/"),
            ("'\\'/*' /* a\r\n\r\n*/", "'\\'/*' /* a\r\n *\n*/"),
        ] {
            assert_eq!(with_asterisks(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "// a\n\n// b", "/* a\n * b\n */", "\"/*\\\"\n\n*/\"", "// /*\n\n*/", "/* a"]
        {
            assert_eq!(with_asterisks(text), None, "{text}");
        }
    }

    #[test]
    fn columns_are_counted_as_protoc_does() {
        let lines = ["\ta", " \ta\tb", "ab"];
        for ((line, column), expected) in
            [((0, 1), 8), ((0, 0), 0), ((1, 2), 8), ((1, 4), 16), ((2, 1), 1), ((9, 3), 3)]
        {
            assert_eq!(expanded(line, column, &lines), expected);
        }
    }
}
