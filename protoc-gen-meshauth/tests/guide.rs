//! What the guide says of options, lints and comments is what there is.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use common::{Request, wallet};
use protoc_gen_meshauth::{Code, Diagnostic, Lint, OPTIONS};

const GUIDE: &str = include_str!("../../meshauth-runtime/src/guide/annotations.md");

#[test]
fn the_guide_lists_every_option_with_the_words_of_the_help() {
    for (form, what) in OPTIONS {
        let row = format!("| `{}` | {} |", form.replace('|', "\\|"), what);
        // In Markdown, names are marked as such.
        let plain = |text: &str| text.replace('`', "");
        assert!(plain(GUIDE).contains(&plain(&row)), "{row}");
    }
}

#[test]
fn the_guide_lists_every_lint_with_its_level() {
    let (_, table) = GUIDE.split_once("| lint | by default | |").unwrap();
    for lint in Lint::ALL {
        let name = format!("`{lint}`");
        let row = table.lines().find(|row| row.contains(&name)).unwrap();
        assert!(row.contains(&format!("| {} |", lint.default_level())), "{row}");
    }
}

#[test]
fn the_comment_in_the_guide_allows_what_it_says() {
    let (_, block) = GUIDE.split_once("```proto\n").unwrap();
    let (method, _) = block.split_once("\n```").unwrap();
    let method = method.replace("SetClockRequest", "M").replace("Clock)", "M)");
    let method = format!(
        "{method} option ($) = {{
            type: METHOD_TYPE_WRITE access_level: METHOD_ACCESS_LEVEL_PUBLIC
        }}; }}"
    );
    let warnings = |method: &str| Request::of(&[wallet(method)]).generate().unwrap().warnings;
    assert!(warnings(&method).is_empty());

    let (before, rest) = method.split_once("// meshauth:").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    let found = warnings(&format!("{before}\n{after}"));
    let codes: Vec<_> = found.diagnostics().map(Diagnostic::code).collect();
    assert_eq!(codes, [Code::Lint(Lint::PublicWrite)]);
}
