//! What an annotation must state: E01 to E03.

use protoc_gen_meshauth::{
    Code::{E01, E02, E03},
    PROTOS,
};

use crate::common::{
    PROTO2, Request, accepts, breach, breaches, declarations, good_method, proto, service_file,
    wallet,
};

#[test]
fn e01_no_annotation() {
    let file = wallet("\n  rpc GetAccount(M) returns (M);");
    let help = "option (meshtrade.option.method_options.v1.method_options) = {\n  \
                  type: METHOD_TYPE_READ\n  \
                  access_level: METHOD_ACCESS_LEVEL_AUTHORISED\n  \
                  roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]\n\
                };";
    let found = breach(&file);
    let message = "`acme.wallet.v1.Wallet.GetAccount` has no access annotation";
    found.is(E01, &file.place("rpc Get"), message, help);
    assert!(!found.help.contains("import"), "the file imports it already: {}", found.help);
}

#[test]
fn e01_another_option_is_no_annotation() {
    let file = wallet("\n  rpc GetAccount(M) returns (M) { option deprecated = true; }");
    breach(&file).is(E01, &file.place("rpc Get"), "Wallet.GetAccount` has no", "option (meshtrade");
}

#[test]
fn e01_the_type_is_prefilled_from_the_name() {
    for (name, expected) in [
        ("GetAccount", "READ"),
        ("ListAccounts", "READ"),
        ("SearchAccounts", "READ"),
        ("MonitorAccounts", "READ"),
        ("Get", "READ"),
        ("CreateAccount", "WRITE"),
        ("UpdateAccount", "WRITE"),
        ("Withdraw", "WRITE"),
        ("BatchGetAccounts", "WRITE"),
        // These only begin like a word that reads.
        ("GetawayAccount", "WRITE"),
        ("ListenToAccounts", "WRITE"),
    ] {
        let file = wallet(&format!("\n  rpc {name}(M) returns (M);"));
        let help = breach(&file).help;
        assert!(help.contains(&format!("  type: METHOD_TYPE_{expected}\n")), "{name}: {help}");
        // Who only views does not write.
        assert_eq!(help.contains("_VIEWER"), expected == "READ", "{name}: {help}");
    }
}

#[test]
fn e01_the_import_is_named_where_it_is_missing() {
    let text = "syntax = \"proto3\";\npackage acme.wallet.v1;\nmessage M {}\nservice Wallet {\n  \
                rpc ListAccounts(M) returns (M);\n}\n";
    let import = "import \"meshtrade/option/method_options/v1/method_options.proto\";";

    // No file of the run holds the extension: every method is unannotated, it is not that there is
    // nothing to do.
    let alone = proto("wallet.proto", text);
    breach(&alone).is(E01, &alone.place("rpc List"), "Wallet.ListAccounts`", import);

    // Another file does: its enums are known, so the roles of the domain are listed.
    let other = service_file("other.proto", "acme.other.v1", &good_method("GetOther"));
    let found = breaches(&[alone.clone(), other]);
    found[0].is(E01, &alone.place("rpc List"), "Wallet.ListAccounts`", import);
    assert!(found[0].help.contains("roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]"), "{found:?}");
}

#[test]
fn e01_an_annotation_without_its_extension_in_the_request_is_none() {
    // As when a filter takes the declaration out of an image: the bytes are there, their meaning is
    // not.
    let file = wallet(&good_method("GetAccount"));
    let emptied = proto(PROTOS[0].0, "syntax = \"proto3\";");
    let request = Request::of(std::slice::from_ref(&file));
    assert!(request.execute().is_ok());
    let found =
        request.swap(&emptied.name, &Request::of(std::slice::from_ref(&emptied))).breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E01, &file.place("rpc Get"), "Wallet.GetAccount`", "type: METHOD_TYPE_READ");
}

/// Options of another form, each method's own: what they are is said, and not that nothing is there.
#[test]
fn e01_mentions_options_in_the_old_form() {
    let old = proto(
        "old.proto",
        "syntax = \"proto3\"; package acme.old.v1; import \"google/protobuf/descriptor.proto\";
enum MethodType { NONE = 0; READ = 1; }
enum Verb { GET = 0; PUT = 1; }
message Roles { repeated Role roles = 1; }
enum Role { NOBODY = 0; ADMIN = 1; }
extend google.protobuf.MethodOptions {
  MethodType method_type = 60001;
  Roles allowed = 60002;
  repeated string scopes = 60003;
  Verb verb = 60004;
}",
    );
    let options = "option (acme.old.v1.method_type) = READ;
    option (acme.old.v1.scopes) = \"x\";
    option (acme.old.v1.verb) = PUT;";
    for (options, says) in [
        (options.to_owned(), ", its option `(acme.old.v1.method_type)` is not read"),
        (
            format!("{options} option (acme.old.v1.allowed) = {{ roles: ADMIN }};"),
            ", its options `(acme.old.v1.allowed)`, `(acme.old.v1.method_type)` are not read",
        ),
        (String::from("option (acme.old.v1.verb) = PUT;"), ""),
        (String::from("option deprecated = true;"), ""),
    ] {
        let file = wallet(&format!("\n  rpc GetAccount(M) returns (M) {{ {options} }}"));
        let import = "import \"old.proto\";\nmessage M";
        let file = proto(&file.name, &file.text.replace("message M", import));
        let found = breaches(&[file.clone(), old.clone()]);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = format!("`acme.wallet.v1.Wallet.GetAccount` has no access annotation{says}");
        assert_eq!((found[0].code, &found[0].message), (E01, &message));
        assert!(found[0].help.starts_with("say in the body of the method"), "{found:#?}");
    }
}

