//! What a program costs: its time and its peak memory.
//!
//! The system counts the memory of a program from before it was started, when it was still the one
//! that started it. So another, small process is put between: this program itself, once more, which
//! then does nothing else.

#![allow(dead_code, unreachable_pub, reason = "each target uses its own part")]

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::File,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

/// The first argument of the process between.
const MEASURE: &str = "--measure-this-program";

/// What one run of a program took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    /// On all cores, by the program and for it in the system.
    pub cpu: Duration,
    /// The largest resident set.
    pub peak_kib: u64,
}

/// Runs a program from a file into a file.
#[track_caller]
pub fn measure(program: &mut Command, input: &Path, output: &Path) -> Cost {
    let mut between = Command::new(env::current_exe().unwrap());
    between.arg(MEASURE).args([input, output]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => between.env(name, value),
            None => between.env_remove(name),
        };
    }
    if let Some(directory) = program.get_current_dir() {
        between.current_dir(directory);
    }
    let done = between.stderr(Stdio::inherit()).output().unwrap();
    assert!(done.status.success(), "{program:?}: {}", done.status);
    let numbers = String::from_utf8(done.stdout).unwrap();
    let numbers: Vec<u64> =
        numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [wall, cpu, peak_kib] = numbers[..] else { panic!("{numbers:?}") };
    Cost { wall: Duration::from_micros(wall), cpu: Duration::from_micros(cpu), peak_kib }
}

/// To be called first in `main`: whether this is the process between, which has done its work.
pub fn measured() -> bool {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(MEASURE)) {
        return false;
    }
    let arguments: Vec<OsString> = arguments.collect();
    let [input, output, program, arguments @ ..] = arguments.as_slice() else {
        panic!("{arguments:?}")
    };
    let mut program = Command::new(program);
    program.args(arguments);
    program.stdin(File::open(input).unwrap()).stdout(File::create(output).unwrap());
    let start = Instant::now();
    let status = program.status().unwrap();
    let wall = start.elapsed();
    assert!(status.success(), "{program:?}: {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let cpu = usage.user_time() + usage.system_time();
    let unit = if cfg!(target_vendor = "apple") { 1024 } else { 1 };
    println!("{} {} {}", wall.as_micros(), cpu.num_microseconds(), usage.max_rss() / unit);
    true
}
