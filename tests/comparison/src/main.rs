//! What a decision of meshauth costs, next to the limit, a check by hand and a policy engine: the
//! same calls in the same worlds, decided in turn by one program.
//!
//! ```sh
//! cargo install --locked protoc-gen-prost@0.5.0 protoc-gen-tonic@0.5.0
//! cargo run --release --manifest-path tests/comparison/Cargo.toml -- --instructions --builds --write
//! ```

#![forbid(unsafe_code)]

mod by_hand;
mod cedar;
mod compare;
mod contender;
mod limit;
mod lineup;
mod measure;
mod meshauth;
mod report;
mod world;

use std::{env, error::Error, fs, process::ExitCode};

use tokio::runtime::{Builder, Runtime};

use self::{
    compare::{Asked, Comparison},
    measure::instructions::{COUNTED_RUN, counted_run},
    report::Report,
};

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");

const HELP: &str = "\
Compares what a decision costs, and prints a table in Markdown.

  --write         put it into RESULTS.md as well
  --instructions  count instructions, too (needs valgrind)
  --builds        time generation and `cargo check`, too (needs protoc-gen-prost, protoc-gen-tonic)
";

fn main() -> ExitCode {
    let options: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = &*options
        && first == COUNTED_RUN
    {
        return counted_run(rest);
    }
    let is_known = |option: &String| ["--write", "--instructions", "--builds"].contains(&&**option);
    if !options.iter().all(is_known) {
        eprint!("{HELP}");
        return ExitCode::from(2);
    }
    let given = |option: &str| options.iter().any(|given| given == option);
    let asked = Asked { instructions: given("--instructions"), builds: given("--builds") };
    match compare(asked, given("--write")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(asked: Asked, write: bool) -> Result<(), Box<dyn Error>> {
    let comparison = Comparison::run(&runtime(), asked)?;
    let report = Report(&comparison).to_string();
    print!("{report}");
    if write {
        fs::write(RESULTS, report)?;
    }
    Ok(())
}

/// Calls are made on the thread that also writes their records, later: what is timed is the call's
/// own.
fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime of one thread starts")
}
