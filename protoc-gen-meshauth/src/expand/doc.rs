//! Doc comments: what the proto says, and what is said about it.
//!
//! A comment in a proto is not written for rustdoc. Code in it is no Rust that could be run, a
//! bracket no link, a `<T>` no HTML.

use std::borrow::Cow;

use super::layout::push_indent;

/// Adds lines of text as a doc comment that is indented so far.
pub(super) fn push_doc(code: &mut String, text: &str, indent: usize) {
    for line in text.lines() {
        push_indent(code, indent);
        code.push_str(if line.is_empty() { "///" } else { "/// " });
        // A name that no compiler lets through must not end the comment.
        if !is_printable(line) && line.contains(char::is_control) {
            code.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
        } else {
            code.push_str(line);
        }
        code.push('\n');
    }
}

/// Whether a line is letters, digits, marks and spaces of ASCII: most are.
fn is_printable(line: &str) -> bool {
    line.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// A comment of a proto as lines of documentation, in which nothing is code that is run.
pub(super) fn from_proto(comment: &str) -> Vec<String> {
    let mut text = Text::default();
    for line in comment.lines() {
        text.line(&cleaned(line));
    }
    text.end_block();
    let empty = |line: &String| line.is_empty();
    let from = text.lines.iter().position(|line| !empty(line)).unwrap_or(text.lines.len());
    let to = text.lines.iter().rposition(|line| !empty(line)).map_or(from, |last| last + 1);
    text.lines.drain(from..to).collect()
}

/// Without what Rust refuses in a comment (a lone carriage return, characters that change the
/// direction of the text), and without the space that is behind `//`.
fn cleaned(line: &str) -> Cow<'_, str> {
    if is_printable(line) {
        return line.strip_prefix(' ').unwrap_or(line).trim_end().into();
    }
    let turns = |c: &char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let line = line.replace('\t', "    ");
    let line: String = line.chars().filter(|c| !c.is_control() && !turns(c)).collect();
    line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned().into()
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
    block: Block,
}

/// Code that is shown.
#[derive(Default, PartialEq)]
enum Block {
    #[default]
    None,
    Indented,
    /// Between lines of these characters.
    Fenced(&'static str),
}

impl Text {
    fn line(&mut self, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let fence = ["```", "~~~"].into_iter().find(|fence| line.trim_start().starts_with(fence));
        match self.block {
            Block::Fenced(open) if fence == Some(open) => self.end_block(),
            Block::Fenced(_) => self.code(line),
            Block::Indented if indent >= 4 || line.is_empty() => self.code(line),
            _ => {
                self.end_block();
                let after_blank = self.lines.last().is_none_or(String::is_empty);
                if let Some(fence) = fence {
                    self.start_block(Block::Fenced(fence));
                } else if indent >= 4 && after_blank {
                    self.start_block(Block::Indented);
                    self.code(line);
                } else {
                    self.lines.push(prose(line));
                }
            }
        }
    }

    fn code(&mut self, line: &str) {
        let indented = self.block == Block::Indented;
        let line = line.strip_prefix("    ").filter(|_| indented).unwrap_or(line);
        // A line that would end the block is not one of its lines.
        let line = line.replace("```", "'''");
        self.lines.push(line);
    }

    fn start_block(&mut self, block: Block) {
        self.lines.push(String::from("```text"));
        self.block = block;
    }

    fn end_block(&mut self) {
        if std::mem::take(&mut self.block) != Block::None {
            let last =
                self.lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
            let blank = self.lines.split_off(last);
            self.lines.push(String::from("```"));
            self.lines.extend(blank);
        }
    }
}

/// A line that is no code: not indented so far, nor behind the mark of a list or a quote, and
/// without fences.
fn prose(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let mut prose = String::with_capacity(line.len());
    prose.push_str(&"   "[..indent.min(3)]);
    if !line.bytes().any(|b| matches!(b, b'`' | b'~' | b'[' | b']' | b'<' | b'>' | b'\\')) {
        if is_printable(line) && indent <= 3 && !line[indent..].contains("  ") {
            return line.to_owned();
        }
        for (index, word) in line.split_whitespace().enumerate() {
            prose.push_str(if index > 0 { " " } else { "" });
            prose.push_str(word);
        }
        return prose;
    }
    let words: Vec<_> = line.split_whitespace().collect();
    let line = words.join(" ").replace("```", "'''").replace("~~~", "\\~~~");
    let mut in_code = false;
    // A single mark starts no code: what looks like it is none.
    let has_pairs = line.matches('`').count() % 2 == 0;
    for c in line.chars() {
        match c {
            '`' => in_code = !in_code && has_pairs,
            _ if in_code || prose.ends_with('\\') => {}
            '[' | ']' | '<' => prose.push('\\'),
            // At the start of a line it quotes.
            '>' if !prose.trim().is_empty() => prose.push('\\'),
            _ => {}
        }
        prose.push(c);
    }
    prose
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

    use super::*;

    #[test]
    fn prose_stays_as_it_is() {
        assert_eq!(
            from_proto(" Gets it.\n\n - one\n   - two\n"),
            ["Gets it.", "", "- one", "  - two"]
        );
        assert_eq!(from_proto("\n a\n\n"), ["a"]);
        assert!(from_proto("").is_empty() && from_proto(" \n \n").is_empty());
    }

    #[test]
    fn code_is_shown_and_not_run() {
        assert_eq!(
            from_proto(" Such as:\n\n     let x = 1;\n\n     x\n Then:\n ```rust\n y()\n ```\n"),
            [
                "Such as:",
                "",
                "```text",
                "let x = 1;",
                "",
                "x",
                "```",
                "Then:",
                "```text",
                "y()",
                "```"
            ]
        );
        assert_eq!(from_proto(" ~~~\n z"), ["```text", "z", "```"]);
    }

    #[test]
    fn links_and_html_are_text() {
        assert_eq!(from_proto(" a [b] <T> `[c]<d>`"), ["a \\[b\\] \\<T\\> `[c]<d>`"]);
        assert_eq!(from_proto(" > quoted"), ["> quoted"]);
    }

    #[test]
    fn what_rust_refuses_is_left_out() {
        assert_eq!(from_proto(" a\rb\u{202E}c\u{0}d\r\n */ é"), ["abcd", "*/ é"]);
    }

    /// Whatever is in a comment, rustdoc finds no code in it that it would run.
    #[test]
    fn no_comment_becomes_a_test() {
        let parts = [
            " ", "  ", "    ", "\t", "\n", "\n\n", "\n ", "```", "~~~", "````", "rust", "- ",
            "1. ", "> ", "# x", "===", "---", "`", "<a>", "<!--", "-->", "[a]: b", "|a|b|", "x",
            "\r", "\\", "*",
        ];
        let mut state = 7_u64;
        let mut random = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % limit
        };
        for _ in 0..50_000 {
            let comment: String = (0..random(14)).map(|_| parts[random(parts.len())]).collect();
            let doc = from_proto(&comment).join("\n");
            for event in Parser::new(&doc) {
                if let Event::Start(Tag::CodeBlock(kind)) = event {
                    let is_text = matches!(&kind, CodeBlockKind::Fenced(lang) if &**lang == "text");
                    assert!(is_text, "{comment:?} became {doc:?}");
                }
            }
        }
    }
}
