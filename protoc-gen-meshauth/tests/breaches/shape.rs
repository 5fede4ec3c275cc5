//! E11: the annotation is not declared as it is expected to be. Then nothing can be read, and
//! nothing is generated.

use protoc_gen_meshauth::{Code::E11, PROTOS};

use crate::common::{Proto, Request, accepts, breaches, declarations, proto, wallet};

/// The breach of a declaration, together with a service that does not use it.
#[track_caller]
fn broken(replacements: &[(&str, &str)], message: &str) {
    let declared = declarations(replacements);
    let files = [vec![wallet("\n  rpc GetAccount(M) returns (M);")], declared.clone()].concat();
    let found = breaches(&files);
    assert_eq!(found.len(), 1, "{found:#?}");
    // Fields in `extend` are indented like those of a message.
    let place = declared[0].place(extension(&declared[0]));
    found[0].is(
        E11,
        &place,
        message,
        "extend google.protobuf.MethodOptions { MethodOptions method",
    );
}

/// The line that declares the extension.
fn extension(file: &Proto) -> &str {
    let mut lines = file.text.lines().map(str::trim_start);
    lines.find(|line| line.ends_with("method_options = 50006;")).expect("it is declared")
}

#[test]
fn e11_another_extendee() {
    broken(
        &[("extend google.protobuf.MethodOptions", "extend google.protobuf.ServiceOptions")],
        "the extension `meshtrade.option.method_options.v1.method_options` extends \
         `google.protobuf.ServiceOptions`, not `google.protobuf.MethodOptions`",
    );
}

#[test]
fn e11_another_kind_of_extension() {
    let declared = "  MethodOptions method_options";
    for kind in ["bool", "string", "bytes", "uint64", "MethodType"] {
        broken(&[(declared, &format!("  {kind} method_options"))], "is not a message");
    }
    broken(&[(declared, "  repeated MethodOptions method_options")], "is repeated");
}

#[test]
fn e11_missing_fields() {
    for (declared, name, expected) in [
        (" type = 1", "type", "an enum"),
        (" access_level = 2", "access_level", "an enum"),
        (" roles = 3", "roles", "a repeated enum"),
    ] {
        let renamed = declared.replace(" = ", "_of_another_name = ");
        broken(&[(declared, &renamed)], &format!("has no field `{name}`: {expected}"));
    }
}

#[test]
fn e11_other_kinds_of_fields() {
    let role = "repeated meshtrade.iam.role.v1.Role roles";
    for (declared, instead, name, expected) in [
        ("MethodType type", "string type", "type", "an enum"),
        ("MethodType type", "repeated MethodType type", "type", "an enum"),
        ("MethodAccessLevel access_level", "bool access_level", "access_level", "an enum"),
        (role, "repeated string roles", "roles", "a repeated enum"),
        (role, "repeated int32 roles", "roles", "a repeated enum"),
        (role, "map<string, meshtrade.iam.role.v1.Role> roles", "roles", "a repeated enum"),
        (role, "meshtrade.iam.role.v1.Role roles", "roles", "a repeated enum"),
        ("VerificationStatus verif", "bool verif", "verification_status", "an enum"),
    ] {
        let message = format!("has a field `{name}` that is not {expected}");
        broken(&[(declared, instead)], &message);
    }
}

#[test]
fn e11_missing_values() {
    for (prefix, word, field) in [
        ("METHOD_TYPE", "READ", "type"),
        ("METHOD_TYPE", "WRITE", "type"),
        ("METHOD_ACCESS_LEVEL", "PUBLIC", "access_level"),
        ("METHOD_ACCESS_LEVEL", "AUTHORISED", "access_level"),
        ("VERIFICATION_STATUS", "VERIFIED", "verification_status"),
    ] {
        let message = format!("has a field `{field}` without a value named `{prefix}_{word}`");
        let value = format!("{prefix}_{word} =");
        broken(&[(&value, &format!("{prefix}_SOMETHING_ELSE ="))], &message);
    }
}

