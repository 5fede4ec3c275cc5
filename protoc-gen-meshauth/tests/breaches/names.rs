//! E12: names that cannot be generated from.

use prost_types::FileDescriptorProto;
use protoc_gen_meshauth::Code::{E01, E12};

use crate::common::{
    Proto, Request, accepts, breach, breaches, good_method, proto, service_file, wallet,
};

/// `wallet.proto` with a service of another name.
fn service(name: &str) -> Proto {
    let file = wallet(&good_method("GetAccount"));
    proto(&file.name, &file.text.replace("service Wallet", &format!("service {name}")))
}

/// `wallet.proto` with something else in it.
fn beside(declaration: &str) -> Proto {
    let file = wallet(&good_method("GetAccount"));
    proto(&file.name, &(file.text + declaration))
}

#[test]
fn e12_service_outside_any_package() {
    let file = wallet(&good_method("GetAccount"));
    let file = proto(&file.name, &file.text.replace("package acme.wallet.v1;\n", ""));
    let message = "`wallet.proto` declares a service outside any package";
    breach(&file).is(E12, "wallet.proto:1:1", message, "\npackage acme.wallet.v1;");
}

#[test]
fn messages_outside_any_package_are_no_breach() {
    let text = "syntax = \"proto3\"; message M { string owner = 1; repeated string owners = 2; }";
    accepts(&[proto("loose.proto", text)]);
}

#[test]
fn e12_methods_that_collide() {
    for (one, other, rust) in [
        // In both cases; in camel case only.
        ("GetAccount", "getAccount", "GetAccount"),
        ("GetAccount", "get_account", "GetAccount"),
        ("GetAPIKey", "GetApiKey", "GetApiKey"),
        ("Self", "self", "Self_"),
        ("Top10", "Top_10", "Top10"),
    ] {
        let file = wallet(&(good_method(one) + &good_method("Between") + &good_method(other)));
        let service = "acme.wallet.v1.Wallet";
        let message =
            format!("`{service}.{other}` and `{service}.{one}` would both be `{rust}` in Rust");
        let place = file.place(&format!("rpc {other}("));
        breach(&file).is(E12, &place, &message, "rename one of the two");
    }
}

