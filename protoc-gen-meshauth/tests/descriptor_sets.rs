//! Code from a descriptor set that exists already: the same as from the files that it was made of.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{collections::BTreeMap, fs};

use common::{
    Proto, Request, api, build, build_some, good_method, proto, service_file, texts, wallet,
};
use prost::{Message, bytes::Bytes};
use prost_types::FileDescriptorSet;
use protoc_gen_meshauth::{Code, Error, MethodAccess, Operation, policies};
use tempfile::TempDir;

/// An encoded set, whose files are kept as they are.
#[derive(Clone, PartialEq, Message)]
struct Set {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    file: Vec<Bytes>,
}

/// The set of these files with all that they import, as protoc makes it.
fn set(files: &[Proto]) -> Vec<u8> {
    let file = Request::of(files).proto_file.into_iter().map(Bytes::from).collect();
    Set { file }.encode_to_vec()
}

fn compile(set: &[u8], named: &[&str]) -> (Result<(), Error>, BTreeMap<String, String>) {
    let directory = TempDir::new().unwrap();
    let builder = protoc_gen_meshauth::configure().include_file("mod.rs").out_dir(directory.path());
    let result = builder.compile_fds(set, named);
    let written = texts(directory.path());
    (result, written)
}

#[test]
fn a_set_gives_the_same_as_the_files_that_it_was_made_of() {
    let api = api();
    let (result, written) = compile(&set(&api), &[]);
    result.unwrap();
    let built = build(&api);
    built.result.as_ref().unwrap();
    assert_eq!(written.keys().collect::<Vec<_>>(), built.written().keys().collect::<Vec<_>>());
    assert!(written == built.written(), "the files differ");
}

#[test]
fn of_files_that_are_not_named_there_are_the_messages_only() {
    let import = service_file("bank.proto", "acme.bank.v1", "\n  rpc Open(M) returns (M);");
    let text = wallet(&good_method("GetAccount")).text;
    let with = "import \"bank.proto\";\nmessage M { acme.bank.v1.M bank = 1; }";
    let files = [proto("wallet.proto", &text.replace("message M {}", with)), import];
    let (result, written) = compile(&set(&files), &["wallet.proto"]);
    result.unwrap();
    assert_eq!(written, build_some(&files, &["wallet.proto"]).written());
    // Asked for, it is checked, and nothing is written.
    let (result, written) = compile(&set(&files), &[]);
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with("bank.proto:") && error.contains("error[E01]"), "{error}");
    assert_eq!(written, BTreeMap::new());
}

#[test]
fn what_is_no_set_or_not_in_it_is_said() {
    let encoded = set(&[wallet(&good_method("GetAccount"))]);
    let (result, _) = compile(&encoded, &["walet.proto", "wallet.proto"]);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("does not hold [\"walet.proto\"]; it holds"), "{error}");
    assert!(error.contains("\n  wallet.proto"), "{error}");
    for end in [1, 20, encoded.len() / 2, encoded.len() - 1] {
        let (result, written) = compile(&encoded[..end], &[]);
        let error = result.unwrap_err().to_string();
        assert!(error.contains("the descriptors cannot be read"), "{error}");
        assert_eq!(written, BTreeMap::new());
    }
}

/// prost-types drops what it does not know: such a set has no annotation any more.
#[test]
fn a_set_that_lost_its_annotations_opens_nothing() {
    let encoded = set(&[wallet(&good_method("GetAccount"))]);
    let lost = FileDescriptorSet::decode(encoded.as_slice()).unwrap().encode_to_vec();
    let (result, written) = compile(&lost, &["wallet.proto"]);
    assert!(result.unwrap_err().to_string().contains("error[E01]"));
    assert_eq!(written, BTreeMap::new());
}

