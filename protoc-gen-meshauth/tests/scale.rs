//! Large files: time grows with their size and not faster.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use common::{Proto, Request, proto, wallet};

/// How long it takes, at its fastest, to say `findings` things about a file. Each is to be said.
fn time(file: &Proto, options: &str, findings: usize) -> Duration {
    let request = Request::of(std::slice::from_ref(file)).with(options);
    let run = || {
        let start = Instant::now();
        let error = request.generate().expect_err("the proto breaks a rule");
        let text = error.to_string();
        let elapsed = start.elapsed();
        assert_eq!(error.diagnostics().count(), findings);
        assert!(text.len() > findings * 50);
        elapsed
    };
    (0..2).map(|_| run()).min().unwrap()
}

/// What is four times as large may take some eight times as long: with sorting and noise that is
/// far from the sixteen of what is quadratic.
///
/// protox itself is slow with many annotations, so there are fewer methods where they have one.
#[track_caller]
fn grows_with(options: &str, findings_each: usize, count: usize, file: impl Fn(usize) -> Proto) {
    let small = time(&file(count / 4), options, count / 4 * findings_each);
    let large = time(&file(count), options, count * findings_each);
    assert!(large < Duration::from_secs(60), "{large:?}");
    assert!(large < small * 9, "{small:?} became {large:?}");
}

fn methods(count: usize, method: impl Fn(usize) -> String) -> Proto {
    wallet(&(0..count).map(method).collect::<String>())
}

#[test]
fn methods_without_annotations() {
    grows_with("", 1, 20_000, |count| methods(count, |i| format!("\n  rpc M{i}(M) returns (M);")));
}

#[test]
fn methods_with_several_breaches() {
    grows_with("", 2, 6_000, |count| {
        methods(count, |i| {
            format!(
                "\n  rpc M{i}(M) returns (M) {{\n    option ($) = {{ type: METHOD_TYPE_READ \
                 access_level: METHOD_ACCESS_LEVEL_AUTHORISED\n      \
                 roles: [ROLE_UNSPECIFIED, ROLE_IAM_ADMIN, ROLE_IAM_ADMIN] }};\n  }}"
            )
        })
    });
}

#[test]
fn methods_with_lints_and_directives() {
    grows_with("lint=public_write:deny", 2, 6_000, |count| {
        methods(count, |i| {
            format!(
                "\n  // Does.\n  // meshauth:allow(role_naming) reason: x\n  \
                 rpc M{i}(M) returns (M) {{\n    option ($) = {{ type: METHOD_TYPE_WRITE \
                 access_level: METHOD_ACCESS_LEVEL_PUBLIC }};\n  }}"
            )
        })
    });
}

#[test]
fn messages_that_collide_or_hide_their_owner() {
    grows_with("", 2, 20_000, |count| {
        let mut file = wallet("");
        for i in 0..count {
            writeln!(
                file.text,
                "message A{i} {{}}\nmessage a{i} {{ oneof who {{ string owner = 1; }} repeated \
                 string owners = 2; }}"
            )
            .unwrap();
        }
        proto(&file.name, &file.text)
    });
}
