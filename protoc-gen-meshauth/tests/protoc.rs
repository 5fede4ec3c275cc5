//! The real flows, with protoc and with buf: the same bytes as from a build script, and code that
//! compiles.
//!
//! They need tools that are not everywhere, so each runs only when it is asked for; then a missing
//! tool is a failure.

#![cfg(feature = "build-script")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault in a test fails it, and what is left out is said"
)]

mod common;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::{Proto, Request, api, build, proto, texts, wallet};
use tempfile::TempDir;

const PLUGIN: &str = env!("CARGO_BIN_EXE_protoc-gen-meshauth");

/// Whether a flow was asked for. What is left out is said.
fn asked_for(variable: &str, needs: &str) -> bool {
    let asked = env::var_os(variable).is_some_and(|value| value == "1");
    if !asked {
        println!("left out: set {variable}=1 to run it; it needs {needs}");
    }
    asked
}

/// A directory with these files below `proto`.
fn directory_with(files: &[Proto]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for file in files {
        let path = directory.path().join("proto").join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    directory
}

/// protoc with the plugins of prost, of tonic and this one, in one call into one directory.
fn protoc(directory: &Path, files: &[Proto]) -> (Output, PathBuf) {
    let out = directory.join("out");
    fs::create_dir_all(&out).unwrap();
    let output = Command::new("protoc")
        .arg(format!("--plugin=protoc-gen-meshauth={PLUGIN}"))
        .args(["prost", "tonic", "meshauth"].map(|name| format!("--{name}_out={}", out.display())))
        .arg("-I")
        .arg(directory.join("proto"))
        .args(files.iter().map(|file| &file.name))
        .output()
        .expect("protoc is in the PATH");
    (output, out)
}

/// The API, and what it does not have: resources of proto2, and names that are Rust's own.
fn api_and_oddities() -> Vec<Proto> {
    let proto2 = "syntax = \"proto2\";
package odd.type.v1;
import \"meshtrade/option/method_options/v1/method_options.proto\";
message Must { required string owner = 1; repeated string owners = 2; }
message May { optional string owner = 1; repeated string owners = 2; optional May inner = 3; }
message Holder {
  required Must must = 1;
  optional May may = 2;
  repeated Must many = 3;
  map<int32, May> mapped = 4;
  oneof kind { Must one = 5; May other = 6; }
  optional group Part = 7 { required string owner = 1; repeated string owners = 2; }
}
service Result {
  rpc Some(Holder) returns (stream May) { option ($) = { LET_IN } ; }
  rpc None(stream Must) returns (Holder) { option ($) = { LET_IN } ; }
}
service Drop {
  rpc match(Holder) returns (Must) { option ($) = { LET_IN } ; }
  rpc Self(stream Holder) returns (stream Holder) { option ($) = { LET_IN } ; }
  rpc enter(May) returns (May) { option ($) = { LET_IN } ; }
}
";
    let let_in = "type: METHOD_TYPE_WRITE access_level: METHOD_ACCESS_LEVEL_AUTHORISED \
                  roles: ROLE_WALLET_ADMIN";
    let mut files = api();
    files.push(proto("odd/odd.proto", &proto2.replace("LET_IN", let_in)));
    files
}

/// That the guards are those of a build script, and that prost's files include them after tonic's.
fn holds_the_guards(out: &Path, files: &[Proto]) -> usize {
    let built = build(files);
    built.result.as_ref().unwrap();
    let is_guard = |(name, _): &(String, String)| name.ends_with(".meshauth.rs");
    let expected = built.written().into_iter().filter(is_guard);
    let expected: BTreeMap<_, _> =
        expected.map(|(name, text)| (name.replace("r#", ""), text)).collect();

    let written = texts(out);
    let names = written.keys().filter(|name| name.ends_with(".meshauth.rs"));
    let names: Vec<_> = names.map(|name| name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names.len(), expected.len(), "{names:?}");
    for (name, text) in &written {
        let (directory, name) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(package) = name.strip_suffix(".meshauth.rs") else { continue };
        assert_eq!(text, &expected[name], "{name}");
        let by_prost = &written[&format!("{directory}/{package}.rs")];
        let include =
            |name: &str| by_prost.match_indices(&format!("include!(\"{name}\");")).count();
        assert_eq!(include(name), 1, "{package}");
        let has_server = text.contains("Server<S>");
        assert_eq!(include(&format!("{package}.tonic.rs")), usize::from(has_server), "{package}");
    }
    names.len()
}

#[test]
fn protoc_generates_the_same_bytes() {
    if !asked_for("MESHAUTH_PROTOC_FLOW", "protoc, protoc-gen-prost and protoc-gen-tonic") {
        return;
    }
    let files = api_and_oddities();
    let directory = directory_with(&files);
    let (output, out) = protoc(directory.path(), &files);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(holds_the_guards(&out, &files) > 10);
}

#[test]
fn protoc_shows_the_report_and_fails() {
    if !asked_for("MESHAUTH_PROTOC_FLOW", "protoc, protoc-gen-prost and protoc-gen-tonic") {
        return;
    }
    let mut files = api();
    files.push(wallet("\n  rpc GetAccount(M) returns (M);\n  rpc PutAccount(M) returns (M);"));
    let directory = directory_with(&files);
    let (output, out) = protoc(directory.path(), &files);
    let (status, says) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
    assert_eq!(status, Some(1), "{says}");
    // With the lines and columns that protox reports.
    let report = Request::of(&files).execute().unwrap_err().to_string();
    assert!(says.contains(&report), "{says}");
    assert!(says.contains("wallet.proto:7:3: error[E01]: `acme.wallet.v1.Wallet.PutAccount`"));
    assert!(texts(&out).is_empty(), "protoc writes nothing if one plugin refuses");
}

/// buf with the plugins of prost, of tonic, this one, and the one that makes the module tree.
fn buf(directory: &Path) -> Output {
    fs::write(directory.join("buf.yaml"), "version: v2\nmodules: [{ path: proto }]\n").unwrap();
    let plugins = format!(
        "version: v2
plugins:
  - {{ local: protoc-gen-prost, out: src/gen, strategy: all }}
  - {{ local: protoc-gen-tonic, out: src/gen, strategy: all }}
  - {{ local: {PLUGIN:?}, out: src/gen, strategy: all }}
  - local: protoc-gen-prost-crate
    out: src/gen
    strategy: all
    opt: [include_file=mod.rs, no_features]
"
    );
    fs::write(directory.join("buf.gen.yaml"), plugins).unwrap();
    Command::new("buf").arg("generate").current_dir(directory).output().expect("buf is in the PATH")
}

#[test]
fn buf_generates_the_same_bytes_and_they_compile() {
    if !asked_for("MESHAUTH_BUF_FLOW", "buf, and protoc-gen-{prost,tonic,prost-crate}") {
        return;
    }
    let files = api_and_oddities();
    let directory = directory_with(&files);
    let output = buf(directory.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(holds_the_guards(&directory.path().join("src/gen"), &files) > 10);
    for edition in ["2021", "2024"] {
        compiles(directory.path(), edition);
    }
}

#[test]
fn buf_shows_the_report_and_fails() {
    if !asked_for("MESHAUTH_BUF_FLOW", "buf, and protoc-gen-{prost,tonic,prost-crate}") {
        return;
    }
    let mut files = api();
    files.push(wallet("\n  rpc GetAccount(M) returns (M);"));
    let directory = directory_with(&files);
    let output = buf(directory.path());
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{says}");
    assert!(says.contains(&Request::of(&files).execute().unwrap_err().to_string()), "{says}");

    // buf records the values in a block, which protox does not.
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_UNSPECIFIED]
    };
  }",
    );
    fs::write(directory.path().join("proto/wallet.proto"), &file.text).unwrap();
    let says = String::from_utf8_lossy(&buf(directory.path()).stderr).into_owned();
    assert!(says.contains(&format!("{}: error[E07]", file.place("roles: ["))), "{says}");
}

/// Checks the generated modules as a crate of their own, with every warning as an error.
fn compiles(directory: &Path, edition: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let runtime = root.join("meshauth-runtime").display().to_string();
    let manifest = format!(
        "[package]
name = \"generated\"
edition = \"{edition}\"
[workspace]
[dependencies]
meshauth-runtime = {{ path = {runtime:?}, features = [\"tonic\"] }}
prost = \"0.14\"
prost-types = \"0.14\"
tonic = {{ version = \"0.14\", default-features = false, features = [\"channel\", \"codegen\"] }}
tonic-prost = \"0.14\"
"
    );
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    fs::write(directory.join("src/lib.rs"), "include!(\"gen/mod.rs\");\n").unwrap();
    // The versions that the workspace is tested with.
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet"])
        .current_dir(directory)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", "-D warnings")
        // Kept between runs, for what does not change.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{edition}: {}", String::from_utf8_lossy(&output.stderr));
}
