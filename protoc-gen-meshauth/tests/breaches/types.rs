//! E12: messages, enums, fields and packages that prost cannot turn into Rust, or that collide there.

use protoc_gen_meshauth::Code::E12;

use crate::common::{
    Proto, Request, accepts, breach, breaches, good_method, proto, service_file, wallet,
};

/// `wallet.proto` with something else in it.
fn beside(declarations: &str) -> Proto {
    let file = wallet(&good_method("GetAccount"));
    proto(&file.name, &(file.text + declarations))
}

/// The only breach is that two of these would have one name; it is where the second is declared.
#[track_caller]
fn collide(declarations: &str, second: &str, name: &str, other: &str, rust: &str) {
    let file = beside(declarations);
    let message = format!(
        "`acme.wallet.v1.{name}` and `acme.wallet.v1.{other}` would both be `{rust}` in Rust"
    );
    breach(&file).is(E12, &file.place(second), &message, "rename one of the two");
}

#[test]
fn e12_messages_that_collide() {
    let both = "message Account {}\nmessage account {}\n";
    collide(both, "message account", "account", "Account", "Account");
    let both = "message APIUser {}\nmessage Api_User {}\n";
    collide(both, "message Api_User", "Api_User", "APIUser", "ApiUser");
    let both = "message Self {}\nmessage self {}\n";
    collide(both, "message self", "self", "Self", "Self_");
}

#[test]
fn e12_a_message_and_an_enum_that_collide() {
    let both = "message Kind {}\nenum kind { A = 0; }\n";
    collide(both, "enum kind", "kind", "Kind", "Kind");
    let both = "enum Kind { A = 0; }\nenum kind { B = 0; }\n";
    collide(both, "enum kind", "kind", "Kind", "Kind");
}

#[test]
fn e12_nested_types_that_collide() {
    let both = "message Outer {\n  message Inner {}\n  message inner {}\n}\n";
    collide(both, "message inner", "Outer.inner", "Outer.Inner", "Inner");
    let both = "message Outer {\n  message Inner {}\n  enum inner { A = 0; }\n}\n";
    collide(both, "enum inner", "Outer.inner", "Outer.Inner", "Inner");
    let both =
        "message Outer {\n  message Mid {\n    message Inner {}\n    message inner {}\n  }\n}\n";
    collide(both, "message inner", "Outer.Mid.inner", "Outer.Mid.Inner", "Inner");
}

