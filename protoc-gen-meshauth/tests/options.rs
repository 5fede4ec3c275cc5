//! The options of the plugin, which must mean what they mean to the plugins beside it.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Built, Proto, Request, api, build_with, good_method, proto, run, service_file, wallet,
};
use prost::Message;
use prost_types::compiler::code_generator_response::File;
use protoc_gen_meshauth::OPTIONS;

const ACCOUNT: &str = "meshtrade/wallet/account/v1/meshtrade.wallet.account.v1.meshauth.rs";

/// The text of a file that the plugin makes of the whole API.
fn generated(options: &str, name: &str) -> String {
    let files = Request::of(&api()).with(options).execute().unwrap();
    let whole = files.iter().filter(|file| file.insertion_point.is_none());
    let mut named = whole.filter(|file| file.name() == name);
    named.next().expect("the file is generated").content().to_owned()
}

#[test]
fn extern_path_of_a_package() {
    let before = generated("", ACCOUNT);
    assert!(before.contains("impl ::meshauth_runtime::Resource for Account {"));
    assert!(before.contains("type Response = super::Account;"));

    let account = generated("extern_path=.meshtrade.wallet.account.v1=::accounts::v1", ACCOUNT);
    // The crate that has the message has its `Resource`, too.
    assert!(!account.contains("impl ::meshauth_runtime::Resource"), "{account}");
    assert!(account.contains("type Response = ::accounts::v1::Account;"), "{account}");
    assert!(account.contains("type Request = ::accounts::v1::GetAccountRequest;"), "{account}");
    assert!(!account.contains("super::Account;") && !account.contains("super::GetAccountRequest"));
    // The server is still generated here, and looked for here.
    assert!(account.contains("super::account_service_server::"), "{account}");
}

#[test]
fn extern_path_of_a_message_and_of_this_crate() {
    let options = "extern_path=.meshtrade.wallet.account.v1.Account=crate::accounts::Account";
    let account = generated(options, ACCOUNT);
    assert!(!account.contains("impl ::meshauth_runtime::Resource"), "{account}");
    assert!(account.contains("type Response = crate::accounts::Account;"), "{account}");
    assert!(account.contains("type Request = super::GetAccountRequest;"), "{account}");
}

#[test]
fn extern_path_of_well_known_types() {
    let desk = "meshauth/testing/desk/v1/meshauth.testing.desk.v1.meshauth.rs";
    assert!(generated("", desk).contains("type Request = ();"));
    let options = "compile_well_known_types,extern_path=.google.protobuf=::pbjson_types";
    assert!(generated(options, desk).contains("type Request = ::pbjson_types::Empty;"));
}

#[test]
fn a_package_under_extern_path_with_only_a_resource_has_no_file() {
    let options = "extern_path=.meshtrade.studio=::studio";
    let files = Request::of(&api()).with(options).execute().unwrap();
    assert!(files.iter().all(|file| !file.name().contains("studio")));
}

#[test]
fn no_include() {
    let request = Request::of(&api());
    let all = request.execute().unwrap();
    let without = request.clone().with("no_include").execute().unwrap();
    let whole: Vec<_> = all.into_iter().filter(|file| file.insertion_point.is_none()).collect();
    assert_eq!(without, whole);
    let off = request.clone().with("no_include=false").execute().unwrap();
    assert_eq!(off, request.execute().unwrap());
}

#[test]
fn flat_output_dir() {
    let request = Request::of(&api());
    let (deep, flat) =
        (request.execute().unwrap(), request.with("flat_output_dir").execute().unwrap());
    assert_eq!(deep.len(), flat.len());
    for (deep, flat) in deep.iter().zip(&flat) {
        assert!(!flat.name().contains('/'), "{}", flat.name());
        assert_eq!(deep.name().rsplit('/').next(), Some(flat.name()));
        assert_eq!(deep.content(), flat.content());
    }
}

#[test]
fn default_package_filename() {
    let loose = "syntax = \"proto3\"; message M { string owner = 1; repeated string owners = 2; }";
    let request = Request::of(&[proto("loose.proto", loose)]);
    for (options, prost, guards) in [
        ("", "_", "_.meshauth.rs"),
        ("default_package_filename=loose", "loose", "loose.meshauth.rs"),
        ("default_package_filename=loose.rs", "loose.rs", "loose.meshauth.rs"),
    ] {
        let request = request.clone().with(options);
        let by_prost = protoc_gen_prost::execute(&request.encode_to_vec()).unwrap();
        assert_eq!(by_prost[0].name(), prost);
        let files = request.execute().unwrap();
        let names: Vec<_> = files.iter().map(File::name).collect();
        assert_eq!(names, [guards, prost]);
        assert_eq!(files[1].content(), format!("include!(\"{guards}\");\n"));
    }
}

