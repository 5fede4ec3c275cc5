//! The lints that look at messages: where they must fire, and where they must not.

use protoc_gen_meshauth::{Code, Lint, Severity};

use super::{ADMIN, PUBLIC, READ, WRITE, error, method, nothing_in, only, opaque, warning};
use crate::common::{Proto, Run, good_method, owned, proto, run, run_as_given, wallet};

/// What is found in a file, by the levels as they come.
#[track_caller]
fn found(file: &Proto) -> Run {
    run_as_given(std::slice::from_ref(file), &[])
}

/// The file with more in it.
fn with(file: Proto, more: &str) -> Proto {
    proto(&file.name, &(file.text + more))
}

const RESOURCE: &str = "message R { string owner = 1; repeated string owners = 2; }\n\
                        message L3 { R r = 1; }\nmessage L2 { repeated L3 l3 = 1; }\n\
                        message L1 { map<string, L2> l2 = 1; }\n\
                        message L0 { oneof one { L1 l1 = 1; } }\n";

#[test]
fn lint_unowned_resource_is_one_line_for_each_service() {
    let methods = [
        method("Settle", &[WRITE, ADMIN]),
        method("Ping", &[READ, PUBLIC]),
        good_method("Look"),
        good_method("Own").replace("(M) returns", "(R) returns"),
    ];
    let other = format!("service Purse {{{}\n}}\n", good_method("Count"));
    let file = with(wallet(&methods.concat()), &format!("{other}{RESOURCE}"));
    let [one, two] = &found(&file).findings[..] else { panic!("{:#?}", found(&file)) };
    let help = "give the messages `string owner` and `repeated string owners`, or allow it with the \
                reason in a comment above each method:\n\
                // meshauth:allow(unowned_resource) reason: ..";
    let message = "`acme.wallet.v1.Wallet` has 2 AUTHORISED methods without a resource that the guard \
                   looks at: their handlers scope alone: `Settle`, `Look`";
    one.is(warning(Lint::UnownedResource), &file.place("service W"), message, help);
    let message = "`acme.wallet.v1.Purse` has 1 AUTHORISED method without a resource that the guard \
                   looks at: its handler scopes alone: `Count`";
    two.is(warning(Lint::UnownedResource), &file.place("service P"), message, help);
}

#[test]
fn lint_unowned_resource_leaves_out_the_methods_that_say_why() {
    let why = |lint| format!("\n  // meshauth:{lint} reason: it only counts");
    let allow = why("allow(unowned_resource)") + &good_method("Count");
    let file = wallet(&format!("{allow}{}", good_method("Look")));
    let found = only(self::found(&file).findings);
    assert!(found.message.ends_with("its handler scopes alone: `Look`"), "{found:#?}");
    assert_eq!(self::found(&wallet(&allow)).findings, []);
}

#[test]
fn lint_unowned_resource_where_the_guard_does_not_look_so_deep() {
    // Above, `unseen_resource` says it, with what to do.
    let file = with(wallet(&good_method("Look").replace("(M) ", "(L0) ")), RESOURCE);
    let kinds = |options: &[&str]| run_as_given(std::slice::from_ref(&file), options).kinds();
    assert_eq!(kinds(&[]), [warning(Lint::UnseenResource)]);
    let allowed = "lint=unseen_resource:allow";
    assert_eq!(kinds(&[allowed]), [warning(Lint::UnownedResource)]);
    assert_eq!(kinds(&[allowed, "depth=nested"]), []);
}

#[test]
fn lint_unowned_resource_not_where_there_is_one_nor_for_the_public() {
    const DENY: &[&str] = &["lint=unowned_resource:deny", "depth=nested"];
    nothing_in(&[wallet(&method("Ping", &[READ, PUBLIC]))], DENY);
    for types in
        ["(R) returns (M)", "(M) returns (R)", "(M) returns (stream L3)", "(L0) returns (M)"]
    {
        let file = wallet(&good_method("Look").replace("(M) returns (M)", types));
        nothing_in(&[with(file, RESOURCE)], DENY);
    }
}

