//! A case: what goes in, and what is expected to come out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use prost_build::Module;
use tempfile::TempDir;

use crate::{
    build_script,
    common::{Proto, api, declarations, texts},
    directory_with,
};

const REPORT: &str = "expected.txt";

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<Proto>,
    /// The plugin's options; a build script is set up alike, as far as it can be.
    pub(crate) options: Vec<String>,
}

/// What a flow came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The guards by file. The ways in name a file by the package and by its module in Rust; here
    /// they are one.
    Guards(BTreeMap<String, String>),
    /// The report of what is refused, with the places as the protos are imported.
    Report(String),
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let entries = fs::read_dir(root()).expect("there are cases");
        let directories = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let mut cases: Vec<_> = directories.map(|directory| Self::read(&directory)).collect();
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        assert!(cases.len() > 20, "the cases were not found");
        cases
    }

    /// The whole API. It has no golden files: it is compared between the flows.
    pub(crate) fn api() -> Self {
        Self { name: String::from("api"), files: api(), options: Vec::new() }
    }

    fn read(directory: &Path) -> Self {
        let protos = texts(&directory.join("proto")).into_iter();
        let options = fs::read_to_string(directory.join("options")).unwrap_or_default();
        Self {
            name: directory.file_name().unwrap().to_str().unwrap().to_owned(),
            files: protos.map(|(name, text)| Proto { name, text }).collect(),
            options: options.trim().split_terminator(',').map(str::to_owned).collect(),
        }
    }

    /// The protos of the case, and those of the annotation unless it has its own.
    pub(crate) fn directory(&self) -> TempDir {
        let own: BTreeSet<_> = self.files.iter().map(|file| &file.name).collect();
        let mut files = declarations(&[]);
        files.retain(|file| !own.contains(&file.name));
        files.extend(self.files.iter().cloned());
        directory_with(&files)
    }

    pub(crate) fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|option| option == name)
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.path(REPORT).exists()
    }

    /// protoc-gen-prost-crate panics on a file without a package.
    pub(crate) fn has_only_packages(&self) -> bool {
        let has_package = |file: &Proto| file.text.lines().any(|line| line.starts_with("package "));
        self.files.iter().all(has_package)
    }

    /// Compares what a build script gave with what is written down, and writes down what differs.
    pub(crate) fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        let expected = self.written_down();
        let result = outcome.is(&expected);
        match (&result, outcome, &expected) {
            (Err(_), Outcome::Guards(guards), Outcome::Guards(_)) => self.write_guards(guards),
            (Err(_), Outcome::Report(report), Outcome::Report(_)) => {
                fs::write(self.path(REPORT), report).unwrap();
            }
            _ => {}
        }
        result
    }

    /// What is written down, or for the API what a build script gives.
    pub(crate) fn expected(&self) -> Result<Outcome, String> {
        if self.path("proto").exists() {
            return Ok(self.written_down());
        }
        build_script::run(self, self.directory().path())
    }

    /// The same from buf: it records places that the other compilers do not, and then the report
    /// with them is in `expected.buf.txt`.
    pub(crate) fn expected_of_buf(&self) -> Result<Outcome, String> {
        match fs::read_to_string(self.path("expected.buf.txt")) {
            Ok(report) => Ok(Outcome::Report(report)),
            Err(_) => self.expected(),
        }
    }

    fn written_down(&self) -> Outcome {
        if let Ok(report) = fs::read_to_string(self.path(REPORT)) {
            return Outcome::Report(report);
        }
        let directory = self.path("expected");
        Outcome::Guards(if directory.exists() { texts(&directory) } else { BTreeMap::new() })
    }

    fn write_guards(&self, guards: &BTreeMap<String, String>) {
        let directory = self.path("expected");
        let _ = fs::remove_dir_all(&directory);
        for (name, text) in guards {
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(name), text).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        root().join(&self.name).join(name)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// One name for the package: `type.v1` for `r#type.v1`. No package at all is `_` for prost.
fn module(package: &str) -> String {
    if package == "_" {
        return package.to_owned();
    }
    let module = Module::from_protobuf_package_name(package);
    module.parts().collect::<Vec<_>>().join(".").replace("r#", "")
}

impl Outcome {
    /// The guards among the files that were written.
    pub(crate) fn of_files(written: &BTreeMap<String, String>) -> Self {
        let guards = written.iter().filter_map(|(path, text)| {
            let name = path.rsplit('/').next()?;
            let package = name.strip_suffix(".meshauth.rs")?;
            Some((format!("{}.meshauth.rs", module(&package.replace("r#", ""))), text.clone()))
        });
        Self::Guards(guards.collect())
    }

    /// The report in what a tool said: from the first place in a proto to the last line. Before it
    /// protoc and buf say which plugin it was.
    pub(crate) fn of_report(says: &str) -> Self {
        const END: &str = ", nothing was generated";
        let end = says.rfind(END).map_or(says.len(), |at| at + END.len());
        let place_ends = says[..end].find(": error[").unwrap_or(0);
        let start = says[..place_ends].rfind([' ', '\n']).map_or(0, |at| at + 1);
        Self::Report(format!("{}\n", &says[start..end]))
    }

    pub(crate) fn is_not_refused(&self) -> Result<(), String> {
        match self {
            Self::Guards(_) => Ok(()),
            Self::Report(report) => Err(format!("it was refused:\n{report}")),
        }
    }

    /// What the two differ in, in words.
    pub(crate) fn is(&self, expected: &Self) -> Result<(), String> {
        match (self, expected) {
            _ if self == expected => Ok(()),
            (Self::Guards(guards), Self::Guards(expected)) => {
                let names: BTreeSet<_> = guards.keys().chain(expected.keys()).collect();
                let differs = |name: &&String| guards.get(*name) != expected.get(*name);
                let names: Vec<_> = names.into_iter().filter(differs).collect();
                Err(format!("the guards differ in {names:?}"))
            }
            (Self::Guards(_), Self::Report(report)) => {
                Err(format!("it was not refused, which should have said:\n{report}"))
            }
            (Self::Report(_), Self::Guards(_)) => self.is_not_refused(),
            (Self::Report(report), Self::Report(expected)) => {
                Err(format!("the report is\n{report}\nand should be\n{expected}"))
            }
        }
    }
}

/// All that went wrong, so that one run shows it.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    pub(crate) fn check(&mut self, case: &Case, result: Result<(), String>) {
        self.check_all(&case.name, result);
    }

    pub(crate) fn check_all(&mut self, name: &str, result: Result<(), String>) {
        if let Err(what) = result {
            self.0.push(format!("{name}: {what}"));
        }
    }

    #[track_caller]
    pub(crate) fn none(self) {
        assert!(self.0.is_empty(), "\n\n{}", self.0.join("\n\n"));
    }
}
