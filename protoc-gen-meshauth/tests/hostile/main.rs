//! Requests that no compiler makes: 100,000 mutations of valid ones, the same in every run.
//!
//! `MESHAUTH_HOSTILE=1200..1300` runs those cases alone, `MESHAUTH_HOSTILE=0..100000` all of them.

#![cfg(feature = "build-script")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a fault in a test fails it"
)]

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod mutate;
mod oracle;
mod run;
mod wire;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use common::{Random, Request};
use oracle::{Outcome, answer, harmless, text};
use prost::Message;
use prost_types::compiler::CodeGeneratorResponse;

/// The seed of all cases.
const SEED: u64 = 50_006;

/// A case: always the same for its number.
fn case(number: usize, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut random = Random(SEED ^ u64::try_from(number).unwrap().rotate_left(32));
    mutate::mutate(&mut random, corpus)
}

fn corpus() -> Vec<Vec<u8>> {
    corpus::requests().into_iter().map(|(_, request)| request).collect()
}

#[test]
fn the_corpus_is_accepted() {
    for (name, request) in corpus::requests() {
        let expected = if name == "elsewhere" { Outcome::Refused } else { Outcome::Generated };
        assert_eq!(harmless(&request), Ok(expected), "{name}");
    }
}

/// The one part of a path that an option gives.
#[test]
fn the_default_file_name_is_the_name_of_a_file() {
    let (_, valid) =
        corpus::requests().into_iter().find(|(name, _)| *name == "no_package").unwrap();
    for name in ["", ".", "..", "../x", "a/b", "a\\b", "a\"); evil!(\"", "a\nb", "a\0b", "C:x"] {
        let request = Request::decode(valid.as_slice()).unwrap();
        let request = request.with(&format!("default_package_filename={name}")).encode_to_vec();
        assert_eq!(harmless(&request), Ok(Outcome::Refused), "{name:?}");
    }
}

/// Where the fuzz target begins: valid requests, and all that has ever done harm.
fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds/request")
}

#[test]
fn t_m04_seeds_do_no_harm() {
    let mut seeds: Vec<_> =
        fs::read_dir(seeds()).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(seeds.len() >= corpus().len());
    run::all(0..seeds.len(), |number| harmless(&fs::read(&seeds[number]).unwrap()));
}

#[test]
#[ignore = "it writes the valid requests among the seeds anew"]
fn write_seeds() {
    for (name, request) in corpus::requests() {
        fs::write(seeds().join(name), request).unwrap();
    }
}

#[test]
fn t_m04_mutated_requests_do_no_harm() {
    let cases = run::cases();
    let corpus = corpus();
    let outcomes = run::all(cases.clone(), |number| harmless(&case(number, &corpus)));
    let count = |asked: Outcome| outcomes.iter().filter(|outcome| **outcome == asked).count();
    let [generated, nothing, refused] =
        [Outcome::Generated, Outcome::Nothing, Outcome::Refused].map(count);
    println!(
        "cases {cases:?}: {generated} generated, {nothing} with nothing to generate, {refused} refused"
    );
    // It is no test if all are the same.
    let tenth = cases.len() / 10;
    assert!(cases.len() < 1_000 || (generated > tenth && refused > tenth));
}

/// The program answers them, too: it does not fail, and says nothing beside the answer.
#[test]
fn the_program_answers_mutated_requests() {
    let corpus = corpus();
    run::all(0..300, |number| program(&case(number, &corpus)));
}

fn program(request: &[u8]) -> Result<Outcome, String> {
    let Output { status, stdout, stderr } = send(request);
    // Warnings, if any: a panic would be there, too.
    let said = String::from_utf8_lossy(&stderr);
    text(&said)?;
    let Ok(response) = CodeGeneratorResponse::decode(stdout.as_slice()) else {
        return Err(format!("{status}, and no answer; it says {said}"));
    };
    if !status.success() || said.contains("panicked") {
        return Err(format!("{status}; it says {said}"));
    }
    text(response.error())?;
    answer(&response.file)?;
    match (response.error, response.file.is_empty()) {
        (None, false) => Ok(Outcome::Generated),
        (None, true) => Ok(Outcome::Nothing),
        (Some(_), true) => Ok(Outcome::Refused),
        (Some(error), false) => Err(format!("files beside an error: {error}")),
    }
}

fn send(request: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_protoc-gen-meshauth"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request).unwrap();
    child.wait_with_output().unwrap()
}
