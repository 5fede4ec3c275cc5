//! The README as a stranger follows it: every file and command of it, in an empty folder.

use std::{
    collections::BTreeMap,
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{Authoriser, MemoryDirectory, MethodPolicy, Operation, Presented, Role};

use crate::asked_for;

const README: &str = include_str!("../../README.md");
const ANNOTATIONS: &str = include_str!("../../meshauth-runtime/src/guide/annotations.md");
const OPERATORS: &str = include_str!("../../meshauth-runtime/src/guide/operators.md");

/// The blocks of a page, by the name behind the language: ```` ```rust build.rs ````.
pub(crate) fn blocks_of(page: &str) -> BTreeMap<&str, &str> {
    let mut blocks = BTreeMap::new();
    for fenced in page.split("\n```").skip(1).step_by(2) {
        let (info, text) = fenced.split_once('\n').unwrap();
        if let Some((_, name)) = info.split_once(' ') {
            assert!(blocks.insert(name, text).is_none(), "{name} is there twice");
        }
    }
    blocks
}

/// The blocks of the README.
pub(crate) fn blocks() -> BTreeMap<&'static str, &'static str> {
    blocks_of(README)
}

/// An empty folder with files of the README in it. It is outside of this workspace, as a stranger's
/// is.
struct Project {
    root: PathBuf,
    port: u16,
}

impl Project {
    fn new(name: &str, files: &[&str]) -> Self {
        let root = env::temp_dir().join(format!("meshauth-readme-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let project = Self { root, port: free.local_addr().unwrap().port() };
        let blocks = blocks();
        for file in files {
            project.write(file, blocks[file]);
        }
        // The annotation and its roles, as the README has them written.
        project.sh("annotation");
        // The versions that the rest of the tests run with; nothing has to be fetched.
        fs::copy(workspace().join("Cargo.lock"), project.root.join("Cargo.lock")).unwrap();
        project
    }

    fn write(&self, file: &str, text: &str) {
        let checkout = workspace().display().to_string();
        let text = text
            .replace("\"../meshauth/", &format!("\"{checkout}/"))
            .replace("127.0.0.1:50051", &format!("127.0.0.1:{}", self.port));
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text + "\n").unwrap();
    }

    fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.root.join(file)).unwrap();
        fs::write(self.root.join(file), edit(text)).unwrap();
    }

    fn target(&self) -> PathBuf {
        workspace().join("target/readme")
    }

    fn build(&self) -> Output {
        Command::new(env!("CARGO"))
            .args(["build", "--offline", "--all-targets"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.target())
            .env("RUSTFLAGS", "-D warnings")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn build_well(&self) {
        let built = self.build();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    fn binary(&self, name: &str) -> Command {
        let mut command = Command::new(self.target().join("debug").join(name));
        command.current_dir(&self.root);
        command
    }

    /// Starts the server, calls it, and compares what the caller prints with the README.
    #[track_caller]
    fn serve_and_call(&self) {
        let _server = Running(self.binary("notes").stdout(Stdio::null()).spawn().unwrap());
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let called = self.binary("call").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&called.stdout).trim_end(), blocks()["call"]);
    }

    /// Runs a block of commands.
    #[track_caller]
    fn sh(&self, block: &str) {
        let checkout = format!("{}/", workspace().display());
        let script = format!("set -e\n{}", blocks()[block].replace("../meshauth/", &checkout));
        let ran = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.root)
            .env("CARGO_NET_OFFLINE", "true")
            .output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{block}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// A server that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

const PROTO: &str = "proto/notes/v1/notes.proto";
const FILES: [&str; 7] = [
    "Cargo.toml",
    PROTO,
    "build.rs",
    "src/main.rs",
    "src/notes.rs",
    "directory.json",
    "src/bin/call.rs",
];

#[test]
fn the_readme_works_in_an_empty_folder() {
    if !asked_for("MESHAUTH_COMPILE", "some minutes, as it compiles a project of its own") {
        return;
    }
    let project = Project::new("build-script", &FILES);
    project.build_well();
    project.serve_and_call();

    // A well-known type needs no other dependencies than the README's.
    let plain = fs::read_to_string(project.root.join(PROTO)).unwrap();
    project.edit(PROTO, |proto| {
        let import = "import \"google/protobuf/timestamp.proto\";\nimport ";
        proto.replacen("import ", import, 1)
            + "message Written { google.protobuf.Timestamp at = 1; }\n"
    });
    project.build_well();
    project.edit(PROTO, |_| plain);

    // The same project with the annotation taken away: the build fails with the text of the guide.
    project.edit(PROTO, |proto| {
        let start = proto.find(" {\n    option (").unwrap();
        let end = start + proto[start..].find("};\n  }").unwrap() + "};\n  }".len();
        format!("{};{}", &proto[..start], &proto[end..])
    });
    let failed = project.build();
    assert!(!failed.status.success());
    let shown = String::from_utf8_lossy(&failed.stderr);
    for line in blocks_of(ANNOTATIONS)["breach"].lines() {
        assert!(shown.contains(line.trim()), "{line}\n{shown}");
    }

    // The other ways in: the plugin under protoc and under buf, on the same files.
    for (variable, block) in [("MESHAUTH_PROTOC_FLOW", "protoc"), ("MESHAUTH_BUF_FLOW", "buf")] {
        if !asked_for(variable, "the tools of the README's set-up") {
            continue;
        }
        let project = Project::new(block, &[&FILES[..], &["buf.yaml", "buf.gen.yaml"]].concat());
        fs::remove_file(project.root.join("build.rs")).unwrap();
        project.edit("Cargo.toml", |manifest| {
            manifest.replace("[build-dependencies]\nprotoc-gen-meshauth = \"0.1\"\n", "")
        });
        let include = "concat!(env!(\"OUT_DIR\"), \"/mod.rs\")";
        project.edit("src/main.rs", |code| code.replace(include, "\"../gen/mod.rs\""));
        project.edit("src/bin/call.rs", |code| code.replace(include, "\"../../gen/mod.rs\""));
        project.sh(block);
        project.build_well();
        project.serve_and_call();
    }
}

#[test]
fn a_denial_reads_for_operators_as_the_guide_shows() {
    static POLICY: MethodPolicy = MethodPolicy::authorised(
        "/notes.v1.NoteService/GetNote",
        Operation::Read,
        &[Role::new(1, "ROLE_NOTES_ADMIN"), Role::new(2, "ROLE_NOTES_VIEWER")],
    );
    let blocks = blocks();
    let (_, key) = blocks["src/bin/call.rs"].split_once("KEY: &str = \"").unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(&key[..43]).unwrap());
    let group = "groups/00000000000000000000000001";
    headers.insert("x-group", HeaderValue::from_static(group));
    let directory = MemoryDirectory::from_json(blocks["directory.json"]).unwrap();
    let authoriser = Authoriser::new(directory);
    let presented = Presented::read(&headers);
    let decision = authoriser.decide(Some(&POLICY), &presented);
    let shown = decision.now_or_never().unwrap().to_string();
    assert_eq!(blocks_of(OPERATORS)["decision"], shown);
}

/// The lock files of prost's and tonic's plugins hold a prost-build whose code does not always compile:
/// `oneof_beside_a_type_of_its_name` among the cases of the flows, which CI runs with what this
/// installs.
#[test]
fn the_plugins_of_others_are_installed_with_a_prost_build_that_compiles() {
    let blocks = blocks();
    let mut commands = blocks["install"].lines();
    let of_others = commands.find(|command| command.contains("protoc-gen-prost@")).unwrap();
    assert!(!of_others.contains("--locked"), "{of_others}");
}

#[test]
fn every_block_of_the_readme_is_one_that_is_run() {
    let run = [&FILES[..], &["annotation", "buf.yaml", "buf.gen.yaml", "buf", "protoc", "install"]]
        .concat();
    for name in blocks().keys() {
        assert!(run.contains(name) || *name == "call", "{name} is not run");
    }
    // The block without a name is the first commands, which CI runs.
    let unnamed = README.split("\n```").skip(1).step_by(2);
    let unnamed: Vec<_> =
        unnamed.filter(|block| !block.lines().next().unwrap().contains(' ')).collect();
    assert_eq!(unnamed, ["sh\ncargo run --bin notes\ncargo test --workspace"]);
}