#[test]
fn e12_messages_of_two_files_that_collide() {
    let other = service_file("zoo.proto", "acme.wallet.v1", "");
    let text = other.text.replace("message M {}", "message m {}");
    let other = proto(&other.name, &text.replace("service Wallet {\n}\n", ""));
    let found = breaches(&[wallet(&good_method("GetAccount")), other.clone()]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`acme.wallet.v1.m` and `acme.wallet.v1.M` would both be `M` in Rust";
    found[0].is(E12, &other.place("message m"), message, "rename one of the two");
}

#[test]
fn types_in_different_places_do_not_collide() {
    accepts(&[beside("message Outer { message M {} enum Wallet { A = 0; } }\n")]);
    accepts(&[beside("message A { message X {} }\nmessage B { message x {} }\n")]);
    // The entries of a map are no type.
    accepts(&[beside("message Outer { map<string, M> many = 1; message manyEntry {} }\n")]);
    let other = proto("b.proto", "syntax = \"proto3\"; package acme.other.v1; message m {}");
    accepts(&[wallet(&good_method("GetAccount")), other]);
}

#[test]
fn e12_types_and_fields_without_a_letter() {
    for (declarations, at, name) in [
        ("message _ {}\n", "message _", "acme.wallet.v1._"),
        ("enum __ { A = 0; }\n", "enum __", "acme.wallet.v1.__"),
        ("message Outer {\n  message _ {}\n}\n", "message _", "acme.wallet.v1.Outer._"),
        ("message Outer {\n  enum _ { A = 0; }\n}\n", "enum _", "acme.wallet.v1.Outer._"),
        ("message Outer {\n  string _ = 1;\n}\n", "string _", "acme.wallet.v1.Outer._"),
        ("message Outer {\n  oneof _ { string a = 1; }\n}\n", "oneof _", "acme.wallet.v1.Outer._"),
        (
            "message Outer {\n  oneof a {\n    string __ = 1;\n  }\n}\n",
            "string __",
            "acme.wallet.v1.Outer.__",
        ),
        (
            "message Outer {\n  message Inner {\n    bool ___ = 1;\n  }\n}\n",
            "bool ___",
            "acme.wallet.v1.Outer.Inner.___",
        ),
    ] {
        let file = beside(declarations);
        let message = format!("`{name}` has no name in Rust");
        breach(&file).is(E12, &file.place(at), &message, "rename it, with letters");
    }
    accepts(&[beside("message _A { string _1a = 1; oneof _b { bool c_ = 2; } }\n")]);
}

/// Another package below the one of `wallet.proto`.
fn child(package: &str) -> Proto {
    proto("child.proto", &format!("syntax = \"proto3\"; package {package}; message Child {{}}"))
}

#[test]
fn e12_a_child_package_named_like_a_module_of_the_service() {
    let file = wallet(&good_method("GetAccount"));
    for (child_name, below) in [
        ("wallet_guard", ""),
        ("wallet_server", ""),
        ("walletGuard", ""),
        ("WalletServer", ".v2"),
        ("wallet_guard", ".v1.deep"),
    ] {
        let child = child(&format!("acme.wallet.v1.{child_name}{below}"));
        let found = breaches(&[file.clone(), child]);
        assert_eq!(found.len(), 1, "{found:#?}");
        let rust = if child_name.ends_with("uard") { "wallet_guard" } else { "wallet_server" };
        let message = format!(
            "`acme.wallet.v1.Wallet` and `acme.wallet.v1.{child_name}` would both be `{rust}` in Rust"
        );
        found[0].is(E12, &file.place("service Wallet"), &message, "rename one of the two");
    }
    for package in ["acme.wallet.v1.wallet", "acme.wallet_guard", "acme.wallet.v1.x.wallet_guard"] {
        accepts(&[file.clone(), child(package)]);
    }
}

#[test]
fn e12_a_child_package_named_like_the_module_of_a_message() {
    for declaration in [
        "message Order { message Inner {} }\n",
        "message Order { enum Inner { A = 0; } }\n",
        "message Order { oneof inner { bool a = 1; } }\n",
    ] {
        let file = beside(declaration);
        let found = breaches(&[file.clone(), child("acme.wallet.v1.order")]);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = "`acme.wallet.v1.Order` and `acme.wallet.v1.order` would both be `order`";
        found[0].is(E12, &file.place("message Order"), message, "rename one of the two");
    }
    // These have no module.
    for declaration in [
        "message Order { string inner = 1; }\n",
        "message Order { map<string, M> inner = 1; optional bool a = 2; }\n",
        "enum Order { A = 0; }\n",
    ] {
        accepts(&[beside(declaration), child("acme.wallet.v1.order")]);
    }
}

#[test]
fn e12_messages_whose_modules_collide() {
    // Camel case tells them apart, snake case does not.
    let file = beside("message AB { message X {} }\nmessage Ab { message X {} }\n");
    let found = breaches(std::slice::from_ref(&file));
    let modules = found.iter().filter(|found| found.message.contains("would both be `ab` in Rust"));
    assert_eq!(modules.count(), 1, "{found:#?}");
}

#[test]
fn e12_of_the_types_of_an_import_does_not_count() {
    let import = proto(
        "money.proto",
        "syntax = \"proto3\"; package acme.money.v1; message A {} message a { string _ = 1; }",
    );
    let file = wallet(&good_method("GetAccount"));
    let with = file.text.replace("message M", "import \"money.proto\";\nmessage M");
    let mut request = Request::of(&[proto(&file.name, &with), import]);
    request.file_to_generate.pop();
    assert!(request.execute().is_ok());
}
