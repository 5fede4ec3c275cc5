//! What generating costs, next to the plugins of prost and tonic on the same request, and what the
//! guards cost the compiler. The programs run in turns: times are for comparison within one run.
//!
//! ```sh
//! cargo install --locked protoc-gen-prost@0.5.0 protoc-gen-tonic@0.5.0
//! cargo bench -p protoc-gen-meshauth
//! ```
//!
//! Parts alone: `cargo bench -p protoc-gen-meshauth -- services`, or `api`, or `rustc`. With `--json`
//! another program can read it: `tests/comparison` puts it into its table.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot run says so"
)]

#[cfg(unix)]
mod support;

#[cfg(not(unix))]
fn main() {
    println!("this bench measures with what Unix counts");
}

#[cfg(unix)]
fn main() {
    if support::process::measured() || support::rustc::generated() {
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` starts it, too.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("it is run by cargo bench");
        return;
    }
    let parts: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|given| !given.starts_with("--")).collect();
    let is_asked = |name: &str| parts.is_empty() || parts.contains(&name);
    let mut tables = Vec::new();
    if is_asked("services") {
        let protos = support::protos::services(1_000);
        let title = "1,000 services with 10,000 methods in 100 packages";
        tables.push(plugins::compare(title, 7, &protos));
    }
    if is_asked("api") {
        let api = support::common::api();
        tables.push(plugins::compare(
            "the API of the tests (goal: meshauth below 50 ms)",
            21,
            &api,
        ));
    }
    if is_asked("rustc") {
        tables.extend(support::rustc::compare(&[
            ("the API of the tests", 5, support::common::api()),
            ("100 services with 1,000 methods", 3, support::protos::services(100)),
        ]));
    }
    if arguments.iter().any(|argument| argument == "--json") {
        let tables: Vec<_> = tables.iter().map(support::table::Table::to_json).collect();
        println!("{}", serde_json::Value::from(tables));
    } else {
        tables.iter().for_each(support::table::Table::print);
    }
}

#[cfg(unix)]
mod plugins {
    use std::{fs, path::Path, process::Command};

    use prost::Message;
    use prost_types::compiler::CodeGeneratorResponse;
    use tempfile::TempDir;

    use crate::support::{
        common::{Proto, Request},
        in_turns,
        process::{Cost, measure},
        table::Table,
    };

    /// One request through the plugins.
    pub(crate) fn compare(title: &str, rounds: usize, protos: &[Proto]) -> Table {
        let directory = TempDir::new().unwrap();
        let (request, response) = (directory.path().join("request"), directory.path().join("out"));
        let encoded = Request::of(protos).encode_to_vec();
        let title = format!(
            "{title}, request of {} KiB, {rounds} turns of one process each",
            encoded.len() / 1024
        );
        fs::write(&request, encoded).unwrap();

        let ours = env!("CARGO_BIN_EXE_protoc-gen-meshauth");
        let mut found = Vec::new();
        for plugin in ["protoc-gen-prost", "protoc-gen-tonic", ours] {
            // Without anything to do it ends at once.
            if Command::new(plugin).arg("--version").output().is_ok() {
                found.push(plugin);
            } else {
                eprintln!("{plugin} is not installed and not measured");
            }
        }
        let run = |plugin: &str| {
            let cost = measure(&mut Command::new(plugin), &request, &response);
            answered(plugin, &response);
            cost
        };
        let mut turns: Vec<Box<dyn FnMut() -> Cost + '_>> = Vec::new();
        for &plugin in &found {
            turns.push(Box::new(move || run(plugin)));
        }
        let costs = in_turns(rounds, &mut turns);

        let base = (found[0] == "protoc-gen-prost").then(|| ("protoc-gen-prost", costs[0]));
        let mut table = Table::new(title, base);
        for (plugin, cost) in found.iter().zip(&costs) {
            table.row(&Path::new(plugin).file_name().unwrap().to_string_lossy(), *cost);
        }
        table
    }

    /// An error would be fast.
    fn answered(plugin: &str, response: &Path) {
        let response = fs::read(response).unwrap();
        let response = CodeGeneratorResponse::decode(response.as_slice()).unwrap();
        assert_eq!(response.error, None, "{plugin}");
        assert!(!response.file.is_empty(), "{plugin}");
    }
}