#[test]
fn e12_each_method_that_collides_is_reported() {
    let methods = ["GetAccount", "getAccount", "get_account"].map(good_method).concat();
    let found = breaches(&[wallet(&methods)]);
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn methods_of_two_services_do_not_collide() {
    let other = format!("service Purse {{{}\n}}\n", good_method("getAccount"));
    accepts(&[beside(&other)]);
}

#[test]
fn e12_services_that_collide() {
    let file = service_file("wallet.proto", "acme.wallet.v1", &good_method("GetAccount"));
    for (other, rust) in [("wallet", "wallet_guard"), ("WALLET", "wallet_guard")] {
        let text = service_file("x", "acme.wallet.v1", &good_method("GetAccount")).text;
        let text = text.replace("service Wallet", &format!("service {other}"));
        let other_file =
            proto("zoo.proto", &text.replace("message M {}", "message N {}").replace("(M)", "(N)"));
        let found = breaches(&[file.clone(), other_file.clone()]);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = format!(
            "`acme.wallet.v1.{other}` and `acme.wallet.v1.Wallet` would both be `{rust}` in Rust"
        );
        found[0].is(E12, &other_file.place("service"), &message, "rename one of the two");
    }
}

#[test]
fn services_of_two_packages_do_not_collide() {
    let other = service_file("other.proto", "acme.other.v1", &good_method("GetAccount"));
    accepts(&[wallet(&good_method("GetAccount")), other]);
}

#[test]
fn e12_a_service_and_the_module_of_a_message() {
    for (declaration, rust) in [
        ("message WalletGuard { message Inner {} }", "wallet_guard"),
        ("message WalletGuard { enum Inner { A = 0; } }", "wallet_guard"),
        ("message wallet_guard { oneof inner { bool a = 1; } }", "wallet_guard"),
        ("message WalletServer { message Inner {} }", "wallet_server"),
    ] {
        let file = beside(declaration);
        let message = format!("would both be `{rust}` in Rust");
        breach(&file).is(E12, &file.place("service"), &message, "rename one of the two");
    }
    // prost makes no module for these.
    accepts(&[beside("message WalletGuard { optional bool a = 1; map<string, M> b = 2; }")]);
    accepts(&[beside("enum WalletGuard { A = 0; }")]);
}

#[test]
fn e12_service_of_a_name_that_is_taken() {
    for (name, rust) in [
        ("B", "B"),
        ("T", "T"),
        ("S", "S"),
        ("b", "B"),
        ("Guard", "Guard"),
        ("Server", "Server"),
        ("Context", "Context"),
        ("fn_mut", "FnMut"),
    ] {
        let file = service(name);
        let message =
            format!("`acme.wallet.v1.{name}` would be the trait `{rust}`, a name that is taken");
        let help = format!("such as `{rust}Service`");
        breach(&file).is(E12, &file.place("service"), &message, &help);
    }
}

#[test]
fn e12_names_without_a_letter() {
    for name in ["_", "___"] {
        let file = service(name);
        let message = format!("`acme.wallet.v1.{name}` has no name in Rust");
        breach(&file).is(E12, &file.place("service"), &message, "rename it");

        let file = wallet(&good_method(name));
        let message = format!("`acme.wallet.v1.Wallet.{name}` has no name in Rust");
        breach(&file).is(E12, &file.place("rpc"), &message, "rename it");

        let package = format!("acme.{name}.v1");
        let file = service_file("wallet.proto", &package, &good_method("GetAccount"));
        let message = format!("`{package}` has no name in Rust");
        breach(&file).is(E12, &file.place("package"), &message, "rename it");
    }
}

#[test]
fn e12_packages_that_collide() {
    let one = service_file("a.proto", "acme.walletApi.v1", &good_method("GetAccount"));
    let other = service_file("b.proto", "acme.wallet_api.V1", &good_method("GetAccount"));
    let found = breaches(&[one, other.clone()]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`acme.wallet_api.V1` and `acme.walletApi.v1` would both be \
                   `acme::wallet_api::v1` in Rust";
    found[0].is(E12, &other.place("package"), message, "rename one of the two");
}

#[test]
fn e12_a_package_that_prost_writes_where_the_guards_of_another_are() {
    let one = service_file("a.proto", "acme.v1", &good_method("GetAccount"));
    let other = service_file("b.proto", "acme.v1.meshauth", &good_method("GetAccount"));
    let found = breaches(&[one, other.clone()]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`acme.v1.meshauth` and the guards of `acme.v1` would both be in \
                   `acme.v1.meshauth.rs`";
    found[0].is(E12, &other.place("package"), message, "rename the package");
    // Alone, it is a package like any other.
    accepts(&[other]);
}

#[test]
fn e12_a_resource_that_hides_its_owner() {
    let file = beside(
        "message Outer {
  message Hidden {
    oneof who { string owner = 1; string nobody = 2; }
    repeated string owners = 3;
  }
}
",
    );
    let message = "the resource `acme.wallet.v1.Outer.Hidden` has its `owner` in a oneof";
    breach(&file).is(E12, &file.place("message Hidden"), message, "move `owner` out");
    // Not a resource, and no oneof for prost.
    accepts(&[beside("message M2 { oneof who { string owner = 1; } repeated int32 owners = 3; }")]);
    accepts(&[beside("message M3 { optional string owner = 1; repeated string owners = 3; }")]);
}

#[test]
fn e12_a_package_that_collides_with_one_that_is_only_imported() {
    // The plugins of prost and tonic would put the servers of both into one module.
    let import = service_file("b.proto", "acme.Wallet.v1", "\n  rpc Open(M) returns (M);");
    let text = wallet(&good_method("GetAccount")).text;
    let file = proto("wallet.proto", &text.replace("message M", "import \"b.proto\";\nmessage M"));
    let mut request = Request::of(&[file, import.clone()]);
    request.file_to_generate.pop();
    let found = request.breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`acme.Wallet.v1` and `acme.wallet.v1` would both be `acme::wallet::v1`";
    found[0].is(E12, &import.place("package"), message, "rename one of the two");
}

#[test]
fn e12_names_that_no_compiler_lets_through() {
    // Each would be part of a path on disk, or of the code.
    let request = Request::of(&[wallet(&good_method("GetAccount"))]);
    for (from, to) in [
        ("acme.wallet.v1", "/evil/wallet/x"),
        ("acme.wallet.v1", "C:\\ev.wallet.1"),
        ("acme.wallet.v1", "acme.\"); x(\".1"),
        ("acme.wallet.v1", "acme.wallet\n//"),
        ("Wallet", "W {}\n}"),
        ("GetAccount", "Get\"Accoun"),
        ("GetAccount", "Get/../../"),
    ] {
        for options in ["", "flat_output_dir"] {
            let breaches = request.clone().replace(from, to).with(options).breaches();
            assert!(breaches.iter().all(|breach| breach.code == E12), "{breaches:#?}");
        }
    }
}

#[test]
fn e12_of_an_import_does_not_count() {
    // It is no part of what is generated in this run.
    let import = service_file("money.proto", "acme.money.v1", &good_method("_"));
    let text = wallet(&good_method("GetAccount")).text;
    let file =
        proto("wallet.proto", &text.replace("message M", "import \"money.proto\";\nmessage M"));
    let mut request = Request::of(&[file, import]);
    request.file_to_generate.pop();
    assert!(request.execute().is_ok());
}

#[test]
fn e12_is_reported_beside_what_else_is_wrong() {
    let file = wallet("\n  rpc GetAccount(M) returns (M);\n  rpc getAccount(M) returns (M);");
    let codes: Vec<_> = breaches(&[file]).iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E01, E01, E12]);
}

#[test]
fn a_package_under_a_keyword_is_no_breach() {
    accepts(&[service_file("wallet.proto", "acme.type.match.v1", &good_method("match"))]);
    let request = Request::of(&[proto("empty.proto", "syntax = \"proto3\";")]);
    let appended = FileDescriptorProto { package: Some(String::new()), ..Default::default() };
    assert_eq!(request.append("empty.proto", &appended).execute().unwrap(), []);
}
