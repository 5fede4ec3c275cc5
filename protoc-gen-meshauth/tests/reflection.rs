//! The descriptor set for server reflection, which shows it to everybody: it says what can be called,
//! and not who may.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{collections::BTreeMap, fs, path::PathBuf};

use common::{Proto, api, good_method, proto, texts, wallet};
use prost::Message;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::{FileDescriptorSet, MethodOptions};
use protoc_gen_meshauth::{Builder, Error};
use tempfile::TempDir;

/// What a run wrote: the code, the descriptor set and the one with everything.
struct Written {
    code: BTreeMap<String, String>,
    set: Vec<u8>,
    full: Vec<u8>,
}

fn run(files: &[Proto], options: &[&str]) -> Written {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    let builder = protoc_gen_meshauth::configure()
        .file_descriptor_set_path(path("set.bin"))
        .full_file_descriptor_set_path(path("full.bin"));
    let builder = options.iter().fold(builder, |builder, option| builder.option(*option));
    compile(&directory, builder, files).unwrap();
    let read = |name: &str| fs::read(path(name)).unwrap();
    Written { code: texts(&path("out")), set: read("set.bin"), full: read("full.bin") }
}

fn compile(directory: &TempDir, builder: Builder, files: &[Proto]) -> Result<(), Error> {
    let (protos, out) = (directory.path().join("proto"), directory.path().join("out"));
    fs::create_dir_all(&out).unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|file| protos.join(&file.name)).collect();
    for (path, file) in paths.iter().zip(files) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    builder.out_dir(out).compile_protos(&paths, &[protos])
}

fn methods(set: &[u8]) -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(set).unwrap();
    pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

fn contains(set: &[u8], text: &str) -> bool {
    set.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A method with options of all kinds, and comments with reasons.
fn file() -> Proto {
    let text = wallet(&good_method("GetAccount")).text.replace(
        "\n  rpc GetAccount",
        "\n  // Asked for in OPS-12.\n  // meshauth:allow(viewer_on_write) reason: a secret\n  rpc GetAccount",
    );
    let text = text.replace(
        "    option (mesh",
        "    option deprecated = true;
    option idempotency_level = NO_SIDE_EFFECTS;
    option (note) = \"kept\";
    option (mesh",
    );
    let text = text.replace("import ", "import \"google/protobuf/descriptor.proto\";\nimport ");
    proto(
        "wallet.proto",
        &format!(
            "{text}
        extend google.protobuf.MethodOptions {{ string note = 50123; }}"
        ),
    )
}

#[test]
fn t_a13_the_descriptor_set_shows_neither_annotations_nor_comments() {
    for (files, options) in [(vec![file()], &["lint=unused_directive:allow"][..]), (api(), &[])] {
        let Written { set, full, .. } = run(&files, options);
        let (shown, all) = (methods(&set), methods(&full));
        assert_eq!(shown.len(), all.len());
        for (shown, all) in shown.iter().zip(&all) {
            let annotation = all.options().extensions().count();
            assert!(annotation > 0, "{}", all.full_name());
            let name = |method: &MethodDescriptor| {
                let options = method.options();
                let names = options.extensions().map(|(found, _)| found.full_name().to_owned());
                names.collect::<Vec<_>>()
            };
            let kept: Vec<_> =
                name(all).into_iter().filter(|name| !name.starts_with("meshtrade")).collect();
            assert_eq!(name(shown), kept, "{}", shown.full_name());
            assert_eq!(shown.options().unknown_fields().count(), 0, "{}", shown.full_name());
            // The rest is as it was.
            assert_eq!(shown.full_name(), all.full_name());
            assert_eq!(shown.input().full_name(), all.input().full_name());
            assert_eq!(shown.is_server_streaming(), all.is_server_streaming());
        }
        let decoded = FileDescriptorSet::decode(set.as_slice()).unwrap();
        assert!(decoded.file.iter().all(|file| file.source_code_info.is_none()));
        let full = FileDescriptorSet::decode(full.as_slice()).unwrap();
        assert!(full.file.iter().any(|file| file.source_code_info.is_some()));
        // But for that, prost-types sees no difference: it drops the annotations itself.
        let bare = |mut set: FileDescriptorSet| {
            for file in &mut set.file {
                file.source_code_info = None;
                let services = &mut file.service;
                for method in services.iter_mut().flat_map(|service| &mut service.method) {
                    method.options =
                        method.options.take().filter(|o| *o != MethodOptions::default());
                }
            }
            set
        };
        assert!(bare(decoded) == bare(full), "more than that is different");
    }
    let Written { set, full, .. } = run(&[file()], &["lint=unused_directive:allow"]);
    for reason in ["OPS-12", "a secret"] {
        assert!(contains(&full, reason) && !contains(&set, reason), "{reason}");
    }
    assert!(contains(&set, "kept"));
    let method = methods(&set).remove(0);
    assert!(method.method_descriptor_proto().options.as_ref().unwrap().deprecated());
}

#[test]
fn t_a13_an_annotation_of_ones_own_is_not_shown_either() {
    let own =
        "syntax = \"proto3\"; package acme.access; import \"google/protobuf/descriptor.proto\";
        enum Type { TYPE_UNSPECIFIED = 0; TYPE_READ = 1; TYPE_WRITE = 2; }
        enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_PUBLIC = 1; LEVEL_AUTHORISED = 2; }
        enum Status { STATUS_UNSPECIFIED = 0; STATUS_VERIFIED = 1; }
        enum Role { ROLE_UNSPECIFIED = 0; ROLE_WALLET_ADMIN = 7; }
        message Access { Type type = 1; Level access_level = 2; repeated Role roles = 3;
          Status verification_status = 4; }
        extend google.protobuf.MethodOptions { Access access = 51000; }";
    let wallet = "syntax = \"proto3\"; package acme.wallet.v1; import \"access.proto\";
        message M {}
        service Wallet { rpc Get(M) returns (M) { option (acme.access.access) = {
          type: TYPE_READ access_level: LEVEL_AUTHORISED roles: [ROLE_WALLET_ADMIN] }; } }";
    let files = [proto("access.proto", own), proto("wallet.proto", wallet)];
    let Written { set, full, .. } = run(&files, &["annotation=acme.access.access"]);
    assert_eq!(methods(&full)[0].options().extensions().count(), 1);
    assert_eq!(methods(&set)[0].options().extensions().count(), 0);
    assert_eq!(methods(&set)[0].method_descriptor_proto().options, None);
}

#[test]
fn the_role_tables_are_the_same_whatever_is_written_for_reflection() {
    let Written { code, .. } = run(&api(), &[]);
    let directory = TempDir::new().unwrap();
    compile(&directory, protoc_gen_meshauth::configure(), &api()).unwrap();
    assert!(code == texts(&directory.path().join("out")), "the code differs");
    assert!(code["meshtrade.wallet.account.v1.meshauth.rs"].contains("pub static POLICY"));
}

#[test]
fn the_descriptor_sets_are_written_only_when_the_rules_hold() {
    let directory = TempDir::new().unwrap();
    let (set, full) = (directory.path().join("set.bin"), directory.path().join("full.bin"));
    let builder = protoc_gen_meshauth::configure()
        .file_descriptor_set_path(&set)
        .full_file_descriptor_set_path(&full);
    compile(&directory, builder, &[wallet("\n  rpc GetAccount(M) returns (M);")]).unwrap_err();
    assert!(!set.exists() && !full.exists());
}
