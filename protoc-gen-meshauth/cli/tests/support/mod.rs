//! The command, run in a folder of its own.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

pub(crate) fn meshauth(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshauth"));
    command.current_dir(folder).env_remove("MESHAUTH_DATABASE").arg("directory").args(arguments);
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    meshauth(folder, arguments).output().unwrap()
}

/// What it shows, when all goes well.
#[track_caller]
pub(crate) fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && error.is_empty(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it says, when it does not.
#[track_caller]
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
