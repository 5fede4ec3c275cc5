//! What the proto language cannot say, but a request can: numbers without a name (E08), fields from
//! elsewhere (E10).
//!
//! The protos are compiled against other declarations of the annotation, which are then swapped for
//! our own, as when a team's options are newer than the ones that the generator is given.

use protoc_gen_meshauth::{
    Code::{E01, E02, E08, E10},
    PROTOS,
};

use crate::common::{Breach, PROTO2, Proto, Request, breaches, declarations, proto, wallet};

/// The breaches of a file that was written with other declarations than the request holds.
fn written_with(replacements: &[(&str, &str)], file: &Proto) -> Vec<Breach> {
    let theirs = declarations(replacements);
    let mut request = Request::of(&[vec![file.clone()], theirs].concat());
    request.file_to_generate = vec![file.name.clone()];
    let ours = Request::of(&declarations(&[]));
    let request = PROTOS.iter().fold(request, |request, (name, _)| request.swap(name, &ours));
    request.breaches()
}

fn annotated(fields: &str) -> Proto {
    wallet(&format!("\n  rpc GetAccount(M) returns (M) {{\n    option ($) = {{ {fields} }};\n  }}"))
}

const TYPE: (&str, &str) =
    ("METHOD_TYPE_WRITE = 2;", "METHOD_TYPE_WRITE = 2; METHOD_TYPE_STREAM = 3;");
const LEVEL: (&str, &str) = (
    "METHOD_ACCESS_LEVEL_AUTHORISED = 2;",
    "METHOD_ACCESS_LEVEL_AUTHORISED = 2; METHOD_ACCESS_LEVEL_INTERNAL = -3;",
);
const STATUS: (&str, &str) = (
    "VERIFICATION_STATUS_VERIFIED = 1;",
    "VERIFICATION_STATUS_VERIFIED = 1; VERIFICATION_STATUS_TWICE = 2;",
);
const ROLE: (&str, &str) =
    ("ROLE_UNSPECIFIED = 0;", "ROLE_UNSPECIFIED = 0; ROLE_A = 7; ROLE_B = -7; ROLE_C = 8;");

/// prost's accessors would read an unknown number as UNSPECIFIED, drop it from a list, and never
/// see an unknown field: what is new in an annotation restricts access, and would be lost.
#[test]
fn t_c02_what_is_new_in_an_annotation_stops_generation_and_is_never_dropped() {
    let read = "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED";
    let field = ("repeated meshtrade", "bool two_persons = 5; repeated meshtrade");
    for (declared, fields, code) in [
        (STATUS, "roles: ROLE_WALLET_ADMIN verification_status: VERIFICATION_STATUS_TWICE", E08),
        (ROLE, "roles: [ROLE_WALLET_ADMIN, ROLE_A]", E08),
        (ROLE, "roles: [ROLE_A]", E08),
        (field, "roles: ROLE_WALLET_ADMIN two_persons: true", E10),
    ] {
        let found = written_with(&[declared], &annotated(&format!("{read} {fields}")));
        let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
        assert_eq!(codes, [code], "{fields}: {found:#?}");
    }
}

#[test]
fn t_m02_e08_a_number_that_the_enum_does_not_define() {
    let package = "meshtrade.option.method_options.v1";
    for (declared, fields, says) in [
        (
            TYPE,
            "type: METHOD_TYPE_STREAM access_level: METHOD_ACCESS_LEVEL_PUBLIC",
            format!("a number 3 of `{package}.MethodType`"),
        ),
        (
            LEVEL,
            "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_INTERNAL",
            format!("a number -3 of `{package}.MethodAccessLevel`"),
        ),
        (
            STATUS,
            "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED \
             roles: ROLE_WALLET_ADMIN verification_status: VERIFICATION_STATUS_TWICE",
            format!("a number 2 of `{package}.VerificationStatus`"),
        ),
        (
            ROLE,
            "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED \
             roles: [ROLE_WALLET_ADMIN, ROLE_B]",
            String::from("a number -7 of `meshtrade.iam.role.v1.Role`"),
        ),
    ] {
        let file = annotated(fields);
        let found = written_with(&[declared], &file);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = format!(
            "`acme.wallet.v1.Wallet.GetAccount` uses {says}, which the enum does not define"
        );
        found[0].is(E08, &file.place("option ("), &message, "use a value that is defined");
    }
}

#[test]
fn e08_a_role_without_a_name_is_no_missing_role() {
    // Not E04: something is listed, and dropping what cannot be understood would change who may
    // call.
    let file = annotated(
        "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED \
         roles: [ROLE_A, ROLE_C]",
    );
    let found = written_with(&[ROLE], &file);
    let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E08, E08], "{found:#?}");
    assert!(found[0].message.contains("number 7 of"), "{found:#?}");
    assert!(found[1].message.contains("number 8 of"), "{found:#?}");
}

#[test]
fn e08_field_by_field_is_where_the_value_is() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_INTERNAL;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_A;
  }",
    );
    let found = written_with(&[LEVEL, ROLE], &file);
    assert_eq!(found.len(), 2, "{found:#?}");
    found[0].is(E08, &file.nth_place("option (", 1), "MethodAccessLevel`", "a value");
    found[1].is(E08, &file.nth_place("option (", 3), "v1.Role`", "a value");
}

