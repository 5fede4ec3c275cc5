//! What is generated: the same from all ways in, and only where it belongs.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
};

use common::{
    Proto, Random, Request, api, build, build_some, built_guards, good_method, guards, proto,
    service_file, wallet,
};
use heck::ToUpperCamelCase;
use prost::Message;
use prost_types::FileDescriptorProto;

#[test]
fn the_plugin_and_a_build_script_generate_the_same_bytes() {
    let api = api();
    let plugin = guards(&Request::of(&api).execute().unwrap());
    let built = build(&api);
    built.result.as_ref().unwrap();
    let built = built_guards(&built.written());
    assert_eq!(plugin.keys().collect::<Vec<_>>(), built.keys().collect::<Vec<_>>());
    for (package, text) in plugin {
        assert_eq!(text, built[&package], "{package}");
    }
}

#[test]
fn every_service_has_its_guard_and_every_package_with_one_has_its_file() {
    let request = Request::of(&api());
    let guards = guards(&request.execute().unwrap());
    let mut services = 0;
    for file in &request.proto_file {
        let file = FileDescriptorProto::decode(file.as_slice()).unwrap();
        for service in &file.service {
            let guards = &guards[file.package()];
            let trait_name = format!("pub trait {}: ", service.name().to_upper_camel_case());
            assert!(guards.contains(&trait_name), "{}", service.name());
            for method in &service.method {
                let path = format!("\"/{}.{}/{}\"", file.package(), service.name(), method.name());
                assert!(guards.contains(&path), "{path}");
            }
            services += 1;
        }
    }
    assert!(services > 10, "the API was not found");
    // A package with only a resource has a file, one with nothing has none.
    let instrument = &guards["meshtrade.studio.instrument.v1"];
    assert!(instrument.contains("impl ::meshauth_runtime::Resource for Instrument {"));
    assert!(!instrument.contains("mod"), "{instrument}");
    for nothing in ["meshtrade.type.v1", "meshtrade.iam.role.v1", "google.protobuf"] {
        assert!(!guards.contains_key(nothing), "{nothing}");
    }
}

#[test]
fn t_m03_the_same_request_gives_the_same_bytes() {
    let request = Request::of(&api());
    assert_eq!(request.execute().unwrap(), request.execute().unwrap());
}

#[test]
fn t_m03_the_order_of_the_files_does_not_matter() {
    // Two services and two resources of one package, in files that do not import each other.
    let resource = |name: &str| {
        format!("message {name} {{ string owner = 1; repeated string owners = 2; }}\n")
    };
    let one = service_file("b/one.proto", "acme.wallet.v1", &good_method("GetAccount"));
    let other = one.text.replace("service Wallet", "service Account").replace("message M {}", "");
    let import = format!("import \"b/one.proto\";\n{}service", resource("A"));
    let other = proto("a/other.proto", &other.replace("service", &import));
    let third = one.text.replace("Wallet", "Bank").replace("message M", "message N");
    let third = proto("c/third.proto", &(third.replace("(M)", "(N)") + &resource("B")));

    for files in [api(), vec![one, other, third]] {
        let request = Request::of(&files);
        let expected = request.execute().unwrap();
        let mut random = Random(1);
        for _ in 0..5 {
            let mut shuffled = request.clone();
            shuffled.proto_file = shuffle(&mut random, &request.proto_file);
            assert_eq!(shuffled.execute().unwrap(), expected);
        }
    }
}

/// The files in another order, in which what is imported still comes first.
fn shuffle(random: &mut Random, files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut left: Vec<_> = files
        .iter()
        .map(|bytes| (bytes, FileDescriptorProto::decode(bytes.as_slice()).unwrap()))
        .collect();
    let (mut done, mut names) = (Vec::new(), BTreeSet::new());
    while !left.is_empty() {
        let (bytes, file) = left.swap_remove(random.below(left.len()));
        if file.dependency.iter().all(|import| names.contains(import)) {
            names.insert(file.name().to_owned());
            done.push(bytes.clone());
        } else {
            left.push((bytes, file));
        }
    }
    done
}

