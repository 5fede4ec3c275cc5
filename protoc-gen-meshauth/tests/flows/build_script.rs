//! `configure()`, as a build script calls it.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

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
    let mut tonic = tonic_prost_build::configure().emit_rerun_if_changed(false);
    let mut prost = prost_build::Config::new();
    for option in &case.options {
        match option.split_once('=').unwrap_or((option, "")) {
            ("extern_path", path) => {
                let (proto, rust) = path.split_once('=').expect("a path for a path");
                tonic = tonic.extern_path(proto, rust);
            }
            ("compile_well_known_types", _) => tonic = tonic.compile_well_known_types(true),
            ("default_package_filename", name) => {
                prost.default_package_filename(name);
            }
            // These are about how plugins share their files.
            ("flat_output_dir" | "no_include", _) => {}
            (unknown, _) => panic!("unknown option {unknown} of {}", case.name),
        }
    }
    let requested: Vec<_> = case.files.iter().map(|file| protos.join(&file.name)).collect();
    let builder = protoc_gen_meshauth::configure().tonic(tonic).prost(prost);
    let builder = builder.include_file("mod.rs").out_dir(&out);
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
