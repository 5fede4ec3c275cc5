//! Several runs into one directory: of one build script, and of one build after another. What one
//! wrote, no other loses.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{Proto, good_method, proto, service_file, texts};
use protoc_gen_meshauth::{Builder, Error};
use tempfile::TempDir;

/// A directory with protos, and one to write into.
struct Project(TempDir);

impl Project {
    fn new(files: &[Proto]) -> Self {
        let project = Self(TempDir::new().unwrap());
        fs::create_dir(project.out()).unwrap();
        for file in files {
            let path = project.protos().join(&file.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
        project
    }

    fn protos(&self) -> PathBuf {
        self.0.path().join("proto")
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn builder(&self) -> Builder {
        protoc_gen_meshauth::configure().out_dir(self.out())
    }

    fn compile(&self, builder: Builder, files: &[&str]) -> Result<(), Error> {
        builder.compile_protos(files, &[self.protos()])
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }
}

/// Two files of the package `acme.wallet.v1`, and one of another that imports the first of them.
fn files() -> [Proto; 3] {
    let one = service_file("one.proto", "acme.wallet.v1", &good_method("GetAccount"));
    let two = service_file("two.proto", "acme.wallet.v1", &good_method("GetOther"));
    let two = two.text.replace("service Wallet", "service Bank").replace("message M", "message N");
    let desk = service_file("desk.proto", "acme.desk.v1", &good_method("GetDesk"));
    let desk = desk.text.replace("message M {}", "message M { acme.wallet.v1.M wallet = 1; }");
    let import = "import \"one.proto\";\nmessage M";
    [
        one,
        proto("two.proto", &two.replace("(M)", "(N)")),
        proto("desk.proto", &desk.replacen("message M", import, 1)),
    ]
}

#[track_caller]
fn refused(result: Result<(), Error>, file: &str) {
    let error = result.expect_err("a file of the first run would be lost").to_string();
    for says in [file, "an earlier run of this build script", "one call", "`out_dir`"] {
        assert!(error.contains(says), "{says} is not in\n{error}");
    }
}

#[test]
fn a_second_run_for_one_package_does_not_lose_the_guards_of_the_first() {
    for [first, second] in [["one.proto", "two.proto"], ["two.proto", "one.proto"]] {
        let project = Project::new(&files());
        project.compile(project.builder(), &[first]).unwrap();
        let before = texts(&project.out());
        refused(project.compile(project.builder(), &[second]), "acme.wallet.v1.meshauth.rs");
        assert_eq!(texts(&project.out()), before, "the second run wrote something");
    }
    let project = Project::new(&files());
    project.compile(project.builder(), &["one.proto", "two.proto"]).unwrap();
    let guards = project.text("acme.wallet.v1.meshauth.rs");
    assert!(guards.contains("pub trait Wallet: ") && guards.contains("pub trait Bank: "));
}

#[test]
fn an_import_of_a_second_run_does_not_lose_the_guards_of_the_first() {
    for [first, second] in [["one.proto", "desk.proto"], ["desk.proto", "one.proto"]] {
        let project = Project::new(&files());
        project.compile(project.builder(), &[first]).unwrap();
        let before = texts(&project.out());
        refused(project.compile(project.builder(), &[second]), "acme.wallet.v1.rs");
        assert_eq!(texts(&project.out()), before, "the second run wrote something");
    }
}

#[test]
fn a_second_run_does_not_lose_the_module_tree_or_the_descriptors_of_the_first() {
    let other = service_file("bank.proto", "acme.bank.v1", &good_method("Open"));
    let [one, ..] = files();
    let project = Project::new(&[one, other]);
    let run = |builder: Builder, file: &str| project.compile(builder, &[file]);
    run(project.builder().include_file("mod.rs"), "one.proto").unwrap();
    refused(run(project.builder().include_file("mod.rs"), "bank.proto"), "mod.rs");

    let set = project.0.path().join("set.bin");
    run(project.builder().file_descriptor_set_path(&set), "one.proto").unwrap();
    let again = project.builder().file_descriptor_set_path(&set);
    refused(run(again, "bank.proto"), "set.bin");
    assert!(!project.out().join("acme.bank.v1.rs").exists());
}

#[test]
fn runs_that_lose_nothing_are_as_many_as_you_like() {
    let other = service_file("bank.proto", "acme.bank.v1", &good_method("Open"));
    let [one, ..] = files();
    let project = Project::new(&[one, other]);
    for file in ["one.proto", "bank.proto", "one.proto"] {
        // The annotation's files are imported by both, and the same each time.
        project.compile(project.builder(), &[file]).unwrap();
    }
    assert!(
        project.text("acme.wallet.v1.rs").ends_with("include!(\"acme.wallet.v1.meshauth.rs\");\n")
    );
    assert!(project.text("acme.bank.v1.meshauth.rs").contains("pub trait Wallet: "));
    // The same directory by another name is the same directory.
    let [.., two, _] = files();
    fs::write(project.protos().join("two.proto"), two.text).unwrap();
    let out = project.out().join("..").join("out");
    let builder = protoc_gen_meshauth::configure().out_dir(out);
    refused(project.compile(builder, &["two.proto"]), "acme.wallet.v1.meshauth.rs");
}

#[test]
fn the_module_tree_does_not_take_the_place_of_a_package() {
    let [one, ..] = files();
    let project = Project::new(&[one]);
    for name in ["acme.wallet.v1.rs", "acme.wallet.v1.meshauth.rs"] {
        let builder = project.builder().include_file(name);
        let error = project.compile(builder, &["one.proto"]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("`include_file`"), "{error}");
    }
    assert!(texts(&project.out()).is_empty());
}

#[test]
fn a_file_of_an_earlier_build_is_not_taken_for_one_of_this() {
    let [one, ..] = files();
    let project = Project::new(&[one]);
    let old = "include!(\"acme.wallet.v1.meshauth.rs\"); // of an earlier build\n";
    fs::write(project.out().join("_.rs"), old).unwrap();
    fs::write(project.out().join("acme.wallet.v1.rs"), old).unwrap();
    project.compile(project.builder(), &["one.proto"]).unwrap();
    assert!(!project.text("acme.wallet.v1.rs").contains("of an earlier build"));
    assert_eq!(project.text("_.rs"), old);
}

/// As [`run_as_a_build_script`], with a descriptor set that is named by no directory.
#[test]
fn run_with_a_relative_path() {
    let Ok(protos) = env::var("MESHAUTH_RELATIVE") else { return };
    let run = |file: &str| {
        let builder = protoc_gen_meshauth::configure().file_descriptor_set_path("set.bin");
        builder.compile_protos(&[file], &[&protos])
    };
    run("one.proto").unwrap();
    refused(run("bank.proto"), "set.bin");
}

#[test]
fn a_relative_path_is_the_same_file_before_and_after_it_is_there() {
    let other = service_file("bank.proto", "acme.bank.v1", &good_method("Open"));
    let [one, ..] = files();
    let project = Project::new(&[one, other]);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "run_with_a_relative_path"])
        .current_dir(project.0.path())
        .env("OUT_DIR", project.out())
        .env("MESHAUTH_RELATIVE", project.protos())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What a build script is, to this test: the process that [`a_build`] starts.
#[test]
fn run_as_a_build_script() {
    let (Ok(protos), Ok(files)) = (env::var("MESHAUTH_PROTOS"), env::var("MESHAUTH_FILES")) else {
        return;
    };
    for file in files.split(',') {
        protoc_gen_meshauth::configure().compile_protos(&[file], &[&protos]).unwrap();
    }
}

fn a_build(project: &Project, files: &str) -> bool {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "run_as_a_build_script"])
        .env("OUT_DIR", project.out())
        .env("MESHAUTH_PROTOS", project.protos())
        .env("MESHAUTH_FILES", files)
        .output()
        .unwrap();
    output.status.success()
}