#[test]
fn only_what_is_asked_for_is_generated() {
    let api = api();
    let mut request = Request::of(&api);
    request.file_to_generate = vec![String::from("meshtrade/wallet/account/v1/account.proto")];
    let files = request.execute().unwrap();
    // The whole package, though its service is in another file: prost and tonic do the same.
    assert_eq!(guards(&files).keys().collect::<Vec<_>>(), ["meshtrade.wallet.account.v1"]);
    assert!(files[0].content().contains("pub trait AccountService: "));
    request.file_to_generate.clear();
    assert_eq!(request.execute().unwrap(), []);
}

#[test]
fn a_service_of_an_import_gets_no_server_without_a_guard() {
    let import = service_file("bank.proto", "acme.bank.v1", "\n  rpc Open(M) returns (M);");
    let text = wallet(&good_method("GetAccount")).text;
    let with = "import \"bank.proto\";\nmessage M { acme.bank.v1.M bank = 1; }";
    let files = [proto("wallet.proto", &text.replace("message M {}", with)), import];
    let built = build_some(&files, &["wallet.proto"]);
    built.result.as_ref().unwrap();
    let written = built.written();
    assert!(written["acme.wallet.v1.rs"].contains("mod wallet_server"));
    let bank = &written["acme.bank.v1.rs"];
    assert!(bank.contains("pub struct M") && !bank.contains("wallet_server"), "{bank}");
    // Asked for, it is checked.
    assert!(build_some(&files, &["wallet.proto", "bank.proto"]).result.is_err());
}

#[test]
fn the_guards_are_included_at_the_insertion_point_of_prost() {
    let request = Request::of(&api());
    for options in ["", "flat_output_dir"] {
        let request = request.clone().with(options);
        let by_prost = protoc_gen_prost::execute(&request.encode_to_vec()).unwrap();
        let by_prost: BTreeMap<_, _> =
            by_prost.iter().map(|file| (file.name(), file.content())).collect();
        let files = request.execute().unwrap();
        assert_eq!(files.len(), 2 * guards(&files).len(), "a file and an include each");
        for pair in files.chunks(2) {
            let [guards, include] = pair else { panic!("{pair:?}") };
            assert_eq!(guards.insertion_point, None);
            assert_eq!(include.insertion_point(), "module");
            let point = "@@protoc_insertion_point(module)";
            assert!(by_prost[include.name()].contains(point), "{}", include.name());
            // The path in `include!` is relative to the file that it is in.
            let (directory, name) = guards.name().rsplit_once('/').unwrap_or(("", guards.name()));
            assert_eq!(include.content(), format!("include!(\"{name}\");\n"));
            assert_eq!(include.name().rsplit_once('/').map_or("", |name| name.0), directory);
        }
    }
}

#[test]
fn a_build_script_includes_the_guards_in_prosts_file() {
    let built = build(&[service_file("wallet.proto", "acme.type.v1", &good_method("GetAccount"))]);
    built.result.as_ref().unwrap();
    let written = built.written();
    let include = "\ninclude!(\"acme.r#type.v1.meshauth.rs\");\n";
    assert!(written["acme.r#type.v1.rs"].ends_with(include));
    assert!(written["acme.r#type.v1.meshauth.rs"].contains("pub trait Wallet: "));
    assert!(written["mod.rs"].contains("acme.r#type.v1.rs"), "{}", written["mod.rs"]);
    assert!(!written["mod.rs"].contains("meshauth.rs"), "{}", written["mod.rs"]);
}

#[test]
fn a_package_named_like_an_ending_keeps_its_name() {
    let file = service_file("wallet.proto", "acme.rs", &good_method("GetAccount"));
    let files = Request::of(std::slice::from_ref(&file)).execute().unwrap();
    assert_eq!(files[0].name(), "acme/rs/acme.rs.meshauth.rs");
    let written = build(&[file]).written();
    assert!(written["acme.rs.rs"].contains("include!(\"acme.rs.meshauth.rs\");"));
    assert!(written.contains_key("acme.rs.meshauth.rs"));
}

