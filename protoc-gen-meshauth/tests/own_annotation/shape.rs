//! What an organisation's own annotation may look like, and what is said of one that may not.

use protoc_gen_meshauth::{
    Code::{E01, E06, E08, E10, E11},
    Severity,
};

use crate::{
    NAME, OPTION, WHOLE,
    common::{Proto, Request, findings, proto, run},
    declared, method, own,
};

/// The E11 for a declaration with these changes.
#[track_caller]
fn broken(changes: &[(&str, &str)], message: &str, help: &str) {
    let declared = declared(changes);
    let found = run(&[own("\n  rpc GetAccount(M) returns (M);"), declared.clone()], &[OPTION]);
    let found = found.findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = format!("the extension `acme.access.v1.access` {message}");
    found[0].is((Severity::Error, E11), &declared.place("Access access"), &message, help);
}

#[test]
fn e11_help_has_its_names_and_numbers() {
    let message = "has a field `access_level` without a value named `LEVEL_PUBLIC`";
    let help = "declare it so:\n\
        message Access {\n\
        \u{20} Kind type = 11;\n\
        \u{20} Level access_level = 12;\n\
        \u{20} repeated Duty roles = 13;\n\
        \u{20} Proof verification_status = 14;\n\
        }\n\
        enum Kind { KIND_UNSPECIFIED = 0; KIND_READ = 6; KIND_WRITE = 5; }\n\
        enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_PUBLIC = 1; LEVEL_AUTHORISED = 7; }\n\
        enum Proof { PROOF_UNSPECIFIED = 0; PROOF_VERIFIED = 9; }\n\
        extend google.protobuf.MethodOptions { Access access = 60001; }";
    broken(&[("LEVEL_PUBLIC = 8;", "LEVEL_OPEN = 8;")], message, help);
}

#[test]
fn e11_help_adds_what_is_missing() {
    let change = ("  Level access_level = 12;\n", "");
    let help = "  MethodAccessLevel access_level = 1;\n";
    broken(&[change], "has no field `access_level`: an enum", help);

    let zero = ("LEVEL_UNSPECIFIED = 0; LEVEL_AUTHORISED = 7;", "LEVEL_AUTHORISED = 0;");
    let help = "enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_PUBLIC = 8; LEVEL_AUTHORISED = 1; }";
    broken(&[zero], "has a field `access_level` whose value `LEVEL_AUTHORISED` has", help);

    let alias = [
        ("LEVEL_AUTHORISED = 7;", "LEVEL_AUTHORISED = 8;"),
        ("LEVEL_UNSPECIFIED = 0;", "LEVEL_UNSPECIFIED = 0; option allow_alias = true;"),
    ];
    let help = "enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_PUBLIC = 8; LEVEL_AUTHORISED = 1; }";
    broken(&alias, "has a field `access_level` whose values `LEVEL_PUBLIC` and", help);
}

#[test]
fn e11_help_without_its_own_verification_asks_for_none() {
    let changes =
        [("LEVEL_PUBLIC = 8;", "LEVEL_OPEN = 8;"), ("  Proof verification_status = 14;\n", "")];
    let help = "  repeated Duty roles = 13;\n}\nenum Kind { KIND_UNSPECIFIED = 0; KIND_READ = 6; \
                KIND_WRITE = 5; }\nenum Level { LEVEL_UNSPECIFIED = 0; LEVEL_PUBLIC = 1; \
                LEVEL_AUTHORISED = 7; }\nextend google.protobuf.MethodOptions";
    broken(&changes, "has a field `access_level` without a value", help);
}

#[test]
fn e11_of_values_without_the_name_of_their_enum() {
    for (from, to, value) in [
        ("KIND_READ = 6", "READ = 6", "KIND_READ"),
        ("enum Kind {", "enum MethodKind {", "METHOD_KIND_READ"),
    ] {
        let to_type = [(from, to), ("  Kind type", "  MethodKind type")];
        let changes = if from.starts_with("enum") { &to_type[..] } else { &to_type[..1] };
        let message = format!("has a field `type` without a value named `{value}`");
        broken(changes, &message, "declare it so:");
    }
}