#[test]
fn a_set_without_source_information_is_enough() {
    let files = [wallet(&good_method("GetAccount"))];
    let bare = Request::of(&files).proto_file.into_iter().map(|file| {
        // Field 9 of a file, after which there is only its syntax.
        let whole = prost_types::FileDescriptorProto::decode(file.as_slice()).unwrap();
        let info = whole.source_code_info.unwrap_or_default();
        let mut field = vec![0x4a];
        info.encode_length_delimited(&mut field).unwrap();
        let at = file.windows(field.len()).position(|window| window == field);
        let mut file = file;
        at.map(|at| file.drain(at..at + field.len()));
        let bare = prost_types::FileDescriptorProto::decode(file.as_slice()).unwrap();
        assert_eq!(bare.source_code_info, None);
        Bytes::from(file)
    });
    let bare = Set { file: bare.collect() }.encode_to_vec();
    let (result, written) = compile(&bare, &["wallet.proto"]);
    result.unwrap();
    let guards = |files: &BTreeMap<String, String>| files["acme.wallet.v1.meshauth.rs"].clone();
    assert_eq!(guards(&written), guards(&build(&files).written()));
}

#[test]
fn a_set_that_a_run_wrote_in_full_is_one_to_generate_from() {
    let directory = TempDir::new().unwrap();
    let file = wallet(&good_method("GetAccount"));
    fs::write(directory.path().join(&file.name), &file.text).unwrap();
    let (out, path) = (directory.path().join("out"), directory.path().join("set.bin"));
    fs::create_dir(&out).unwrap();
    protoc_gen_meshauth::configure()
        .out_dir(&out)
        .include_file("mod.rs")
        .full_file_descriptor_set_path(&path)
        .compile_protos(&[&file.name], &[directory.path()])
        .unwrap();
    let (result, written) = compile(&fs::read(path).unwrap(), &["wallet.proto"]);
    result.unwrap();
    assert_eq!(written, texts(&out));
}

#[test]
fn the_policies_of_a_set_are_those_that_code_is_generated_from() {
    let public = "\n  rpc Now(M) returns (M) {\n    option ($) = { type: METHOD_TYPE_READ \
                  access_level: METHOD_ACCESS_LEVEL_PUBLIC };\n  }";
    let verified = "\n  rpc Close(M) returns (M) {\n    option ($) = { type: METHOD_TYPE_WRITE \
                    access_level: METHOD_ACCESS_LEVEL_AUTHORISED roles: [ROLE_WALLET_ADMIN] \
                    verification_status: VERIFICATION_STATUS_VERIFIED };\n  }";
    let tables = policies(&set(&[wallet(&format!("{public}{verified}"))]), &[], None).unwrap();
    let [now, close] = &tables[..] else { panic!("{tables:?}") };
    assert_eq!(now.path, "/acme.wallet.v1.Wallet/Now");
    assert_eq!((now.operation, &now.access), (Operation::Read, &MethodAccess::Public));
    assert_eq!(close.service, "acme.wallet.v1.Wallet");
    let roles = vec![(1_000_000, "ROLE_WALLET_ADMIN".to_owned())];
    assert_eq!(close.operation, Operation::Write);
    assert_eq!(close.access, MethodAccess::Authorised { roles, verified: true });
}

#[test]
fn policies_are_checked_as_code_is_and_a_breach_has_its_place() {
    let files = [wallet("\n  rpc Open(M) returns (M);")];
    let error = policies(&set(&files), &[], None).unwrap_err();
    let found: Vec<_> = error.diagnostics().map(|found| (found.code(), found.place())).collect();
    assert!(matches!(found[..], [(Code::E01, place)] if place.file == "wallet.proto"), "{error}");
    // Of files that are not named nothing is asked.
    let import = service_file("bank.proto", "acme.bank.v1", &good_method("GetBank"));
    let both = set(&[files[0].clone(), import]);
    assert_eq!(policies(&both, &["bank.proto"], None).unwrap().len(), 1);
    assert!(policies(&both, &["none.proto"], None).unwrap_err().to_string().contains("none.proto"));
    let error = policies(&both, &["bank.proto"], Some("acme.access.v1.access")).unwrap_err();
    assert!(error.diagnostics().any(|found| found.code() == Code::E01), "{error}");
    assert!(policies(b"\xff", &[], None).is_err());
}