#[test]
fn e11_a_word_as_a_part_of_a_name() {
    // What is not public is not PUBLIC.
    let part = ("METHOD_ACCESS_LEVEL_PUBLIC", "METHOD_ACCESS_LEVEL_NON_PUBLIC");
    broken(&[part], "without a value named `METHOD_ACCESS_LEVEL_PUBLIC`");
}

#[test]
fn e11_a_value_with_the_number_of_what_is_unset() {
    let zero = [("LEVEL_UNSPECIFIED = 0", "LEVEL_PUBLIC = 0"), ("LEVEL_PUBLIC = 1", "LEVEL_X = 1")];
    let message = "has a field `access_level` whose value `METHOD_ACCESS_LEVEL_PUBLIC` has the \
                   number 0, which stands for what is not stated";
    broken(&zero, message);
}

#[test]
fn e11_one_number_for_both_words() {
    // Who must be authorised, and who need not?
    let one = [
        ("LEVEL_UNSPECIFIED = 0;", "LEVEL_UNSPECIFIED = 0; option allow_alias = true;"),
        ("LEVEL_AUTHORISED = 2;", "LEVEL_AUTHORISED = 1;"),
    ];
    let message = "has a field `access_level` whose values `METHOD_ACCESS_LEVEL_PUBLIC` and \
                   `METHOD_ACCESS_LEVEL_AUTHORISED` have the same number 1";
    broken(&one, message);
}

#[test]
fn a_second_name_of_a_value_is_no_breach() {
    let second = [(
        "METHOD_TYPE_READ = 1;",
        "METHOD_TYPE_QUERY = 1; METHOD_TYPE_READ = 1; option allow_alias = true;",
    )];
    let file = wallet(&crate::common::good_method("GetAccount"));
    let query = proto(&file.name, &file.text.replace("METHOD_TYPE_READ", "METHOD_TYPE_QUERY"));
    for file in [file, query] {
        accepts(&[vec![file], declarations(&second)].concat());
    }
}

#[test]
fn e11_is_where_the_extension_is_among_others() {
    let others = "extend google.protobuf.ServiceOptions { bool a = 50001; }\n\
                  extend google.protobuf.MethodOptions {\n  bool b = 50002;\n";
    let replacements = [
        ("extend google.protobuf.MethodOptions {\n", others),
        ("  MethodType type", "  string type"),
    ];
    broken(&replacements, "has a field `type` that is not an enum");
}

#[test]
fn e11_silences_the_methods_but_not_the_other_files() {
    // What an annotation of a broken shape says cannot be known, so nothing is said about it.
    let annotated = wallet(&crate::common::good_method("GetAccount"));
    let broken = declarations(&[("  MethodType type", "  bool type")]);
    let editions = proto("zoo.proto", "syntax = \"proto3\"; service Zoo {}");
    let request = Request::of(&[annotated, editions]);
    let request = request.swap(PROTOS[0].0, &Request::of(&broken));
    let codes: Vec<_> = request.breaches().iter().map(|breach| breach.code.to_string()).collect();
    assert_eq!(codes, ["E11", "E12"]);
}

#[test]
fn other_numbers_are_no_breach() {
    // An organisation that declares the annotation itself has its own.
    let replacements = [
        ("= 50006;", "= 51234;"),
        (" type = 1;", " type = 11;"),
        (" access_level = 2;", " access_level = 12;"),
        (" roles = 3;", " roles = 13;"),
        (" verification_status = 4;", " verification_status = 14;"),
        ("METHOD_TYPE_READ = 1;", "METHOD_TYPE_READ = 21;"),
        ("METHOD_ACCESS_LEVEL_AUTHORISED = 2;", "METHOD_ACCESS_LEVEL_AUTHORISED = 22;"),
    ];
    let file = wallet(&crate::common::good_method("GetAccount"));
    accepts(&[vec![file], declarations(&replacements)].concat());
}
