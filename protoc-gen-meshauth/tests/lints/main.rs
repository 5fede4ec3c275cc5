//! Every lint and every comment to meshauth: what is reported, where and how much it weighs, and
//! what is not.
//!
//! `run` and `warnings` run the files through the build script and through the plugin, and compare
//! the two.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

#[path = "../common/mod.rs"]
mod common;

mod allow;
mod depth;
mod directives;
mod each;
mod levels;
mod messages;
mod near_misses;
mod places;

use protoc_gen_meshauth::{Code, Lint, PROTOS, Severity};

use crate::common::{Finding, Proto, declarations, run, warnings};

const READ: &str = "type: METHOD_TYPE_READ";
const WRITE: &str = "type: METHOD_TYPE_WRITE";
const PUBLIC: &str = "access_level: METHOD_ACCESS_LEVEL_PUBLIC";
const ADMIN: &str = "access_level: METHOD_ACCESS_LEVEL_AUTHORISED roles: ROLE_WALLET_ADMIN";
const VIEWER: &str = "access_level: METHOD_ACCESS_LEVEL_AUTHORISED roles: ROLE_WALLET_VIEWER";

/// A method with this annotation.
fn method(name: &str, annotation: &[&str]) -> String {
    let annotation = annotation.join(" ");
    format!("\n  rpc {name}(M) returns (M) {{\n    option ($) = {{ {annotation} }};\n  }}")
}

/// AUTHORISED, for these roles.
fn roles(roles: &str) -> String {
    format!("access_level: METHOD_ACCESS_LEVEL_AUTHORISED roles: [{roles}]")
}

/// The protos of the annotation with more roles.
fn more_roles(roles: &str) -> Vec<Proto> {
    let more = format!("ROLE_UNSPECIFIED = 0; {roles}");
    let mut files = declarations(&[("ROLE_UNSPECIFIED = 0;", &more)]);
    files.retain(|file| file.name == PROTOS[1].0);
    files
}

/// The file with an `Any` in its message.
fn opaque(file: Proto) -> Proto {
    let import = "import \"google/protobuf/any.proto\";\nmessage M {";
    let text =
        file.text.replace("message M {}", &format!("{import} google.protobuf.Any any = 3; }}"));
    Proto { text, ..file }
}

fn warning(lint: Lint) -> (Severity, Code) {
    (Severity::Warning, Code::Lint(lint))
}

fn error(lint: Lint) -> (Severity, Code) {
    (Severity::Error, Code::Lint(lint))
}

/// The only finding in a file: a warning.
#[track_caller]
fn finding(file: &Proto, options: &[&str]) -> Finding {
    only(warnings(file, options))
}

#[track_caller]
fn only(mut findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

/// That nothing is found in the files.
#[track_caller]
fn nothing_in(files: &[Proto], options: &[&str]) {
    let run = run(files, options);
    assert!(run.findings.is_empty(), "{:#?}", run.findings);
}
