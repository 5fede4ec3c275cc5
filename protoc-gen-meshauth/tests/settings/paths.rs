//! The settings of where to write, which can be given in three places, and of what cargo is told.

use std::{env, fs, process::Command};

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::{
    project::Project,
    tried::{PROST, TONIC},
};

pub(crate) const TRIED: &[(&str, &str)] = &[
    (TONIC, "out_dir"),
    (TONIC, "include_file"),
    (TONIC, "file_descriptor_set_path"),
    (TONIC, "emit_rerun_if_changed"),
    (PROST, "out_dir"),
    (PROST, "include_file"),
    (PROST, "file_descriptor_set_path"),
    // It does not show, and does nothing that could be seen without protoc: a descriptor set has no
    // source information here, and `disable_comments` leaves comments out.
    (PROST, "skip_source_info"),
];

#[test]
fn the_paths_of_tonics_builder_are_followed() {
    let project = Project::new();
    let set = project.path().join("set.bin");
    let tonic = tonic_prost_build::configure()
        .out_dir(project.out())
        .include_file("tree.rs")
        .file_descriptor_set_path(&set);
    let written = project.run_bare(|builder| builder.tonic(tonic)).unwrap();
    assert!(written["tree.rs"].contains("include!(\"acme.wallet.v1.rs\");"));
    assert!(written.contains_key("acme.wallet.v1.meshauth.rs"));
    let set = FileDescriptorSet::decode(&*fs::read(set).unwrap()).unwrap();
    assert!(set.file.iter().any(|file| file.name() == "wallet.proto"));
}

#[test]
fn the_paths_of_prosts_config_are_followed() {
    let project = Project::new();
    let set = project.path().join("set.bin");
    let mut config = prost_build::Config::new();
    config.out_dir(project.out()).include_file("tree.rs").file_descriptor_set_path(&set);
    let written = project.run_bare(|builder| builder.prost(config)).unwrap();
    assert!(written["tree.rs"].contains("include!(\"acme.wallet.v1.rs\");"));
    assert!(written.contains_key("acme.wallet.v1.meshauth.rs"));
    let set = FileDescriptorSet::decode(&*fs::read(set).unwrap()).unwrap();
    assert!(set.file.iter().any(|file| file.name() == "wallet.proto"));
}

#[test]
fn paths_that_contradict_each_other_are_refused() {
    let project = Project::new();
    let elsewhere = project.path().join("elsewhere");
    let tonic = || tonic_prost_build::configure();
    let mut prost = prost_build::Config::new();
    prost.include_file("tree.rs");
    for (result, name) in [
        (project.run(|builder| builder.tonic(tonic().out_dir(&elsewhere))), "out_dir"),
        (project.run(|builder| builder.tonic(tonic().include_file("tree.rs"))), "include_file"),
        (project.run(|builder| builder.prost(prost)), "include_file"),
        (
            project.run(|builder| {
                let tonic = tonic().file_descriptor_set_path(&elsewhere);
                builder.tonic(tonic).file_descriptor_set_path(project.path().join("set.bin"))
            }),
            "file_descriptor_set_path",
        ),
    ] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(&format!("`{name}` is set to `")), "{error}");
        assert!(error.contains("keep one of them"), "{error}");
    }
    // The same path twice is one.
    let same = tonic().out_dir(project.out()).include_file("mod.rs");
    project.run(|builder| builder.tonic(same)).unwrap();
}

/// What a build script is, to the test below: the process that it starts.
#[test]
fn run_as_a_build_script() {
    let Ok(emits) = env::var("MESHAUTH_EMIT_RERUN") else { return };
    let tonic = tonic_prost_build::configure().emit_rerun_if_changed(emits == "true");
    Project::new().run(|builder| builder.tonic(tonic)).unwrap();
}

#[test]
fn cargo_is_told_of_the_files_unless_tonics_builder_says_otherwise() {
    for emits in ["true", "false"] {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "paths::run_as_a_build_script", "--nocapture"])
            .env("MESHAUTH_EMIT_RERUN", emits)
            .env("CARGO", env!("CARGO"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.contains("cargo::rerun-if-changed="), emits == "true", "{said}");
    }
}
