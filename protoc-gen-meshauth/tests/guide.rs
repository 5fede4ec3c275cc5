//! What the guide says of options, lints and comments is what there is.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use common::{Request, proto, run, wallet};
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

/// The names that the guide gives for values of an annotation of one's own are taken.
#[test]
fn the_values_in_the_guide_of_an_own_annotation_are_taken() {
    let (_, own) = GUIDE.split_once("## Your own annotation").unwrap();
    let (own, _) = own.split_once("## Errors").unwrap();
    for level in ["AUTHORISED", "AUTHORIZED"] {
        let level = format!("ACCESS_LEVEL_{level}");
        for value in
            ["Kind", "KIND_READ", "KIND_WRITE", "AccessLevel", "ACCESS_LEVEL_PUBLIC", &level]
        {
            assert!(own.contains(&format!("`{value}`")), "{value}");
        }
        let file = proto(
            "own.proto",
            &format!(
                "syntax = \"proto3\"; package acme.own.v1;
                import \"google/protobuf/descriptor.proto\";
                extend google.protobuf.MethodOptions {{ Access access = 60001; }}
                message Access {{ Kind type = 1; AccessLevel access_level = 2; repeated Duty roles = 3; }}
                enum Kind {{ UNSET = 0; KIND_READ = 1; KIND_WRITE = 2; }}
                enum AccessLevel {{ UNKNOWN = 0; ACCESS_LEVEL_PUBLIC = 1; {level} = 2; }}
                enum Duty {{ NONE = 0; TREASURER = 1; }}
                message M {{}}
                service Wallet {{ rpc Get(M) returns (M) {{ option (access) = {{
                    type: KIND_READ access_level: {level} roles: TREASURER
                }}; }} }}"
            ),
        );
        let run = run(&[file], &["annotation=acme.own.v1.access", "lint=role_naming:allow"]);
        assert_eq!(run.findings, []);
    }
}
