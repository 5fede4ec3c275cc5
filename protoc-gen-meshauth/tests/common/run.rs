//! What a run with options finds and makes: the build script and the plugin side by side.

use std::collections::BTreeMap;

use prost_types::compiler::code_generator_response::File;
use protoc_gen_meshauth::{Code, Diagnostic, Severity};

use super::{Built, Proto, Request, build_with, service_file};

/// A finding as the tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub place: String,
    pub severity: Severity,
    pub code: Code,
    pub message: String,
    pub help: String,
}

impl Finding {
    /// Compares all of it; of the message and the help, that they say this.
    #[track_caller]
    pub fn is(&self, kind: (Severity, Code), place: &str, message: &str, help: &str) {
        let found = ((self.severity, self.code), self.place.as_str());
        assert_eq!(found, (kind, place), "{self:#?}");
        assert!(self.message.contains(message), "the message should say {message}: {self:#?}");
        assert!(self.help.contains(help), "the help should say {help}: {self:#?}");
    }
}

/// What a run said, and what it made.
#[derive(Debug)]
pub struct Run {
    pub findings: Vec<Finding>,
    /// The guards by package; none if nothing was generated.
    pub guards: Option<BTreeMap<String, String>>,
}

impl Run {
    /// The severities and codes of what was found.
    pub fn kinds(&self) -> Vec<(Severity, Code)> {
        self.findings.iter().map(|finding| (finding.severity, finding.code)).collect()
    }
}

/// Runs the files with these options through the build script and through the plugin, which must
/// say and make the same. Most messages of the tests are empty: unless a level is given for it,
/// nothing is said of that (see [`run_as_given`]).
#[track_caller]
pub fn run(files: &[Proto], options: &[&str]) -> Run {
    let is_given = options.iter().any(|option| option.contains("unowned_resource"));
    let set_aside = (!is_given).then_some("lint=unowned_resource:allow");
    let options: Vec<_> = options.iter().copied().chain(set_aside).collect();
    run_as_given(files, &options)
}

/// The same, with these options and no others.
#[track_caller]
pub fn run_as_given(files: &[Proto], options: &[&str]) -> Run {
    let generated = Request::of(files).with(&options.join(",")).generate();
    let run = match &generated {
        Ok(generated) => Run {
            findings: findings(generated.warnings.diagnostics()),
            guards: Some(guards(&generated.files)),
        },
        Err(error) => {
            let findings = findings(error.diagnostics());
            assert!(!findings.is_empty(), "the error is about something else: {error}");
            Run { findings, guards: None }
        }
    };
    let built = build_all(files, options);
    let written = built.result.is_ok().then(|| built_guards(&built.written()));
    assert_eq!(run.guards, written, "the build script and the plugin differ");
    if run.guards.is_none() {
        assert_eq!(built.written(), BTreeMap::new(), "something was written before the rules held");
    }
    assert_eq!(run.findings, found_beside_a_breach(files, options), "they say different things");
    run
}

/// What the build script finds. One that succeeds prints its warnings: beside a breach in another
/// file they are in the error.
#[track_caller]
fn found_beside_a_breach(files: &[Proto], options: &[&str]) -> Vec<Finding> {
    const FILE: &str = "a_breach_beside.proto";
    let breach = service_file(FILE, "acme.a_breach_beside.v1", "\n  rpc Get(M) returns (M);");
    let built = build_all(&[files, &[breach]].concat(), options);
    let error = built.result.as_ref().expect_err("one of the files breaks a rule");
    let found = findings(error.diagnostics())
        .into_iter()
        .map(|found| Finding { place: built.as_imported(&found.place), ..found });
    found.filter(|found| !found.place.starts_with(FILE)).collect()
}

fn build_all(files: &[Proto], options: &[&str]) -> Built {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    build_with(files, &names, options)
}

/// What is found in one file, which is only warned about.
#[track_caller]
pub fn warnings(file: &Proto, options: &[&str]) -> Vec<Finding> {
    let run = run(std::slice::from_ref(file), options);
    assert!(run.guards.is_some(), "it is only warned about: {:#?}", run.findings);
    run.findings
}

pub fn findings<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>) -> Vec<Finding> {
    let finding = |diagnostic: &Diagnostic| Finding {
        place: diagnostic.place().to_string(),
        severity: diagnostic.severity(),
        code: diagnostic.code(),
        message: diagnostic.message().to_owned(),
        help: diagnostic.help().to_owned(),
    };
    diagnostics.map(finding).collect()
}

/// The generated guards, by package.
pub fn guards(files: &[File]) -> BTreeMap<String, String> {
    let whole = files.iter().filter(|file| file.insertion_point.is_none());
    whole
        .map(|file| {
            assert!(file.name().ends_with(".meshauth.rs"), "no other files are written: {file:?}");
            by_package(file.content())
        })
        .collect()
}

/// The same of what a build script wrote.
pub fn built_guards(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let guards = files.iter().filter(|(name, _)| name.ends_with(".meshauth.rs"));
    guards.map(|(_, text)| by_package(text)).collect()
}

/// Files are named after packages in one way and after Rust modules in the other.
fn by_package(text: &str) -> (String, String) {
    let package = text.split('`').nth(1).expect("the first line names the package");
    (package.to_owned(), text.to_owned())
}
