//! An organisation's own annotation: other names of enums and values, other numbers of everything.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

#[path = "../common/mod.rs"]
mod common;
mod shape;

use std::process::Command;

use common::{Finding, Proto, good_method, proto, run, service_file, texts, wallet};
use protoc_gen_meshauth::{
    Code::{self, E01, E02, E03, E04, E05, E06, E07, E08, E09, E10, E11, E12},
    Lint, Severity,
};

const NAME: &str = "acme.access.v1.access";
const OPTION: &str = "annotation=acme.access.v1.access";
const IMPORT: &str = "import \"acme/access.proto\";";

fn declared(changes: &[(&str, &str)]) -> Proto {
    let text = "syntax = \"proto3\";
package acme.access.v1;
import \"google/protobuf/descriptor.proto\";
extend google.protobuf.MethodOptions {
  Access access = 60001;
}
message Access {
  Kind type = 11;
  Level access_level = 12;
  repeated Duty roles = 13;
  Proof verification_status = 14;
}
enum Kind { KIND_UNSPECIFIED = 0; KIND_WRITE = 5; KIND_READ = 6; }
enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_AUTHORISED = 7; LEVEL_PUBLIC = 8; }
enum Proof { PROOF_UNSPECIFIED = 0; PROOF_VERIFIED = 9; }
enum Duty {
  NO_DUTY = 0;
  ROLE_WALLET_ADMIN = 21;
  ROLE_WALLET_VIEWER = 22;
}
";
    let change = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    proto("acme/access.proto", &changes.iter().fold(text.to_owned(), change))
}

/// `wallet.proto` with these methods, in which `($)` is the own annotation.
fn own(methods: &str) -> Proto {
    let file = service_file("wallet.proto", "acme.wallet.v1", "");
    let text = file.text.replace("message M", &format!("{IMPORT}\nmessage M"));
    let methods = methods.replace("($)", &format!("({NAME})"));
    proto(
        &file.name,
        &text.replace("service Wallet {\n}", &format!("service Wallet {{{methods}\n}}")),
    )
}

fn method(name: &str, annotation: &str) -> String {
    format!("\n  rpc {name}(M) returns (M) {{\n    option ($) = {{ {annotation} }};\n  }}")
}

const WHOLE: &str = "type: KIND_READ access_level: LEVEL_AUTHORISED roles: ROLE_WALLET_ADMIN";

/// The findings in a file, with the own annotation.
#[track_caller]
fn found(file: &Proto) -> Vec<Finding> {
    run(&[file.clone(), declared(&[])], &[OPTION]).findings
}

#[track_caller]
fn is(file: &Proto, code: Code, place: &str, message: &str, help: &str) {
    let found = found(file);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is((Severity::Error, code), place, message, help);
}

#[test]
fn its_values_are_generated() {
    let verified = "verification_status: PROOF_VERIFIED";
    let file = own(&[
        method(
            "GetAccount",
            &WHOLE.replace("ROLE_WALLET_ADMIN", "[ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]"),
        ),
        method("PutAccount", &format!("{WHOLE} {verified}").replace("READ", "WRITE")),
        method("Ping", "type: KIND_READ access_level: LEVEL_PUBLIC"),
    ]
    .concat());
    let run = run(&[file, declared(&[])], &[OPTION]);
    assert_eq!(run.findings, []);
    let guards = run.guards.unwrap().remove("acme.wallet.v1").unwrap();
    let squeezed: String = guards.split_whitespace().collect();
    for expected in [
        "MethodPolicy::authorised(\"/acme.wallet.v1.Wallet/GetAccount\",::meshauth_runtime::Operation::Read,\
         &[::meshauth_runtime::Role::new(21,\"ROLE_WALLET_ADMIN\"),\
         ::meshauth_runtime::Role::new(22,\"ROLE_WALLET_VIEWER\"),],);",
        "MethodPolicy::authorised(\"/acme.wallet.v1.Wallet/PutAccount\",::meshauth_runtime::Operation::Write,\
         &[::meshauth_runtime::Role::new(21,\"ROLE_WALLET_ADMIN\"),],).verified();",
        "MethodPolicy::public(\"/acme.wallet.v1.Wallet/Ping\",::meshauth_runtime::Operation::Read",
    ] {
        assert!(squeezed.contains(expected), "{expected} is not in\n{guards}");
    }
}