#[test]
fn an_unknown_option_is_answered_with_the_known_ones() {
    let request = Request::of(&[wallet(&good_method("GetAccount"))]);
    for unknown in ["file_descriptor_set", "no-include", "server", "extern_paths=.a=::a"] {
        let error = request.clone().with(unknown).execute().unwrap_err().to_string();
        let name = unknown.split('=').next().unwrap();
        assert!(error.starts_with(&format!("meshauth: unknown option `{name}`")), "{error}");
        for (form, what) in OPTIONS {
            assert!(error.contains(&format!("\n  {form}: {what}")), "{error}");
        }
    }
}

/// A resource, in a field two levels down too, a well-known type, and a file without a package.
fn files() -> Vec<Proto> {
    let methods = format!(
        "{}\n// meshauth:allow(unseen_resource) reason: `depth` is among the options{}",
        good_method("GetAccount").replace("(M)", "(R)"),
        good_method("ListAccounts")
            .replace("(M) returns (M)", "(google.protobuf.Empty) returns (L0)"),
    );
    let resource = "message R { string owner = 1; repeated string owners = 2; }\n";
    let file = service_file("acme/wallet.proto", "acme.wallet.v1", &methods);
    let messages =
        format!("import \"google/protobuf/empty.proto\";\n{resource}message L1 {{ R r = 1; }}\n");
    let text = file.text.replace("message M {}", &format!("{messages}message L0 {{ L1 l1 = 1; }}"));
    vec![
        proto(&file.name, &text),
        proto("loose.proto", &format!("syntax = \"proto3\"; {resource}")),
    ]
}

fn built(options: &[&str]) -> BTreeMap<String, String> {
    let files = files();
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    let built = build_with(&files, &names, options);
    built.result.as_ref().expect("the protos break no rule");
    built.written()
}

/// The guards with these options: the build script's and the plugin's, which are the same.
fn guards(options: &[&str]) -> String {
    let mut guards = run(&files(), options).guards.expect("the protos break no rule");
    guards.remove("acme.wallet.v1").unwrap()
}

#[test]
fn every_option_does_what_it_says_in_the_plugin_and_in_a_build_script() {
    let plain = guards(&[]);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (option, without, with) in [
        ("compile_well_known_types", "Request = ();", "::super::google::protobuf::Empty;"),
        (
            "extern_path=.acme.wallet.v1=::acme::v1",
            "Response = super::R;",
            "Response = ::acme::v1::R;",
        ),
        ("extern_path=.acme.wallet.v1.R=crate::R", "Response = super::R;", "Response = crate::R;"),
        (
            "depth=nested",
            "Response = super::L0;\n    }",
            "acme_wallet_v1_l0_admitted(response, admits)",
        ),
        ("resources=false", "impl ::meshauth_runtime::Resource for R", ""),
        (
            "runtime=::acme::auth",
            "::meshauth_runtime::",
            "::acme::auth::codegen::Exchange for method::",
        ),
        (
            "runtime=crate::auth",
            "::meshauth_runtime::",
            "crate::auth::codegen::Exchange for method::",
        ),
        ("runtime=::a", "::meshauth_runtime::", "const _: () = ::a::codegen::assert_made_for(2);"),
        ("tonic=false", "pub trait Wallet: ", "pub enum GetAccount {}"),
        (
            "tonic=false",
            "::tonic::",
            "impl ::meshauth_runtime::codegen::Exchange for method::GetAccount",
        ),
    ] {
        seen.insert(option.split('=').next().unwrap());
        let changed = guards(&[option]);
        assert!(plain.contains(without), "{without} is not in\n{plain}");
        assert!(!changed.contains(without), "{option}: {without} is in\n{changed}");
        assert!(changed.contains(with), "{option}: {with} is not in\n{changed}");
    }
    // These change nothing in the guards; each has tests of its own, here or in the file named.
    for option in [
        "default_package_filename=loose",
        "flat_output_dir",
        "no_client", // breaches/clients.rs
        "no_include",
        "no_transport", // breaches/clients.rs
        "proto_root=protos",
        "report_limit=3",         // breaches/many.rs
        "diagnostics=json",       // formats.rs
        "lint=public_write:deny", // lints
        "annotation=meshtrade.option.method_options.v1.method_options", // own_annotation.rs
    ] {
        seen.insert(option.split('=').next().unwrap());
        assert_eq!(guards(&[option]), plain, "{option}");
    }
    let listed = OPTIONS.map(|(form, _)| form.split('=').next().unwrap());
    assert_eq!(seen, listed.into_iter().collect(), "an option has no test");
}