#[test]
fn without_a_verification_status_nobody_asks_for_it() {
    let without = declared(&[("  Proof verification_status = 14;\n", "")]);
    let read = method("GetAccount", WHOLE);
    let open = method("Ping", "type: KIND_READ access_level: LEVEL_PUBLIC");
    let run = run(&[own(&(read + &open)), without], &[OPTION]);
    assert_eq!(run.findings, []);
    let guards = run.guards.unwrap().remove("acme.wallet.v1").unwrap();
    assert!(guards.contains("GetAccount") && !guards.contains(".verified()"), "{guards}");
}

#[test]
fn e10_of_a_verification_status_under_another_name() {
    // It is not one that nobody asks for.
    let other = declared(&[("Proof verification_status", "Proof verification")]);
    let asks = format!("{WHOLE} verification: PROOF_VERIFIED");
    let found = run(&[own(&method("GetAccount", &asks)), other], &[OPTION]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "has a field 14 (`verification`) that this version of meshauth does not know";
    assert!(found[0].code == E10 && found[0].message.contains(message), "{found:#?}");
}

/// The American spelling, with the access levels of the declaration.
fn american(levels: &str) -> Proto {
    let british = "LEVEL_UNSPECIFIED = 0; LEVEL_AUTHORISED = 7; LEVEL_PUBLIC = 8;";
    declared(&[(british, levels)])
}

#[test]
fn the_american_authorized_is_taken() {
    let levels = "LEVEL_UNSPECIFIED = 0; LEVEL_AUTHORIZED = 7; LEVEL_PUBLIC = 8;";
    let whole = WHOLE.replace("AUTHORISED", "AUTHORIZED");
    let taken = run(&[own(&method("GetAccount", &whole)), american(levels)], &[OPTION]);
    assert_eq!(taken.findings, []);
    assert!(taken.guards.unwrap()["acme.wallet.v1"].contains("MethodPolicy::authorised("));

    // And named in what is to be written.
    let annotation =
        "type: KIND_READ access_level: LEVEL_PUBLIC verification_status: PROOF_VERIFIED";
    let found = run(&[own(&method("GetAccount", annotation)), american(levels)], &[OPTION]);
    let [found] = &found.findings[..] else { panic!("{found:#?}") };
    assert!(found.code == E06 && found.help.ends_with("LEVEL_AUTHORIZED"), "{found:#?}");
}

#[test]
fn e08_of_the_american_authorized_beside_the_british_one() {
    let levels =
        "LEVEL_UNSPECIFIED = 0; LEVEL_AUTHORISED = 7; LEVEL_AUTHORIZED = 9; LEVEL_PUBLIC = 8;";
    let whole = WHOLE.replace("AUTHORISED", "AUTHORIZED");
    let found = run(&[own(&method("GetAccount", &whole)), american(levels)], &[OPTION]).findings;
    assert!(found.len() == 1 && found[0].code == E08, "{found:#?}");
}

#[test]
fn an_extension_of_another_shape_beside_it_is_no_second_annotation() {
    let other = "extend google.protobuf.MethodOptions { Note note = 60002; }\n\
                 message Note { string type = 1; string access_level = 2; }\n";
    let declared = declared(&[("message Access", &format!("{other}message Access"))]);
    let method = method("GetAccount", WHOLE)
        .replace("    option", "    option (acme.access.v1.note) = { type: \"x\" };\n    option");
    let run = run(&[own(&method), declared], &[OPTION]);
    assert!(run.guards.is_some() && run.findings.is_empty(), "{run:#?}");
}

#[test]
fn it_may_be_declared_in_a_message() {
    let declared = declared(&[
        ("extend google.protobuf.MethodOptions {\n  Access access = 60001;\n}\n", ""),
        (
            "message Access {",
            "message Access {\n  extend google.protobuf.MethodOptions { Access access = 60001; }",
        ),
    ]);
    let file = own(&method("GetAccount", WHOLE));
    let file = proto(&file.name, &file.text.replace(NAME, "acme.access.v1.Access.access"));
    let files = [file, declared];
    let run = run(&files, &["annotation=acme.access.v1.Access.access"]);
    assert!(run.guards.is_some() && run.findings.is_empty(), "{run:#?}");
    // By that name only.
    let error = Request::of(&files).with(OPTION).generate().unwrap_err();
    assert_eq!(findings(error.diagnostics())[0].code, E01);
}