#[test]
fn a_build_script_needs_to_know_where_to_write() {
    // Tests have no OUT_DIR: the crate has no build script.
    let built = protoc_gen_meshauth::configure().compile_protos(&["a.proto"], &["."]);
    let error = built.unwrap_err().to_string();
    assert!(error.contains("there is no OUT_DIR") && error.contains("`out_dir`"), "{error}");
}

#[test]
fn the_digest_changes_when_who_may_do_what_changes_and_only_then() {
    let digest = |file: &Proto| digest(file, "");
    let good = |name: &str| good_method(name);
    let both = "roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]";
    let base = good("GetAccount").replace("roles: [ROLE_WALLET_ADMIN]", both);
    let methods = format!("{base}{}", good("ListAccounts"));
    let expected = digest(&wallet(&methods));
    for same in [
        format!("{}{base}", good("ListAccounts")),
        methods.replace(
            "ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER",
            "ROLE_WALLET_VIEWER, ROLE_WALLET_ADMIN",
        ),
        format!("\n  // A comment.{methods}"),
        methods.replace("option ($) =", "option deprecated = true;\n    option ($) ="),
        methods.replace(' ', "\n\n "),
    ] {
        assert_eq!(digest(&wallet(&same)), expected, "{same}");
    }
    for different in [
        methods.replace(", ROLE_WALLET_VIEWER", ""),
        methods.replace("METHOD_TYPE_READ", "METHOD_TYPE_WRITE"),
        methods.replace("GetAccount", "FindAccount"),
        methods
            .replace(both, &format!("{both}\n verification_status: VERIFICATION_STATUS_VERIFIED")),
        methods
            .replace("AUTHORISED", "PUBLIC")
            .replace(both, "")
            .replace("roles: [ROLE_WALLET_ADMIN]", ""),
        base,
        methods.replacen("\n  rpc", "\n  // meshauth:depth(nested)\n  rpc", 1),
        methods.replacen("\n  rpc", "\n  // meshauth:depth(none) reason: it moves it\n  rpc", 1),
    ] {
        assert_ne!(digest(&wallet(&different)), expected, "{different}");
    }
}

#[test]
fn the_depth_of_a_run_is_in_the_digest_unless_a_method_sets_its_own() {
    let file = wallet(&good_method("GetAccount"));
    assert_ne!(digest(&file, "depth=nested"), digest(&file, ""));
    assert_eq!(digest(&file, "depth=direct"), digest(&file, ""));

    let directive = "\n  // meshauth:depth(nested)\n  rpc";
    let nested = wallet(&good_method("GetAccount").replacen("\n  rpc", directive, 1));
    assert_eq!(digest(&nested, ""), digest(&file, "depth=nested"));
    assert_eq!(digest(&nested, ""), digest(&nested, "depth=nested"));
}

#[test]
fn the_digest_does_not_depend_on_the_order_of_services_and_files() {
    let one = wallet(&good_method("GetAccount"));
    let other = service_file("bank.proto", "acme.bank.v1", &good_method("Open"));
    let request = Request::of(&[one.clone(), other.clone()]);
    let mut reversed = Request::of(&[other, one]);
    reversed.file_to_generate.reverse();
    assert_eq!(guards(&request.execute().unwrap()), guards(&reversed.execute().unwrap()));
}

/// The digest of the only service in the file, generated with these options.
fn digest(file: &Proto, options: &str) -> String {
    let request = Request::of(std::slice::from_ref(file)).with(options);
    let files = request.execute().unwrap();
    let is_digest = |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    files[0].content().split('"').find(is_digest).expect("there is a digest").to_owned()
}

#[test]
fn no_path_leaves_the_output_directory() {
    let loose = "syntax = \"proto3\"; message M { string owner = 1; repeated string owners = 2; }";
    let mut files = api();
    files.push(proto("loose.proto", loose));
    files.push(service_file("key.proto", "acme.type.super.v1", &good_method("GetAccount")));
    let request = Request::of(&files);
    for options in ["", "flat_output_dir", "no_include", "default_package_filename=_all"] {
        for file in request.clone().with(options).execute().unwrap() {
            let path = Path::new(file.name());
            let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            assert!(inside && !file.name().contains("//"), "{path:?}");
        }
    }
}