#[test]
fn t_m02_e08_a_value_that_the_enum_defines_but_this_version_does_not_support() {
    // The declarations that the generator is given have it, too: nothing is swapped.
    let file = annotated("type: METHOD_TYPE_STREAM access_level: METHOD_ACCESS_LEVEL_PUBLIC");
    let found = breaches(&[vec![file.clone()], declarations(&[TYPE])].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "uses `METHOD_TYPE_STREAM` (number 3) of \
                   `meshtrade.option.method_options.v1.MethodType`, which this version of meshauth \
                   does not support";
    let help = "use `METHOD_TYPE_READ` or `METHOD_TYPE_WRITE`, or a version of";
    found[0].is(E08, &file.place("option ("), message, help);
}

#[test]
fn e08_in_the_closed_enums_of_proto2() {
    let file = annotated(
        "type: METHOD_TYPE_STREAM access_level: METHOD_ACCESS_LEVEL_INTERNAL \
         roles: [ROLE_WALLET_ADMIN, ROLE_A] verification_status: VERIFICATION_STATUS_TWICE",
    );
    let theirs = declarations(&[PROTO2, &[TYPE, LEVEL, STATUS, ROLE]].concat());
    let mut request = Request::of(&[vec![file.clone()], theirs].concat());
    request.file_to_generate = vec![file.name.clone()];
    let ours = Request::of(&declarations(PROTO2));
    let request = PROTOS.iter().fold(request, |request, (name, _)| request.swap(name, &ours));
    let found = request.breaches();
    let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E08, E08, E08, E08], "{found:#?}");
}

#[test]
fn e10_a_field_that_the_declaration_does_not_have() {
    let field = ("repeated meshtrade", "bool two_persons = 5; repeated meshtrade");
    let file = annotated(
        "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED \
         roles: ROLE_WALLET_ADMIN two_persons: true",
    );
    let found = written_with(&[field], &file);
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "the annotation of `acme.wallet.v1.Wallet.GetAccount` has a field 5";
    found[0].is(E10, &file.place("option ("), message, "remove the field, or use a version");
}

#[test]
fn e10_a_field_that_the_declaration_has_but_this_version_does_not_know() {
    let field = ("repeated meshtrade", "bool two_persons = 5; repeated meshtrade");
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_PUBLIC;
    option ($).two_persons = true;
  }",
    );
    let found = breaches(&[vec![file.clone()], declarations(&[field])].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E10, &file.nth_place("option (", 2), "has a field 5", "remove the field");
}

#[test]
fn e10_an_extension_of_the_annotation() {
    // proto2 messages can be extended from any file.
    let extensible =
        ("message MethodOptions {", "message MethodOptions {\n  extensions 100 to 199;");
    let replacements = [PROTO2, &[extensible]].concat();
    let extension = proto(
        "acme/two_persons.proto",
        "syntax = \"proto2\";
package acme;
import \"meshtrade/option/method_options/v1/method_options.proto\";
extend meshtrade.option.method_options.v1.MethodOptions { optional bool two_persons = 100; }
",
    );
    let file = annotated(
        "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC [acme.two_persons]: true",
    );
    let import = "message M {}\nimport \"acme/two_persons.proto\";";
    let file = Proto { text: file.text.replace("message M {}", import), ..file };
    let found = breaches(&[vec![file.clone(), extension], declarations(&replacements)].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E10, &file.place("option ("), "Wallet.GetAccount` has a field 100", "remove");
}

#[test]
fn e10_an_extension_of_the_annotation_beside_it() {
    // Known by its name to whoever reads the annotation, and as unknown in what it means.
    let extensible =
        ("message MethodOptions {", "message MethodOptions {\n  extensions 100 to 199;");
    let beside = (
        "extend google.protobuf.MethodOptions",
        "extend MethodOptions { optional bool two_persons = 100; }\nextend google.protobuf.MethodOptions",
    );
    let replacements = [PROTO2, &[extensible, beside]].concat();
    let file = annotated(
        "type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC \
         [meshtrade.option.method_options.v1.two_persons]: true",
    );
    let found = breaches(&[vec![file.clone()], declarations(&replacements)].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "has a field 100 (`meshtrade.option.method_options.v1.two_persons`)";
    found[0].is(E10, &file.place("option ("), message, "remove");
}

#[test]
fn e10_is_reported_beside_what_else_is_wrong() {
    let field = ("repeated meshtrade", "bool two_persons = 5; repeated meshtrade");
    let found = written_with(
        &[field],
        &annotated("two_persons: true access_level: METHOD_ACCESS_LEVEL_PUBLIC"),
    );
    let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E02, E10]);
}

#[test]
fn an_extension_of_another_name_is_no_annotation() {
    // Of the same number, even.
    let other = [("MethodOptions method_options =", "MethodOptions method_policy =")];
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option (meshtrade.option.method_options.v1.method_policy) = {
      type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC
    };
  }",
    );
    let found = breaches(&[vec![file.clone()], declarations(&other)].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E01, &file.place("rpc Get"), "Wallet.GetAccount` has no", "option (meshtrade");
}