#[test]
fn the_name_may_be_written_with_a_dot_in_front() {
    let file = own(&method("GetAccount", WHOLE));
    let run = run(&[file, declared(&[])], &["annotation=.acme.access.v1.access"]);
    assert!(run.guards.is_some() && run.findings.is_empty(), "{run:#?}");
}

#[test]
fn e01_names_it_with_its_import_its_values_and_its_roles() {
    let file = own("\n  rpc GetAccount(M) returns (M);");
    let help = "option (acme.access.v1.access) = {\n  type: KIND_READ\n  \
                access_level: LEVEL_AUTHORISED\n  roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]\n};";
    is(&file, E01, &file.place("rpc Get"), "Wallet.GetAccount` has no access annotation", help);

    let file = wallet("\n  rpc PutAccount(M) returns (M);");
    let help = "  type: KIND_WRITE\n  access_level: LEVEL_AUTHORISED\n  roles: [ROLE_WALLET_ADMIN]\n\
                };\nand import it at the top of the file:\nimport \"acme/access.proto\";";
    is(&file, E01, &file.place("rpc Put"), "Wallet.PutAccount` has no", help);
}

#[test]
fn e02_to_e06_name_its_values() {
    let admin = "roles: ROLE_WALLET_ADMIN";
    for (code, annotation, help) in [
        (E02, format!("access_level: LEVEL_AUTHORISED {admin}"), "\ntype: KIND_READ"),
        (E03, format!("type: KIND_READ {admin}"), "\naccess_level: LEVEL_AUTHORISED"),
        (
            E04,
            String::from("type: KIND_READ access_level: LEVEL_AUTHORISED"),
            "\nroles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]",
        ),
        (
            E05,
            format!("type: KIND_READ access_level: LEVEL_PUBLIC {admin}"),
            "\naccess_level: LEVEL_AUTHORISED",
        ),
        (
            E06,
            String::from(
                "type: KIND_READ access_level: LEVEL_PUBLIC verification_status: PROOF_VERIFIED",
            ),
            "\naccess_level: LEVEL_AUTHORISED",
        ),
    ] {
        let file = own(&method("GetAccount", &annotation));
        is(&file, code, &file.place("option ("), "`acme.wallet.v1.Wallet.GetAccount` ", help);
    }
}

#[test]
fn e07_and_e09_are_where_the_role_is() {
    let fields = |last: &str| {
        own(&format!(
            "
  rpc GetAccount(M) returns (M) {{
    option ($).type = KIND_READ;
    option ($).access_level = LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = {last};
  }}"
        ))
    };
    let file = fields("NO_DUTY");
    is(&file, E07, &file.nth_place("option (", 3), "lists `NO_DUTY`", "remove it from `roles`");
    let file = fields("ROLE_WALLET_ADMIN");
    is(&file, E09, &file.nth_place("option (", 3), "lists `ROLE_WALLET_ADMIN` twice", "list it");
}

#[test]
fn e08_and_e10_name_its_enums_and_fields() {
    for (code, change, annotation, message) in [
        (
            E08,
            ("KIND_READ = 6;", "KIND_READ = 6; KIND_BOTH = 7;"),
            "type: KIND_BOTH access_level: LEVEL_PUBLIC",
            "uses `KIND_BOTH` (number 7) of `acme.access.v1.Kind`, which this version of meshauth does \
             not support",
        ),
        (
            E10,
            ("  Kind type = 11;", "  Kind type = 11; bool two_persons = 1;"),
            "type: KIND_READ access_level: LEVEL_PUBLIC two_persons: true",
            "has a field 1 (`two_persons`) that this version of meshauth does not know",
        ),
    ] {
        let file = own(&method("GetAccount", annotation));
        let found = run(&[file.clone(), declared(&[change])], &[OPTION]).findings;
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].is((Severity::Error, code), &file.place("option ("), message, "");
    }
}