#[test]
fn e02_no_type() {
    for missing in ["", "\n      type: METHOD_TYPE_UNSPECIFIED"] {
        let file = wallet(&format!(
            "\n  rpc ListAccounts(M) returns (M) {{
    option ($) = {{{missing}
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN]
    }};
  }}"
        ));
        let message = "`acme.wallet.v1.Wallet.ListAccounts` has no `type`";
        breach(&file).is(E02, &file.place("option ("), message, "\ntype: METHOD_TYPE_READ");
    }
}

#[test]
fn e02_no_type_field_by_field() {
    let file = wallet(
        "
  rpc DropAccount(M) returns (M) {
    option deprecated = true;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option idempotency_level = IDEMPOTENT;
  }",
    );
    let place = file.place("option (");
    breach(&file).is(E02, &place, "Wallet.DropAccount` has no", "\ntype: METHOD_TYPE_WRITE");
}

#[test]
fn e02_unspecified_type_field_by_field() {
    let file = wallet(
        "
  rpc DropAccount(M) returns (M) {
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).type = METHOD_TYPE_UNSPECIFIED;
    option ($).roles = ROLE_WALLET_ADMIN;
  }",
    );
    let place = file.nth_place("option (", 1);
    breach(&file).is(E02, &place, "Wallet.DropAccount` has no", "\ntype: METHOD_TYPE_WRITE");
}

#[test]
fn e03_no_access_level() {
    for missing in ["", "\n      access_level: METHOD_ACCESS_LEVEL_UNSPECIFIED"] {
        let file = wallet(&format!(
            "\n  rpc ListAccounts(M) returns (M) {{
    option ($) = {{{missing}
      type: METHOD_TYPE_READ
      roles: [ROLE_WALLET_ADMIN]
    }};
  }}"
        ));
        let message = "`acme.wallet.v1.Wallet.ListAccounts` has no `access_level`";
        let help = "\naccess_level: METHOD_ACCESS_LEVEL_AUTHORISED";
        breach(&file).is(E03, &file.place("option ("), message, help);
    }
}

#[test]
fn e03_no_access_level_field_by_field() {
    let file = wallet(
        "
  rpc ListAccounts(M) returns (M) {
    option deprecated = true;
    option ($).type = METHOD_TYPE_READ;
    option ($).roles = ROLE_WALLET_ADMIN;
    option idempotency_level = IDEMPOTENT;
  }",
    );
    let help = "\naccess_level: METHOD_ACCESS_LEVEL_AUTHORISED";
    breach(&file).is(E03, &file.place("option ("), "Wallet.ListAccounts` has no", help);
}

#[test]
fn e02_and_e03_a_default_of_proto2_is_not_stated() {
    let file = wallet("\n  rpc ListAccounts(M) returns (M) { option ($) = {}; }");
    // As a default that is written down, and as the first value of an enum without 0.
    let defaults = [
        ("type = 1;", "type = 1 [default = METHOD_TYPE_READ];"),
        ("access_level = 2;", "access_level = 2 [default = METHOD_ACCESS_LEVEL_PUBLIC];"),
    ];
    let firsts =
        [("METHOD_TYPE_UNSPECIFIED = 0;", ""), ("METHOD_ACCESS_LEVEL_UNSPECIFIED = 0;", "")];
    for open_by_default in [defaults, firsts] {
        let declarations = declarations(&[PROTO2, &open_by_default].concat());
        let found = breaches(&[vec![file.clone()], declarations].concat());
        let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
        assert_eq!(codes, [E02, E03], "{found:#?}");
    }
}

#[test]
fn a_default_of_proto2_asks_for_no_verification() {
    let default = ("status = 4;", "status = 4 [default = VERIFICATION_STATUS_VERIFIED];");
    let file = wallet(
        "
  rpc Ping(M) returns (M) {
    option ($) = { type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC };
  }",
    );
    accepts(&[vec![file], declarations(&[PROTO2, &[default]].concat())].concat());
}

#[test]
fn e02_and_e03_an_empty_annotation_states_nothing() {
    let file = wallet("\n  rpc ListAccounts(M) returns (M) { option ($) = {}; }");
    let found = breaches(std::slice::from_ref(&file));
    assert_eq!(found.len(), 2, "{found:#?}");
    found[0].is(E02, &file.place("option ("), "has no `type`", "METHOD_TYPE_READ");
    found[1].is(E03, &file.place("option ("), "has no `access_level`", "METHOD_ACCESS_LEVEL");
}

#[test]
fn both_spellings_of_a_whole_annotation_are_accepted() {
    accepts(&[wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]
      verification_status: VERIFICATION_STATUS_VERIFIED
    };
  }
  rpc UpdateAccount(M) returns (M) {
    option ($).type = METHOD_TYPE_WRITE;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_WALLET_VIEWER;
    option ($).verification_status = VERIFICATION_STATUS_VERIFIED;
  }
  rpc Ping(M) returns (M) {
    option ($) = { type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC };
  }",
    )]);
}
