//! Large files: thousands of findings, each found without looking through all of the others.

#![cfg(feature = "build-script")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault in a test fails it"
)]

mod common;

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use common::{Proto, Request, proto, wallet};

/// Says `findings` things about a file, in a time in which something quadratic cannot.
///
/// protox itself is slow with many annotations, so there are fewer methods where they have one.
#[track_caller]
fn reports(file: &Proto, options: &str, findings: usize) {
    let options = format!("{options},report_limit=all");
    let request = Request::of(std::slice::from_ref(file)).with(&options);
    let start = Instant::now();
    let error = request.generate().expect_err("the proto breaks a rule");
    let text = error.to_string();
    let elapsed = start.elapsed();
    println!("{findings} findings in {elapsed:?}");
    assert_eq!(error.diagnostics().count(), findings);
    assert!(text.len() > findings * 50);
    // A second or two; what is quadratic takes minutes.
    assert!(elapsed < Duration::from_secs(60), "{elapsed:?}");
}

fn methods(count: usize, method: impl Fn(usize) -> String) -> Proto {
    wallet(&(0..count).map(method).collect::<Vec<_>>().concat())
}

#[test]
fn methods_without_annotations() {
    reports(&methods(20_000, |i| format!("\n  rpc M{i}(M) returns (M);")), "", 20_000);
}

#[test]
fn methods_with_several_breaches() {
    let file = methods(4_000, |i| {
        format!(
            "\n  rpc M{i}(M) returns (M) {{\n    option ($) = {{ type: METHOD_TYPE_READ \
             access_level: METHOD_ACCESS_LEVEL_AUTHORISED\n      \
             roles: [ROLE_UNSPECIFIED, ROLE_IAM_ADMIN, ROLE_IAM_ADMIN] }};\n  }}"
        )
    });
    reports(&file, "", 8_000);
}

#[test]
fn methods_with_lints_and_directives() {
    let file = methods(4_000, |i| {
        format!(
            "\n  // Does.\n  // meshauth:allow(role_naming) reason: x\n  \
             rpc M{i}(M) returns (M) {{\n    option ($) = {{ type: METHOD_TYPE_WRITE \
             access_level: METHOD_ACCESS_LEVEL_PUBLIC }};\n  }}"
        )
    });
    reports(&file, "lint=public_write:deny", 8_000);
}

#[test]
fn messages_that_collide_or_hide_their_owner() {
    let mut file = wallet("");
    for i in 0..10_000 {
        writeln!(
            file.text,
            "message A{i} {{}}\nmessage a{i} {{ oneof who {{ string owner = 1; }} repeated string \
             owners = 2; }}"
        )
        .unwrap();
    }
    reports(&proto(&file.name, &file.text), "", 20_000);
}