#[test]
fn e12_holds_as_ever() {
    let file = own(&[method("GetAccount", WHOLE), method("getAccount", WHOLE)].concat());
    is(&file, E12, &file.place("rpc getAccount"), "would both be `GetAccount` in Rust", "rename");
}

#[test]
fn lints_name_its_values() {
    let file = own(&method("GetAccount", &WHOLE.replace("READ", "WRITE")));
    let found = found(&file);
    assert_eq!(found.len(), 1, "{found:#?}");
    let kind = (Severity::Warning, Code::Lint(Lint::WriteNamedRead));
    found[0].is(kind, &file.place("option ("), "Wallet.GetAccount`", "\ntype: KIND_READ");
}

#[test]
fn e11_both_annotations_on_one_method() {
    let default = "option (meshtrade.option.method_options.v1.method_options) = {
      type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC
    };";
    let both =
        method("GetAccount", WHOLE).replace("    option", &format!("    {default}\n    option"));
    let file = own(&both);
    let run_with = |options| run(&[file.clone(), declared(&[])], options).findings;
    for (options, second, place) in [
        (&[OPTION][..], "meshtrade.option.method_options.v1.method_options", "option (meshtrade"),
        (&[], NAME, "option (acme"),
    ] {
        let found = run_with(options);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = format!(
            "`acme.wallet.v1.Wallet.GetAccount` has a second annotation, `{second}`: its Role enum \
             is another one, and it would not be read"
        );
        found[0].is((Severity::Error, E11), &file.place(place), &message, "keep one of the two");
    }
}

