//! What the guards cost the compiler: a crate of generated code, checked with and without them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{
    common::{Proto, texts},
    in_turns,
    process::{Cost, measure},
    table::Table,
};

const LIB: &str = "
#![allow(dead_code, rustdoc::all)]
#[cfg(feature = \"guards\")]
pub mod api { include!(\"../guarded/mod.rs\"); }
#[cfg(not(feature = \"guards\"))]
pub mod api { include!(\"../plain/mod.rs\"); }
";

/// The first argument of a process that generates the code of a crate.
const GENERATE: &str = "--generate-in";

/// A crate that holds the same API twice.
struct Generated {
    root: PathBuf,
    target: PathBuf,
}

/// Each API is its name, the number of turns and the protos.
pub(crate) fn compare(apis: &[(&str, usize, Vec<Proto>)]) -> Vec<Table> {
    let directory = TempDir::new().unwrap();
    let compared = apis.iter().enumerate().map(|(number, (name, rounds, protos))| {
        let generated = Generated::new(directory.path(), number, protos);
        // Once before, for what it depends on.
        generated.check(false);
        generated.check(true);
        let costs = in_turns(
            *rounds,
            &mut [Box::new(|| generated.check(false)), Box::new(|| generated.check(true))],
        );
        let title = format!("cargo check of {name}, {rounds} turns");
        let mut table = Table::new(title, Some(("the crate without guards", costs[0])));
        table.row("without guards", costs[0]);
        table.row("with guards", costs[1]);
        table
    });
    compared.collect()
}

/// To be called in `main`: whether this is a process that generates the code of a crate. It is one
/// of its own, because what is for build scripts talks to cargo on standard output.
pub(crate) fn generated() -> bool {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_none_or(|argument| argument != GENERATE) {
        return false;
    }
    let root = PathBuf::from(arguments.next().unwrap());
    let proto = root.join("proto");
    let files: Vec<PathBuf> = texts(&proto).keys().map(|name| proto.join(name)).collect();
    let descriptors = root.join("descriptors.bin");
    protoc_gen_meshauth::configure()
        .include_file("mod.rs")
        .out_dir(root.join("guarded"))
        .full_file_descriptor_set_path(&descriptors)
        .compile_protos(&files, &[proto])
        .unwrap();
    let set = fs::read(descriptors).unwrap();
    tonic_prost_build::configure()
        .include_file("mod.rs")
        .out_dir(root.join("plain"))
        .compile_fds(prost::Message::decode(set.as_slice()).unwrap())
        .unwrap();
    true
}

impl Generated {
    fn new(directory: &Path, number: usize, protos: &[Proto]) -> Self {
        let root = directory.join(format!("api{number}"));
        let generated = Self { target: directory.join("target"), root };
        for part in ["proto", "src", "plain", "guarded"] {
            fs::create_dir_all(generated.root.join(part)).unwrap();
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = repository.join("meshauth-runtime").canonicalize().unwrap();
        let manifest = format!(
            "[package]\nname = \"generated{number}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [workspace]\n\
             [features]\nguards = []\n\
             [dependencies]\n\
             meshauth-runtime = {{ path = {runtime:?}, features = [\"tonic\"] }}\n\
             prost = \"0.14\"\nprost-types = \"0.14\"\n\
             tonic = {{ version = \"0.14\", default-features = false, features = [\"codegen\", \"channel\", \"server\"] }}\n\
             tonic-prost = \"0.14\"\n"
        );
        fs::write(generated.root.join("Cargo.toml"), manifest).unwrap();
        // The versions of this repository, which are there already.
        fs::copy(repository.join("Cargo.lock"), generated.root.join("Cargo.lock")).unwrap();
        for proto in protos {
            let path = generated.root.join("proto").join(&proto.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &proto.text).unwrap();
        }
        let mut generate = Command::new(env::current_exe().unwrap());
        generate.arg(GENERATE).arg(&generated.root).stdout(Stdio::null());
        assert!(generate.status().unwrap().success());
        generated
    }

    fn check(&self, guards: bool) -> Cost {
        // Newer than what was made of it.
        fs::write(self.root.join("src/lib.rs"), LIB).unwrap();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["check", "--quiet"]);
        if guards {
            cargo.args(["--features", "guards"]);
        }
        cargo.current_dir(&self.root);
        cargo.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        let nothing = Path::new("/dev/null");
        measure(&mut cargo, nothing, nothing)
    }
}
