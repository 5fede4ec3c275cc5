//! The forms of the report, for programs and for people, as the program and a build script show
//! them.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{
    env,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use common::{Proto, Request, good_method, owned, wallet};
use prost::Message;
use prost_types::compiler::CodeGeneratorResponse;
use serde_json::Value;

/// Warned about: its name, and that it writes for anyone.
const WARNED: &str = "
  rpc GetAccount(M) returns (M) {
    option ($) = { type: METHOD_TYPE_WRITE access_level: METHOD_ACCESS_LEVEL_PUBLIC };
  }";

fn warned() -> Proto {
    wallet(WARNED)
}

fn wrong() -> Proto {
    wallet(&format!("{WARNED}\n  rpc Bare(M) returns (M);"))
}

/// What the program writes to standard error, and what it answers.
fn plugin(file: &Proto, options: &str) -> (String, CodeGeneratorResponse) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_protoc-gen-meshauth"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let request = Request::of(std::slice::from_ref(file)).with(options).encode_to_vec();
    child.stdin.take().unwrap().write_all(&request).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let response = CodeGeneratorResponse::decode(output.stdout.as_slice()).unwrap();
    (String::from_utf8(output.stderr).unwrap(), response)
}

/// What is found in a file, by `execute`.
fn expected(file: &Proto, root: &str) -> Vec<Value> {
    let result = Request::of(std::slice::from_ref(file)).generate();
    let found: Vec<_> = match &result {
        Ok(generated) => generated.warnings.diagnostics().collect(),
        Err(error) => error.diagnostics().collect(),
    };
    let value = |found: &&protoc_gen_meshauth::Diagnostic| {
        serde_json::json!({
            "file": format!("{root}{}", found.place().file),
            "line": found.place().line,
            "column": found.place().column,
            "severity": found.severity().to_string(),
            "code": found.code().to_string(),
            "message": found.message(),
            "help": found.help(),
        })
    };
    found.iter().map(value).collect()
}

fn parsed(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect()
}

const SUMMARY: &str = "meshauth: 1 error and 2 warnings in 1 file, nothing was generated";

#[test]
fn text_errors_are_in_the_response_and_text_warnings_on_standard_error() {
    for options in ["", "diagnostics=text"] {
        let (shown, response) = plugin(&wrong(), options);
        assert_eq!(shown, "");
        assert!(response.error().contains(": error[E01]: "), "{response:?}");
        assert!(response.error().contains(": warning[public_write]: "), "{response:?}");
        assert!(response.error().ends_with(SUMMARY), "{response:?}");

        let (shown, response) = plugin(&warned(), options);
        assert_eq!(response.error, None);
        assert!(!response.file.is_empty());
        let warnings = Request::of(&[warned()]).generate().unwrap().warnings;
        assert_eq!(shown, format!("{warnings}\n"));
        assert!(shown.ends_with("\nmeshauth: 2 warnings in 1 file\n"), "{shown}");
    }
    assert_eq!(plugin(&owned(wallet(&good_method("GetAccount"))), "").0, "");
}

#[test]
fn json_is_on_standard_error_an_object_a_line_in_the_order_of_the_text() {
    let (shown, response) = plugin(&wrong(), "diagnostics=json");
    assert_eq!(response.error(), SUMMARY);
    assert_eq!(response.file, []);
    assert_eq!(parsed(&shown), expected(&wrong(), ""));
    assert_eq!(parsed(&shown).len(), 3);

    let (shown, response) = plugin(&warned(), "diagnostics=json");
    assert_eq!(response.error, None);
    assert_eq!(response.file, Request::of(&[warned()]).execute().unwrap());
    assert_eq!(parsed(&shown), expected(&warned(), ""));
    assert_eq!(plugin(&owned(wallet(&good_method("GetAccount"))), "diagnostics=json").0, "");
}

#[test]
fn github_is_on_standard_error_a_command_a_line() {
    let (shown, response) = plugin(&wrong(), "diagnostics=github");
    assert_eq!(response.error(), SUMMARY);
    let expected: Vec<_> = expected(&wrong(), "").iter().map(command).collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    assert!(shown.contains("%0Ahelp: "), "{shown}");

    let (shown, response) = plugin(&warned(), "diagnostics=github");
    assert_eq!(response.error, None);
    assert!(!response.file.is_empty());
    assert!(shown.lines().all(|line| line.starts_with("::warning file=wallet.proto,line=")));
    assert_eq!(shown.lines().count(), 2);
}

/// A finding as GitHub takes it: nothing in it but line ends has to be escaped.
fn command(found: &Value) -> String {
    let text = |name: &str| found[name].as_str().unwrap().replace('\n', "%0A");
    format!(
        "::{} file={},line={},col={},title=meshauth {}::{}%0Ahelp: {}",
        text("severity"),
        text("file"),
        found["line"],
        found["column"],
        text("code"),
        text("message"),
        text("help"),
    )
}

#[test]
fn proto_root_is_put_before_the_names_of_files() {
    for root in ["protos", "protos/"] {
        let (shown, response) = plugin(&wrong(), &format!("proto_root={root}"));
        assert!(response.error().contains("\nprotos/wallet.proto:"), "{response:?}");
        assert_eq!(shown, "");
        for (format, starts) in
            [("text", "protos/wallet.proto:"), ("github", "::warning file=protos/wallet.proto,")]
        {
            let options = format!("proto_root={root},diagnostics={format}");
            let (shown, _) = plugin(&warned(), &options);
            assert!(shown.starts_with(starts), "{shown}");
        }
        for file in [wrong(), warned()] {
            let (shown, _) = plugin(&file, &format!("proto_root={root},diagnostics=json"));
            assert_eq!(parsed(&shown), expected(&file, "protos/"));
        }
    }
}