#[test]
fn lint_public_resource_in_what_is_returned_at_any_depth() {
    for types in ["(M) returns (R)", "(M) returns (stream R)", "(R) returns (L0)"] {
        let method = method("Look", &[READ, PUBLIC]).replace("(M) returns (M)", types);
        let file = with(wallet(&method), RESOURCE);
        only(found(&file).findings).is(
            warning(Lint::PublicResource),
            &file.place("rpc Look"),
            "`acme.wallet.v1.Wallet.Look` is PUBLIC and returns resources: nothing scopes them",
            "let only callers with a role in, or allow it with the reason in a comment:\n\
             // meshauth:allow(public_resource) reason: ..",
        );
        let comment = "\n  // meshauth:allow(public_resource) reason: prices are for all";
        let file = with(wallet(&format!("{comment}{method}")), RESOURCE);
        assert_eq!(found(&file).findings, []);
    }
    // What is only taken, and what is for callers with a role.
    let taken = method("Look", &[READ, PUBLIC]).replace("(M) returns", "(R) returns");
    assert_eq!(found(&with(wallet(&taken), RESOURCE)).findings, []);
    assert_eq!(found(&owned(wallet(&good_method("Look")))).findings, []);
}

#[test]
fn lint_opaque_message_wherever_the_any_is() {
    const IMPORT: &str = "import \"google/protobuf/any.proto\";\nmessage M";
    for (messages, request, place) in [
        ("message A { google.protobuf.Any any = 1; }", "A", "in `acme.wallet.v1.A.any`"),
        ("message A { repeated google.protobuf.Any all = 1; }", "A", "in `acme.wallet.v1.A.all`"),
        ("message A { map<string, google.protobuf.Any> by = 1; }", "A", "in `acme.wallet.v1.A.by`"),
        (
            "message A { oneof one { google.protobuf.Any any = 1; string no = 2; } }",
            "A",
            "in `acme.wallet.v1.A.any`",
        ),
        (
            "message A { message B { google.protobuf.Any any = 1; C c = 2; } B b = 1; }
             message C { A a = 1; }",
            "C",
            "in `acme.wallet.v1.A.B.any`",
        ),
        (
            "message A { map<string, B> b = 1; } message B { google.protobuf.Any any = 1; }",
            "A",
            "in `acme.wallet.v1.B.any`",
        ),
        ("", "google.protobuf.Any", "as `google.protobuf.Any` itself"),
    ] {
        for types in [format!("({request}) returns (M)"), format!("(M) returns ({request})")] {
            let method = good_method("Look").replace("(M) returns (M)", &types);
            let file = with(owned(wallet(&method)), messages);
            let file = proto(&file.name, &file.text.replace("message M", IMPORT));
            let message = format!(
                "`acme.wallet.v1.Wallet.Look` takes or returns a `google.protobuf.Any`, {place}: the \
                 guard does not look into it"
            );
            let help = "\n// meshauth:allow(opaque_message) reason: ..";
            let found = only(run(std::slice::from_ref(&file), &[]).findings);
            found.is(warning(Lint::OpaqueMessage), &file.place("rpc Look"), &message, help);
        }
    }
}

#[test]
fn lint_opaque_message_not_for_the_public_nor_where_it_is_not_held() {
    let nothing = |methods: &str| nothing_in(&[opaque(wallet(methods))], &[]);
    nothing(&method("Ping", &[READ, PUBLIC]));
    let why = "\n  // meshauth:allow(opaque_message) reason: it is a signature";
    nothing(&(why.to_owned() + &good_method("Look")));
    // Beside it, and a message of one's own with that name.
    let file = opaque(with(wallet(&good_method("Look").replace("(M)", "(N)")), "message N {}"));
    nothing_in(&[file], &[]);
    let file = with(wallet(&good_method("Look").replace("(M)", "(N)")), "message N { Any a = 1; }");
    nothing_in(&[with(file, "message Any {}")], &[]);
}

