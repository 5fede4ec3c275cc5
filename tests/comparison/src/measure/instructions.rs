//! Instructions of a decision, counted by valgrind's cachegrind: two runs of this program, one with
//! more decisions than the other, told apart by nothing else.

use std::{
    env,
    error::Error,
    io,
    process::{Command, ExitCode},
};

use super::{BATCH, unary::answer_all};
use crate::{
    contender::Call,
    lineup::Name,
    runtime,
    world::{self, Request, Requests, World},
};

/// The option by which the program is run again.
pub(crate) const COUNTED_RUN: &str = "--counted-run";

/// Batches of the shorter run, and of the longer one.
const RUNS: [usize; 2] = [2, 10];

/// Instructions of one decision in the small world, without those of the key's hash: valgrind has
/// no instructions for SHA-256, so that the hash takes another way there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instructions {
    pub(crate) allow: f64,
    pub(crate) deny: f64,
}

/// Of each contender, in the order of [`Name::ALL`].
pub(crate) fn instructions() -> Result<Vec<Instructions>, Box<dyn Error>> {
    let hash = count("hash", "allow")?;
    let of = |at: usize| {
        let name = at.to_string();
        let [allow, deny] = [count(&name, "allow")?, count(&name, "deny")?];
        Ok(Instructions { allow: allow - hash, deny: deny - hash })
    };
    (0..Name::ALL.len()).map(of).collect()
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small enough")]
fn count(name: &str, kind: &str) -> Result<f64, Box<dyn Error>> {
    let [fewer, more] = RUNS;
    let difference = total(name, kind, more)? - total(name, kind, fewer)?;
    Ok(difference as f64 / ((more - fewer) * BATCH) as f64)
}

fn total(name: &str, kind: &str, batches: usize) -> Result<u64, Box<dyn Error>> {
    let run = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([COUNTED_RUN, name, kind, &batches.to_string()])
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("valgrind: {error}")))?;
    let report = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        return Err(format!("the run under valgrind failed: {report}").into());
    }
    let line =
        report.lines().find(|line| line.contains("refs:")).ok_or("valgrind counted nothing")?;
    let digits: String = line.rsplit(':').next().unwrap_or_default().trim().replace(',', "");
    Ok(digits.parse()?)
}

/// Decides so many batches, and nothing else that depends on how many.
pub(crate) fn counted_run(options: &[String]) -> ExitCode {
    let [name, kind, batches] = options else { return ExitCode::from(2) };
    let batches: usize = batches.parse().unwrap_or_default();
    if answer_all(name, batches * BATCH) {
        return ExitCode::SUCCESS;
    }
    let world = World::small();
    let requests = Requests::draw(&world, RUNS[1] * BATCH);
    let requests = if kind == "allow" { requests.allowed } else { requests.denied };
    if name == "hash" {
        for request in &requests[..batches * BATCH] {
            std::hint::black_box(world::digest(request.key()));
        }
        return ExitCode::SUCCESS;
    }
    let contender = Name::ALL[name.parse::<usize>().unwrap_or_default()].build(&world);
    let mut calls: Vec<Call> = requests.iter().map(Request::call).collect();
    let allowed = runtime().block_on(async { contender.decide_all(&mut calls[..batches * BATCH]) });
    std::hint::black_box(allowed);
    // What is left over is not let go in one run and kept in the other.
    std::process::exit(0);
}
