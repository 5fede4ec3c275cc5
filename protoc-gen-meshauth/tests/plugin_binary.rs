//! The program itself: its arguments, and what it answers on standard output whatever it is sent.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{
    ffi::OsStr,
    io::Write,
    process::{Command, Output, Stdio},
};

use common::{Request, good_method, owned, texts, wallet};
use prost::Message;
use prost_types::compiler::{CodeGeneratorResponse, code_generator_response::Feature};
use protoc_gen_meshauth::PROTOS;

/// Runs the plugin with nothing on standard input.
fn run(arguments: &[impl AsRef<OsStr>]) -> Output {
    send(arguments, b"")
}

/// Runs the plugin with this on standard input.
fn send(arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_protoc-gen-meshauth"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that was given arguments may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What the plugin answers to a request. It must never fail as a program: protoc would hide the
/// report.
#[track_caller]
fn answer(request: &[u8]) -> CodeGeneratorResponse {
    let output = send(&[] as &[&str], request);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let response = CodeGeneratorResponse::decode(output.stdout.as_slice()).unwrap();
    // Without it, protoc refuses files with `optional`.
    assert_eq!(response.supported_features(), Feature::Proto3Optional as u64);
    response
}

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{output:?}");
    str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn help_and_version() {
    for flag in ["--help", "-h"] {
        let output = run(&[flag]);
        let help = succeeds(&output);
        for says in [
            "--protos DIR",
            "--new-annotation PACKAGE",
            "--help",
            "--version",
            "--meshauth_out=",
            "strategy: all",
        ] {
            assert!(help.contains(says), "{help}");
        }
    }
    for flag in ["--version", "-V"] {
        let expected = format!("protoc-gen-meshauth {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(succeeds(&run(&[flag])), expected);
    }
}

#[test]
fn protos_are_written_where_imports_find_them() {
    let directory = tempfile::TempDir::new().unwrap();
    let target = directory.path().join("not/yet/there");
    let arguments = [OsStr::new("--protos"), target.as_os_str()];
    let written = PROTOS.map(|(name, _)| format!("{}\n", target.join(name).display())).concat();
    assert_eq!(succeeds(&run(&arguments)), written);
    let expected = PROTOS.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(texts(&target), expected.into_iter().collect());

    // Once more, over what is there; but not over what somebody changed.
    assert_eq!(succeeds(&run(&arguments)), written);
    let role = target.join(PROTOS[1].0);
    std::fs::write(&role, "// Mine.\n").unwrap();
    std::fs::remove_file(target.join(PROTOS[0].0)).unwrap();
    let output = run(&arguments);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(says.contains(&format!("{} is there and differs", role.display())), "{says}");
    assert_eq!(texts(&target).values().collect::<Vec<_>>(), ["// Mine.\n"]);
}

#[test]
fn protos_that_cannot_be_written_say_where() {
    let program = env!("CARGO_BIN_EXE_protoc-gen-meshauth");
    let output = run(&["--protos", program]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(says.starts_with(&format!("protoc-gen-meshauth: {program}/")), "{says}");
    for arguments in [&["--protos"][..], &["--protos", ""]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--protos needs a directory"));
    }
}

#[test]
fn an_annotation_is_written_where_it_is_imported_and_never_over_another() {
    let directory = tempfile::TempDir::new().unwrap();
    let target = directory.path().join("not/yet/there");
    let arguments = [OsStr::new("--new-annotation"), "acme.access.v1".as_ref(), target.as_os_str()];
    let path = target.join("acme/access/v1/access.proto");
    let output = run(&arguments);
    let says = succeeds(&output);
    assert!(says.starts_with(&format!("{}\n", path.display())), "{says}");
    assert!(says.ends_with("  annotation=acme.access.v1.access\n"), "{says}");
    assert_eq!(texts(&target).len(), 1);

    let written = std::fs::read_to_string(&path).unwrap();
    let output = run(&arguments);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(says.contains(&format!("{} is there already; remove it", path.display())), "{says}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
}

#[test]
fn an_annotation_that_cannot_be_named_so_is_refused() {
    for (arguments, says) in [
        (&[][..], "needs the name of a package, such as acme.access.v1"),
        (&["acme.access.v1", "a", "b"], "needs the name of a package"),
        (
            &["Acme"],
            "`Acme` is no name for the package of an annotation: write words in lower case",
        ),
        (&["../acme"], "`../acme` is no name for the package"),
        (&["acme.access.v1", "--roles"], "--roles needs one list, such as ADMIN,VIEWER"),
        (&["acme.access.v1", "--roles", "A", "--roles", "B"], "--roles needs one list"),
        (&["acme.access.v1", "--roles", "EDITOR"], "`EDITOR` is no name for a role: write ADMIN"),
        (&["acme.access.v1", "--force"], "--new-annotation does not take `--force`"),
    ] {
        let output = run(&[&["--new-annotation"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
}

#[test]
fn stray_arguments_are_refused() {
    for arguments in [
        &["--protos", "a", "b"][..],
        &["--help", "--version"],
        &["--mesh"],
        &["wallet.proto"],
        &[""],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        let says = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(says.contains("does not take these arguments, see --help"), "{says}");
    }
}

#[test]
fn a_request_is_answered_with_what_execute_makes() {
    let request = Request::of(&[owned(wallet(&good_method("GetAccount")))]);
    let response = answer(&request.encode_to_vec());
    assert_eq!(response.error, None);
    assert_eq!(response.file, request.execute().unwrap());
    // Nothing to do is no error.
    assert_eq!(answer(b"").file, []);
}

#[test]
fn breaches_and_options_are_answered_as_an_error() {
    let request = Request::of(&[wallet("\n  rpc GetAccount(M) returns (M);")]);
    let response = answer(&request.encode_to_vec());
    assert_eq!(response.error(), request.execute().unwrap_err().text_for_people());
    assert!(response.error().contains("wallet.proto:6:3: error[E01]: "), "{}", response.error());
    assert_eq!(response.file, []);

    let response = answer(&request.with("colour").encode_to_vec());
    assert!(response.error().starts_with("meshauth: unknown option `colour`"), "{response:?}");
}

#[test]
fn garbage_is_answered_as_an_error() {
    let request = Request::of(&[wallet(&good_method("GetAccount"))]);
    let encoded = request.encode_to_vec();
    // The last one names a message that is not there.
    let unfindable =
        request.clone().replace(".acme.wallet.v1.M", ".acme.wallet.v1.N").encode_to_vec();
    for garbage in [
        &b"\xff\xff\xff\xff"[..],
        b"garbage\n",
        &[0; 64],
        &encoded[..encoded.len() / 2],
        &unfindable,
    ] {
        let response = answer(garbage);
        let says = response.error();
        assert!(says.starts_with("meshauth: the descriptors cannot be read: "), "{says}");
        assert!(!says.contains(".rs:"), "this is where a program panicked: {says}");
        assert_eq!(response.file, []);
    }
    let path = request.replace("acme.wallet.v1", "..//..//evil/x").encode_to_vec();
    let says = answer(&path).error().to_owned();
    assert!(says.contains("error[E12]: `..//..//evil/x` has no name in Rust"), "{says}");
}