#[test]
fn what_is_on_as_it_comes_can_be_said() {
    let plain = guards(&[]);
    for option in [
        "compile_well_known_types=false",
        "depth=direct",
        "resources",
        "resources=true",
        "tonic",
        "tonic=true",
        "runtime=::meshauth_runtime",
    ] {
        assert_eq!(guards(&[option]), plain, "{option}");
    }
}

#[test]
fn no_include_in_a_build_script() {
    for (options, includes) in
        [(&[][..], true), (&["no_include"], false), (&["no_include=false"], true)]
    {
        let written = built(options);
        assert_eq!(written["acme.wallet.v1.rs"].contains("include!("), includes, "{options:?}");
        assert_eq!(written["_.rs"].contains("include!("), includes, "{options:?}");
        assert!(written.contains_key("acme.wallet.v1.meshauth.rs"));
    }
}

#[test]
fn default_package_filename_in_a_build_script() {
    for (options, prost, guards) in [
        (&[][..], "_.rs", "_.meshauth.rs"),
        (&["default_package_filename=loose"], "loose.rs", "loose.meshauth.rs"),
    ] {
        let written = built(options);
        assert!(written[prost].ends_with(&format!("include!(\"{guards}\");\n")));
        assert!(written[guards].contains("impl ::meshauth_runtime::Resource for R"));
        assert_eq!(written.contains_key("_.rs"), prost == "_.rs", "{:?}", written.keys());
    }
}

#[test]
fn flat_output_dir_in_a_build_script_is_as_it_was() {
    assert_eq!(built(&["flat_output_dir"]), built(&[]));
}

#[test]
fn compile_well_known_types_in_a_build_script_has_them_generated() {
    assert!(!built(&[]).contains_key("google.protobuf.rs"));
    let written = built(&["compile_well_known_types"]);
    assert!(written["google.protobuf.rs"].contains("pub struct Empty"), "{:?}", written.keys());
}

fn bare() -> [Proto; 1] {
    [wallet("\n  rpc GetAccount(M) returns (M);")]
}

#[test]
fn proto_root_in_a_build_script_gives_way_to_the_path_on_disk() {
    let Built { result, .. } = build_with(&bare(), &["wallet.proto"], &["proto_root=protos"]);
    let error = result.unwrap_err();
    let place = error.diagnostics().next().unwrap().place();
    assert!(std::path::Path::new(&place.file).is_absolute(), "{error}");
}

#[test]
fn a_build_script_takes_options_one_by_one_and_as_strictly() {
    let refused = |options: &[&str]| {
        let built = build_with(&bare(), &["wallet.proto"], options);
        assert!(built.written().is_empty());
        built.result.unwrap_err().to_string()
    };
    for options in [
        &["colour"][..],
        &["no_include", "no_include"],
        &["lint=public_write:deny", "lint=role_naming:warn", "lint=public_write:deny"],
        &["extern_path=.a=::a", "extern_path=.b=::b", "extern_path=.a=::c"],
        &["depth=deep"],
        &["no_include=1"],
        &["runtime=auth"],
        &["annotation"],
    ] {
        let request = Request::of(&bare()).with(&options.join(","));
        assert_eq!(refused(options), request.execute().unwrap_err().to_string());
    }
    for (option, says) in [
        ("no_include,tonic", "unknown option `no_include,tonic`\nthere are:\n"),
        ("depth=nested,tonic", "`depth` is written depth=direct|nested"),
        ("", "unknown option ``\nthere are:\n"),
    ] {
        assert!(refused(&[option]).contains(says), "{}", refused(&[option]));
    }
}

#[test]
fn several_options_all_count() {
    let guards = guards(&[
        "extern_path=.acme.wallet.v1.R=::acme::R",
        "extern_path=.acme.wallet.v1.L0=crate::L0",
        "depth=nested",
        "tonic=false",
        "resources=false",
        "runtime=::acme::auth",
    ]);
    for has in ["Response = ::acme::R;", "Response = crate::L0;", "l0_admitted(", "::acme::auth::"]
    {
        assert!(guards.contains(has), "{has} is not in\n{guards}");
    }
    for has_not in ["tonic", "::meshauth_runtime", "Resource for"] {
        assert!(!guards.contains(has_not), "{has_not} is in\n{guards}");
    }
}
