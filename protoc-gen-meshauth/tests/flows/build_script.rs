//! `configure()`, as a build script calls it.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use protoc_gen_meshauth::Builder;

use crate::{
    case::{Case, Outcome},
    common::texts,
};

/// Where it writes, below the directory of the case.
pub(crate) const OUT: &str = "out";

/// What it comes to; a panic is an answer that no case expects.
pub(crate) fn run(case: &Case, directory: &Path) -> Result<Outcome, String> {
    let (protos, out) = (directory.join("proto"), directory.join(OUT));
    fs::create_dir(&out).unwrap();
    let tonic = tonic_prost_build::configure().emit_rerun_if_changed(false);
    let requested: Vec<_> = case.files.iter().map(|file| protos.join(&file.name)).collect();
    let builder =
        protoc_gen_meshauth::configure().tonic(tonic).include_file("mod.rs").out_dir(&out);
    let builder = case.options.iter().fold(builder, Builder::option);
    let compile = || builder.compile_protos(&requested, &[&protos]);
    match catch_unwind(AssertUnwindSafe(compile)) {
        Ok(Ok(())) => Ok(Outcome::of_files(&texts(&out))),
        Ok(Err(error)) => {
            // On disk, files are named as they are found there.
            let prefix = format!("{}/", protos.display());
            Ok(Outcome::Report(format!("{error}\n").replace(&prefix, "")))
        }
        Err(_) => Err(String::from("the build script panicked")),
    }
}
