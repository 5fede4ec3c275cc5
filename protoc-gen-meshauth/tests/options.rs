//! The options of the plugin, which must mean what they mean to the plugins beside it.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use common::{Request, api, good_method, proto, wallet};
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
        let starts = format!("meshauth: unknown option `{name}`, there are:\n");
        assert!(error.starts_with(&starts), "{error}");
        for (form, what) in OPTIONS {
            assert!(error.contains(&format!("\n  {form}: {what}")), "{error}");
        }
    }
}