/// Where the build script of a child process finds its protos; its options, separated by commas.
const DIRECTORY: &str = "MESHAUTH_TEST_DIRECTORY";
const OPTIONS: &str = "MESHAUTH_TEST_OPTIONS";

/// A build script, when `build_script` below starts this program again.
#[test]
fn child_that_is_a_build_script() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    let options = env::var(OPTIONS).unwrap();
    let builder = protoc_gen_meshauth::configure().out_dir(directory);
    let options = options.split(',').filter(|option| !option.is_empty());
    let builder = options.fold(builder, protoc_gen_meshauth::Builder::option);
    println!("the build script begins");
    if let Err(error) = builder.compile_protos(&[directory.join("wallet.proto")], &[directory]) {
        // As the runtime of Rust shows it.
        eprintln!("Error: {error:?}");
    }
    println!("the build script ends");
}

/// The lines that a build script prints, and what it fails with. `here` stands for its directory.
fn build_script(file: &Proto, options: &str) -> (Vec<String>, String) {
    let directory = tempfile::TempDir::new().unwrap();
    std::fs::write(directory.path().join("wallet.proto"), &file.text).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_that_is_a_build_script", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .env(OPTIONS, options)
        .env_remove("CARGO")
        .output()
        .unwrap();
    let here = directory.path().display().to_string();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&here, "here");
    let (printed, failed) = (text(output.stdout), text(output.stderr));
    let printed = printed.lines().skip_while(|line| !line.ends_with("the build script begins"));
    let printed = printed.skip(1).take_while(|line| *line != "the build script ends");
    (printed.map(str::to_owned).collect(), failed)
}

/// The lines of warnings, as cargo takes them.
fn for_cargo(lines: &str) -> Vec<String> {
    lines.lines().map(|line| format!("cargo::warning={line}")).collect()
}

#[test]
fn a_build_script_hands_each_line_of_a_warning_to_cargo() {
    let (printed, failed) = build_script(&warned(), "");
    assert_eq!(failed, "");
    let warnings = Request::of(&[warned()]).generate().unwrap().warnings;
    let lines: Vec<_> = warnings.diagnostics().map(|found| format!("here/{found}\n")).collect();
    let lines = lines.concat();
    assert_eq!(printed, for_cargo(&lines));
    assert!(printed.len() > 2 && printed[1].starts_with("cargo::warning=    help: "));
    assert_eq!(build_script(&owned(wallet(&good_method("Get"))), "").0, <[String; 0]>::default());
}

#[test]
fn a_build_script_hands_formats_to_cargo_a_line_each() {
    let (printed, _) = build_script(&warned(), "diagnostics=json");
    let lines: Vec<_> =
        printed.iter().map(|line| line.strip_prefix("cargo::warning=").unwrap()).collect();
    assert_eq!(parsed(&lines.join("\n")), expected(&warned(), "here/"));
    let (printed, _) = build_script(&warned(), "diagnostics=github");
    let expected: Vec<_> = expected(&warned(), "here/").iter().map(command).collect();
    assert_eq!(printed, for_cargo(&expected.join("\n")));
}

#[test]
fn a_build_script_that_fails_prints_no_warnings_and_shows_the_whole_report() {
    let (printed, failed) = build_script(&wrong(), "");
    assert_eq!(printed, <[String; 0]>::default());
    let report = Request::of(&[wrong()]).execute().unwrap_err().to_string();
    let report = report.replace("wallet.proto:", "here/wallet.proto:");
    assert_eq!(failed, format!("Error: the access annotations are not complete\n{report}\n"));
}

#[test]
fn a_build_script_that_fails_shows_formats_on_lines_of_their_own() {
    let (printed, failed) = build_script(&wrong(), "diagnostics=json");
    assert_eq!(printed, <[String; 0]>::default());
    let failed = failed.strip_prefix("Error: the access annotations are not complete\n").unwrap();
    let objects = failed.strip_suffix(&format!("{SUMMARY}\n")).unwrap();
    assert_eq!(parsed(objects), expected(&wrong(), "here/"));

    let (_, failed) = build_script(&wrong(), "diagnostics=github");
    let lines: Vec<_> = failed.lines().collect();
    let expected: Vec<_> = expected(&wrong(), "here/").iter().map(command).collect();
    assert_eq!(lines[1..lines.len() - 1], expected);
    assert_eq!(lines.last(), Some(&SUMMARY));
}

#[test]
fn the_findings_and_the_text_of_an_error_are_had_apart() {
    let with = |options| Request::of(&[wrong()]).with(options).execute().unwrap_err();
    let text = with("diagnostics=text");
    assert_eq!(text.lines_for_programs(), "");
    // protoc and buf write words before it: the first finding is to begin a line.
    assert_eq!(text.text_for_people(), format!("the access annotations are not complete\n{text}"));
    for format in ["diagnostics=json", "diagnostics=github"] {
        let error = with(format);
        let shown = error.lines_for_programs();
        assert_eq!(error.text_for_people(), SUMMARY);
        assert_eq!(error.to_string(), format!("{shown}{SUMMARY}"));
        assert_eq!(shown.lines().count(), 3);
    }
    // What is not about annotations has one form.
    let error = Request::of(&[wrong()]).with("diagnostics=json,colour").execute().unwrap_err();
    assert_eq!(error.lines_for_programs(), "");
    assert_eq!(error.text_for_people(), error.to_string());
}