#[test]
fn lint_near_resource() {
    let near = "it looks like a resource and is none, no guard looks at it";
    for (fields, what) in [
        ("string owner = 1;", "has `owner` but no `owners`"),
        ("oneof one { string owner = 1; string none = 2; }", "has `owner` but no `owners`"),
        ("bytes owner = 1; repeated string owners = 2;", "has an `owner` that is no `string`"),
        ("repeated string owner = 1; repeated string owners = 2;", "has an `owner` that is no"),
        ("M owner = 1; repeated string owners = 2;", "has an `owner` that is no `string`"),
        ("string owner = 1; string owners = 2;", "has `owners` that are no `repeated string`"),
        ("string owner = 1; repeated bytes owners = 2;", "has `owners` that are no `repeated"),
        ("string owner = 1; map<string, string> owners = 2;", "has `owners` that are no"),
        ("string owners = 1;", "has `owners` that are no `repeated string`"),
    ] {
        let text = format!("message Outer {{\n  message Near {{ {fields} }}\n}}\n");
        let file = with(owned(wallet(&good_method("Look"))), &text);
        let found = only(found(&file).findings);
        let help = "declare both fields:\nstring owner = ..;\nrepeated string owners = ..;\nor allow \
                    it with the reason in a comment above the message:\n\
                    // meshauth:allow(near_resource) reason: ..";
        let message = format!("`acme.wallet.v1.Outer.Near` {what}");
        found.is(warning(Lint::NearResource), &file.place("message Near"), &message, help);
        assert!(found.message.ends_with(near), "{found:#?}");
    }
}

#[test]
fn lint_near_resource_not_of_resources_nor_of_other_words() {
    for fields in [
        "string owner = 1; repeated string owners = 2;",
        "optional string owner = 1; repeated string owners = 2;",
        "repeated string owners = 1;",
        "string home_owner = 1; string Owner = 2;",
    ] {
        let file = owned(wallet(&good_method("Look")));
        let file = with(file, &format!("message N {{ {fields} }}"));
        assert_eq!(found(&file).findings, [], "{fields}");
    }
}

#[test]
fn lint_near_resource_is_allowed_above_its_message() {
    let near = "message N { string owner = 1; }\n";
    let allow = "// meshauth:allow(near_resource) reason: a house has one, and it is no group\n";
    let file = |text: &str| with(owned(wallet(&good_method("Look"))), text);
    assert_eq!(found(&file(&format!("{allow}{near}"))).findings, []);
    // For that message alone.
    let other = near.replace("message N", "message O");
    let one = file(&format!("{allow}{near}{other}"));
    assert_eq!(only(found(&one).findings).place, one.place("message O"));
    // Where there is nothing to allow, it is as unused as any.
    let unused = file(&format!("{allow}message N {{}}\n"));
    assert_eq!(found(&unused).kinds(), [warning(Lint::UnusedDirective)]);
    // Only its own lint, and only with a reason.
    let another = file(&format!("{}{near}", allow.replace("near_resource", "public_write")));
    let kinds = [warning(Lint::UnusedDirective), warning(Lint::NearResource)];
    assert!(found(&another).kinds().iter().all(|kind| kinds.contains(kind)));
    assert_eq!(found(&another).kinds().len(), 2);
    let unreasoned = file(&format!("// meshauth:allow(near_resource)\n{near}"));
    assert!(found(&unreasoned).kinds().contains(&(Severity::Error, Code::Directive)));
    let denied = run(&[file(near)], &["lint=near_resource:deny"]);
    assert_eq!(denied.kinds(), [error(Lint::NearResource)]);
}

#[test]
fn lint_near_resource_of_an_import_of_another_package_is_not_looked_at() {
    let text = "syntax = \"proto3\";\npackage acme.house.v1;\nmessage House { string owner = 1; }";
    let import = proto("house.proto", text);
    let file = owned(wallet(&good_method("Look")));
    let text = file.text.replace("message M", "import \"house.proto\";\nmessage M");
    let mut request = crate::common::Request::of(&[proto(&file.name, &text), import]);
    request.file_to_generate.pop();
    assert!(request.generate().unwrap().warnings.is_empty());
}