#[test]
fn e01_of_a_method_with_the_other_annotation_names_the_option() {
    let file = own(&method("GetAccount", WHOLE));
    let found = run(&[file.clone(), declared(&[])], &[]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let help = "to have `acme.access.v1.access` read, which it has, give the option\n\
                annotation=acme.access.v1.access\nor say in the body of the method";
    found[0].is((Severity::Error, E01), &file.place("rpc Get"), "GetAccount` has no access", help);

    let file = wallet(&good_method("GetAccount"));
    let found = run(&[file.clone(), declared(&[])], &[OPTION]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let help = "give the option\nannotation=meshtrade.option.method_options.v1.method_options\nor ";
    found[0].is((Severity::Error, E01), &file.place("rpc Get"), "GetAccount` has no access", help);
}

#[test]
fn e01_of_all_methods_where_the_annotation_is_nowhere_declared_is_one() {
    let file = own(&[method("GetAccount", WHOLE), method("PutAccount", WHOLE)].concat());
    let found = run(&[file.clone(), declared(&[])], &["annotation=acme.nowhere.access"]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "Wallet.GetAccount` has no access annotation, and 1 more method has none";
    let help = "give the option\nannotation=acme.access.v1.access";
    // The other way to put it right would be an annotation that nobody declares.
    assert!(!found[0].help.contains("or say in"), "{found:#?}");
    found[0].is((Severity::Error, E01), &file.place("rpc GetAccount"), message, help);
}

/// What `--new-annotation` writes with these arguments, and the option that it names.
fn new_annotation(package: &str, more: &[&str]) -> (Proto, String) {
    let directory = tempfile::TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_protoc-gen-meshauth"))
        .args(["--new-annotation", package])
        .args(more)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let says = String::from_utf8(output.stdout).unwrap();
    let option = says.lines().last().unwrap().trim().to_owned();
    let (name, text) = texts(directory.path()).pop_first().unwrap();
    assert_eq!(says.lines().next(), Some(&*name));
    (proto(&name, &text), option)
}

/// No role is of the package's domain: of few, those that fit the method are named.
#[test]
fn e01_names_the_roles_that_there_are_where_they_are_few() {
    for (roles, method, named) in [
        ("LIBRARY_ADMIN,LIBRARY_VIEWER", "GetIt", "[ROLE_LIBRARY_ADMIN, ROLE_LIBRARY_VIEWER]"),
        ("LIBRARY_ADMIN,LIBRARY_VIEWER", "PutIt", "[ROLE_LIBRARY_ADMIN]"),
        ("LIBRARY_VIEWER", "PutIt", "[ROLE_..]"),
        ("A_ADMIN,B_ADMIN,C_ADMIN,D_ADMIN,E_ADMIN,F_ADMIN,G_ADMIN", "PutIt", "[ROLE_..]"),
    ] {
        let (annotation, option) = new_annotation("acme.access.v1", &["--roles", roles]);
        let mut file = own(&format!("\n  rpc {method}(M) returns (M);"));
        file.text = file.text.replace("acme/access.proto", &annotation.name);
        let found = run(&[file.clone(), annotation], &[&option]).findings;
        let help = format!("  roles: {named}\n");
        let (place, what) = (file.place(&format!("rpc {method}")), "has no access annotation");
        found[0].is((Severity::Error, E01), &place, what, &help);
    }
}

#[test]
fn a_new_annotation_is_taken_as_it_is() {
    for (package, more, service, roles) in [
        ("acme.access.v1", &[][..], "acme.wallet.v1", ["ROLE_ACME_ADMIN", "ROLE_ACME_VIEWER"]),
        (
            "acme.access.v1",
            &["--roles", "WALLET_ADMIN,ROLE_WALLET_ACCOUNT_VIEWER"],
            "acme.wallet.v1",
            ["ROLE_WALLET_ADMIN", "ROLE_WALLET_ACCOUNT_VIEWER"],
        ),
        // Names that mean something to protoc and to Rust.
        ("acme.message.v1", &[], "acme.wallet.v1", ["ROLE_ACME_ADMIN", "ROLE_ACME_VIEWER"]),
        ("acme.google.type", &[], "acme.google.v1", ["ROLE_GOOGLE_ADMIN", "ROLE_GOOGLE_VIEWER"]),
        ("access", &[], "access.wallet.v1", ["ROLE_ACCESS_ADMIN", "ROLE_ACCESS_VIEWER"]),
    ] {
        let (annotation, option) = new_annotation(package, more);
        let [admin, viewer] = roles;
        let level = "access_level: METHOD_ACCESS_LEVEL_AUTHORISED";
        let verified = "verification_status: VERIFICATION_STATUS_VERIFIED";
        let methods = [
            method("GetIt", &format!("type: METHOD_TYPE_READ {level} roles: [{admin}, {viewer}]")),
            method("PutIt", &format!("type: METHOD_TYPE_WRITE {level} roles: {admin} {verified}")),
            method("ListIt", "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC"),
        ];
        let name = option.strip_prefix("annotation=").unwrap();
        let file = service_file("wallet.proto", service, "");
        let methods = methods.concat().replace("($)", &format!("(.{name})"));
        let import = format!("import {:?};\nmessage M", annotation.name);
        let text = file
            .text
            .replace("service Wallet {\n}", &format!("service Wallet {{{methods}\n}}"))
            .replace("message M", &import);
        let files = [proto(&file.name, &text), annotation];
        let run = run(&files, &[&option, "lint=foreign_domain:deny", "lint=role_naming:deny"]);
        assert_eq!(run.findings, [], "{package}");
        let guards = &run.guards.unwrap()[service];
        for role in roles {
            assert!(guards.contains(&format!("{role:?}")), "{role}: {guards}");
        }
    }
}

#[test]
fn the_annotation_of_the_example_is_as_it_is_written() {
    let roles = ["--roles", "NOTES_ADMIN,NOTES_VIEWER"];
    let example = include_str!("../../../examples/notes/proto/acme/access/v1/access.proto");
    let (annotation, _) = new_annotation("acme.access.v1", &roles);
    assert_eq!(annotation.text, example);
}
