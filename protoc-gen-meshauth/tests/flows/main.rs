//! The three ways to the guards: a build script, protoc and buf. Each must give the same bytes for
//! every case in `tests/cases` and for the whole API, and what they give must compile.
//!
//! A case is a directory: `proto`, perhaps `options` (the plugin's), and what is expected, which is
//! `expected/<package>.meshauth.rs` or, if it must be refused, the whole report in `expected.txt`.
//! What differs is written there, so that the difference shows in git, and the test fails. To add a
//! case that must be refused, begin with an empty `expected.txt`.
//!
//! protoc and buf are not everywhere, so each runs only when it is asked for; then a missing tool
//! is a failure.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

#[path = "../common/mod.rs"]
mod common;

mod build_script;
mod case;
mod compile;
mod lints;
mod plugins;

use std::fs;

use case::{Case, Failures, Outcome};
use common::asked_for;
use tempfile::TempDir;

#[test]
fn a_build_script_gives_what_is_expected() {
    let mut failures = Failures::default();
    for case in Case::all() {
        let directory = case.directory();
        let outcome = build_script::run(&case, directory.path());
        failures.check(&case, outcome.and_then(|outcome| case.compare(&outcome)));
    }
    failures.none();
}

#[test]
fn no_character_in_a_guard_changes_the_direction_of_text() {
    let changes = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut seen = false;
    for case in Case::all() {
        seen |= case.files.iter().any(|file| file.text.contains(changes));
        if let Outcome::Guards(guards) = case.expected().unwrap() {
            assert!(!guards.values().any(|text| text.contains(changes)), "{}", case.name);
        }
    }
    assert!(seen, "no case has such a character");
}

#[test]
fn protoc_gives_the_same_as_a_build_script_and_it_compiles() {
    if !asked_for("MESHAUTH_PROTOC_FLOW", "protoc, and protoc-gen-{prost,tonic,prost-crate}") {
        return;
    }
    let mut failures = Failures::default();
    let mut generated = compile::Crate::new("protoc");
    for case in Case::all().into_iter().chain([Case::api()]) {
        let directory = case.directory();
        let outcome = plugins::protoc(&case, directory.path());
        failures.check(&case, outcome.and_then(|outcome| outcome.is(&case.expected()?)));
        if !case.is_refused() && plugins::can_compile(&case) {
            generated.add(&case.name, &directory.path().join(plugins::OUT));
        }
    }
    for edition in compile::EDITIONS {
        failures.check_all(edition, generated.check(edition));
    }
    failures.none();
}

#[test]
fn protoc_generates_the_imports_that_it_is_given() {
    if !asked_for("MESHAUTH_PROTOC_FLOW", "protoc, and protoc-gen-{prost,tonic,prost-crate}") {
        return;
    }
    let money = "syntax = \"proto3\"; package acme.money.v1; message Money { int64 cents = 1; }";
    let wallet = common::wallet(&common::good_method("GetAccount")).text;
    let wallet = wallet.replace("message M {}", "message M { acme.money.v1.Money money = 1; }");
    let wallet = wallet.replacen("import ", "import \"money.proto\";\nimport ", 1);
    let mut files = common::declarations(&[]);
    files.push(common::proto("wallet.proto", &wallet));
    let directory = directory_with(&files);
    fs::create_dir(directory.path().join("vendor")).unwrap();
    fs::write(directory.path().join("vendor/money.proto"), money).unwrap();
    plugins::protoc_with_imports(directory.path(), &["wallet.proto", "money.proto"]);
    let mut generated = compile::Crate::new("protoc-imports");
    generated.add("imports", &directory.path().join(plugins::OUT));
    generated.check("2024").unwrap();
}

#[test]
fn buf_gives_the_same_as_a_build_script_and_it_compiles() {
    if !asked_for("MESHAUTH_BUF_FLOW", "buf, and protoc-gen-{prost,tonic,prost-crate}") {
        return;
    }
    let mut failures = Failures::default();
    let mut generated = compile::Crate::new("buf");
    for case in Case::all().into_iter().chain([Case::api()]) {
        let directory = case.directory();
        let outcome = plugins::buf(&case, directory.path());
        failures.check(&case, outcome.and_then(|outcome| outcome.is(&case.expected_of_buf()?)));
        if !case.is_refused() && plugins::can_compile(&case) {
            generated.add(&case.name, &directory.path().join(plugins::OUT));
        }
    }
    for edition in compile::EDITIONS {
        failures.check_all(edition, generated.check(edition));
    }
    failures.none();
}

#[test]
fn the_code_of_every_case_compiles_in_each_edition() {
    if !compile::is_asked_for() {
        return;
    }
    let mut failures = Failures::default();
    let generated = every_case("build-script", &mut failures);
    for edition in compile::EDITIONS {
        failures.check_all(edition, generated.check(edition));
    }
    failures.check_all("doctests", generated.has_no_doctests());
    failures.none();
}

#[test]
fn no_lint_of_the_strictest_team_finds_a_guard() {
    if !asked_for("MESHAUTH_LINTS", "clippy") {
        return;
    }
    let mut failures = Failures::default();
    let mut generated = every_case("lints", &mut failures);
    failures.check_all("lints", generated.strictest_lints_of_guards());
    failures.none();
}

/// A crate with the code of every case that is not refused, from a build script.
fn every_case(name: &str, failures: &mut Failures) -> compile::Crate {
    let mut generated = compile::Crate::new(name);
    for case in Case::all().into_iter().chain([Case::api()]).filter(|case| !case.is_refused()) {
        let directory = case.directory();
        let outcome = build_script::run(&case, directory.path());
        failures.check(&case, outcome.and_then(|outcome| outcome.is_not_refused()));
        generated.add(&case.name, &directory.path().join(build_script::OUT));
    }
    generated
}

/// A directory with these files below `proto`.
fn directory_with(files: &[common::Proto]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for file in files {
        let path = directory.path().join("proto").join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    directory
}
