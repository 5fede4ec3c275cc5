//! `meshauth decide`, as an operator runs it: the program itself, on a database, with the
//! descriptors of an example.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use meshauth_sql::{Administration, SqliteDirectory};
use protox::Compiler;
use serde_json::{Value, json};
use tempfile::TempDir;

const LIST: &str = "/brokerage.wallet.account.v1.AccountService/ListAccounts";
const BROKER: &str = "api_users/01JD8Q5V9W0000000000BR0KER";
const RISK_MONITOR: &str = "api_users/01JD8Q5V9W00000R1SKM0N1T0R";
const BROKER_GROUP: &str = "groups/01JD8Q5V9W0000000000BR0KER";
const CORPORATE: &str = "groups/01JD8Q5V9W0000000C0RP0RATE";
const KEY: &str = "EXAMPLE-not-a-secret-broker________________";

/// A folder with `mesh.db`, `directory.json` and `api.binpb`.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = fs::read_to_string(repository().join("examples/brokerage/directory.json"));
        let world = world.unwrap();
        fs::write(folder.path().join("directory.json"), &world).unwrap();
        let database = folder.path().join("mesh.db");
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async {
                drop(SqliteDirectory::open(&database).await.unwrap());
                let administration = Administration::of_sqlite(&database).await.unwrap();
                administration.import(&meshauth_runtime::World::from_json(&world).unwrap()).await
            })
            .unwrap();
        let protos = [
            "brokerage/iam/directory/v1/directory.proto",
            "brokerage/trading/limit_order/v1/limit_order.proto",
            "brokerage/wallet/account/v1/account.proto",
        ];
        let set = compile(&[repository().join("examples/brokerage/proto")], &protos);
        fs::write(folder.path().join("api.binpb"), set).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    /// On the database, with what is given.
    fn decide(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshauth"));
        command.current_dir(self.0.path()).env_remove("MESHAUTH_DATABASE").arg("decide");
        if !arguments.iter().any(|argument| matches!(*argument, "--directory" | "--database")) {
            command.args(["--database", "mesh.db"]);
        }
        if !arguments.contains(&"--descriptors") {
            command.args(["--descriptors", "api.binpb"]);
        }
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        outcome(self.decide(arguments).output().unwrap())
    }

    /// The answers to these lines, with the exit code and what was said beside them.
    fn lines(&self, lines: &str) -> (Option<i32>, Vec<Value>, String) {
        self.write("calls.jsonl", lines);
        let (code, out, said) = self.run(&["--lines", "calls.jsonl"]);
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compile(includes: &[PathBuf], protos: &[&str]) -> Vec<u8> {
    let annotation = repository().join("proto");
    let includes = includes.iter().chain([&annotation]);
    let mut compiler = Compiler::new(includes).unwrap();
    compiler.include_imports(true).include_source_info(true).open_files(protos).unwrap();
    compiler.encode_file_descriptor_set()
}

fn outcome(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn line(method: &str, entity: &str, group: &str) -> String {
    format!("{}\n", json!({ "method": method, "entity": entity, "group": group }))
}

#[test]
fn one_call_is_explained_and_the_exit_code_says_what_came_of_it() {
    let folder = Folder::new();
    let call =
        |entity, group| folder.run(&["--method", LIST, "--entity", entity, "--group", group]);
    let (code, out, _) = call(BROKER, CORPORATE);
    assert_eq!(code, Some(0));
    assert!(out.starts_with(&format!("allow: ROLE_WALLET_ADMIN granted in {BROKER_GROUP}\n")));
    assert!(out.contains(&format!("6 scope        pass what {CORPORATE} and")), "{out}");
    let (code, out, _) = call(RISK_MONITOR, BROKER_GROUP);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("deny: check 4 (role): none of these is granted"), "{out}");
    assert!(out.contains("The caller is told ROLE_REQUIRED"), "{out}");
    let (code, out, _) = call("users/00000000000000000000000001", BROKER_GROUP);
    assert_eq!(code, Some(1));
    let unknown = "users/00000000000000000000000001 is not in the directory";
    assert!(out.starts_with(&format!("deny: check 3 (entity): {unknown}\n")), "{out}");
    let (code, out, _) = folder.run(&["--method", "/none.v1.None/None", "--entity", BROKER]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("deny: check 1 (method): the descriptors have no"), "{out}");
    let file = ["--directory", "directory.json", "--method", LIST, "--entity", BROKER];
    let (code, out, _) = folder.run(&file);
    assert_eq!(code, Some(1));
    assert!(out.contains("GROUP_MISSING"), "{out}");
}

#[test]
fn a_key_is_read_from_a_file_or_standard_input_and_is_never_shown() {
    let folder = Folder::new();
    for (text, code, verdict) in [
        (KEY.to_owned(), 0, "allow"),
        (format!("{KEY}\n"), 0, "allow"),
        (format!("{KEY} "), 1, "deny: check 3 (entity): x-api-key is malformed"),
        (format!("{KEY}\n\n"), 1, "deny: check 3 (entity): x-api-key is malformed"),
        (KEY.replace("broker", "nobody"), 1, "deny: check 3 (entity): the key is unknown"),
    ] {
        folder.write("key", &text);
        let call = |file| ["--method", LIST, "--group", BROKER_GROUP, "--key-file", file];
        let of_file = folder.run(&call("key"));
        let mut command = folder.decide(&call("-"));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let of_input = outcome(child.wait_with_output().unwrap());
        assert_eq!(of_file, of_input);
        assert_eq!(of_file.0, Some(code), "{of_file:?}");
        assert!(of_file.1.starts_with(verdict), "{of_file:?}");
        assert!(!format!("{of_file:?}").contains("EXAMPLE"), "{of_file:?}");
    }
}

#[test]
fn each_line_has_its_answer_with_the_grant_that_allowed_it() {
    let folder = Folder::new();
    let with_id = json!({ "method": LIST, "entity": BROKER, "group": CORPORATE, "id": [1, "a"] });
    let lines = format!(
        "{with_id}\n\r\n{}{}{}",
        line(LIST, RISK_MONITOR, BROKER_GROUP),
        line(LIST, BROKER, "groups/01jd8q5v9w0000000000br0ker"),
        line("/none.v1.None/None", BROKER, BROKER_GROUP).trim_end(),
    );
    let (code, answers, said) = folder.lines(&lines);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let allowed = json!({
        "line": 1, "id": [1, "a"], "decision": "allow",
        "why": format!("ROLE_WALLET_ADMIN granted in {BROKER_GROUP}"),
        "grant": format!("{BROKER_GROUP}/roles/1000000"), "role": "ROLE_WALLET_ADMIN",
    });
    assert_eq!(answers[0], allowed);
    let denied: Vec<_> = answers[1..]
        .iter()
        .map(|answer| {
            assert_eq!(answer["decision"], "deny");
            assert!(answer.get("grant").is_none() && answer["why"].is_string(), "{answer}");
            [&answer["line"], &answer["check"], &answer["reason"]]
                .map(ToString::to_string)
                .join(" ")
        })
        .collect();
    let expected = [
        "3 \"role\" \"ROLE_REQUIRED\"",
        "4 \"group\" \"GROUP_MALFORMED\"",
        "5 \"method\" \"METHOD_UNKNOWN\"",
    ];
    assert_eq!(denied, expected);
}

#[test]
fn t_o11_a_broken_line_is_told_without_its_text_and_the_rest_is_decided() {
    let folder = Folder::new();
    let broken = [
        KEY.to_owned(),
        format!("\"{KEY}\""),
        format!("{{\"method\": \"{LIST}\", \"key\": \"{KEY}\"}}"),
        format!("{{\"method\": \"{LIST}\", \"entity\": \"{KEY}\"}}"),
        format!("{{\"method\": \"{LIST}\", \"group\": {{\"{KEY}\": 1}}}}"),
        format!("{{\"method\": \"{}\"}}", "x".repeat(100_000)),
    ];
    let good = line(LIST, BROKER, CORPORATE);
    let (code, answers, said) = folder.lines(&format!("{}\n{good}", broken.join("\n")));
    assert_eq!(code, Some(2));
    assert_eq!(answers.len(), broken.len() + 1);
    for (nth, answer) in (1..).zip(&answers[..broken.len()]) {
        assert_eq!(answer["line"], nth);
        assert!(answer["error"].is_string() && answer.get("decision").is_none(), "{answer}");
        assert!(said.contains(&format!("line {nth}: ")), "{said}");
    }
    assert_eq!((&answers[6]["line"], &answers[6]["decision"]), (&json!(7), &json!("allow")));
    assert!(said.ends_with("6 of 7 lines could not be read, and were not decided\n"), "{said}");
    assert!(!format!("{answers:?}{said}").contains("EXAMPLE"), "{said}");
}

#[test]
fn an_answer_comes_before_the_next_line_is_written() {
    let folder = Folder::new();
    let mut command = folder.decide(&["--lines", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut answers) =
        (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for _ in 0..3 {
        input.write_all(line(LIST, BROKER, CORPORATE).as_bytes()).unwrap();
        assert!(answers.next().unwrap().unwrap().contains("\"allow\""));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_cannot_be_used_is_exit_code_2_and_says_what_to_do() {
    let folder = Folder::new();
    folder.write("no.binpb", "not descriptors");
    let call = ["--method", LIST, "--entity", BROKER];
    for (arguments, said) in [
        (&["--descriptors", "no.binpb"][..], "no.binpb: "),
        (&["--descriptors", "none.binpb"], "none.binpb: "),
        (&["--database", "none.db"], "none.db: there is no such file"),
        (&["--database", "postgres://u:SECRET@host/d"], "the variable MESHAUTH_DATABASE"),
        (&["--database", ""], "which database?"),
        (&["--directory", "api.binpb"], "api.binpb: "),
        (&["--annotation", "acme.access.v1.access"], "acme.access.v1.access"),
        (&["--proto", "none.proto"], "none.proto"),
        (&["--lines", "-"], "cannot be used with"),
        (&["--key-file", "key"], "cannot be used with"),
    ] {
        let (code, out, error) = folder.run(&[arguments, &call].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {error}");
        assert!(error.contains(said) && !error.contains("SECRET"), "{arguments:?}: {error}");
    }
    assert!(!folder.0.path().join("none.db").exists());
}

#[test]
fn e01_a_faulty_annotation_stops_all_and_has_its_place() {
    let folder = Folder::new();
    let proto = "syntax = \"proto3\";\npackage a.v1;\nmessage M {}\n\
                 service S {\n  rpc Open(M) returns (M);\n}\n";
    folder.write("open.proto", proto);
    folder.write("open.binpb", compile(&[folder.0.path().to_owned()], &["open.proto"]));
    let call = ["--method", "/a.v1.S/Open", "--entity", BROKER, "--descriptors", "open.binpb"];
    let (code, out, error) = folder.run(&call);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("open.proto:5:3: error[E01]"), "{error}");
}