#[test]
fn what_a_build_no_longer_writes_is_gone_from_cargos_directory() {
    let other = service_file("bank.proto", "acme.bank.v1", &good_method("Open"));
    let [one, ..] = files();
    let project = Project::new(&[one, other]);
    let exists = |name: &str| Path::new(&project.out()).join(name).exists();
    let of_others = project.out().join("of_others.rs");
    fs::write(&of_others, "").unwrap();

    assert!(a_build(&project, "one.proto,bank.proto"));
    assert!(exists("acme.wallet.v1.meshauth.rs") && exists("acme.bank.v1.meshauth.rs"));
    // `include!` by hand would still take the guards of a service that nobody checks any more.
    assert!(a_build(&project, "bank.proto"));
    assert!(!exists("acme.wallet.v1.meshauth.rs") && !exists("acme.wallet.v1.rs"));
    assert!(exists("acme.bank.v1.meshauth.rs") && of_others.exists());
    // Unless another generator has written it since.
    assert!(a_build(&project, "one.proto,bank.proto"));
    std::thread::sleep(std::time::Duration::from_millis(50));
    fs::write(project.out().join("acme.wallet.v1.rs"), "// By another.").unwrap();
    assert!(a_build(&project, "bank.proto"));
    assert!(exists("acme.wallet.v1.rs") && !exists("acme.wallet.v1.meshauth.rs"));
    // A build script that goes on after an error has nothing of the build before.
    let broken = service_file("bank.proto", "acme.bank.v1", "\n  rpc Open(M) returns (M);");
    fs::write(project.protos().join("bank.proto"), broken.text).unwrap();
    assert!(!a_build(&project, "bank.proto"));
    assert!(!exists("acme.bank.v1.meshauth.rs") && of_others.exists());
}
