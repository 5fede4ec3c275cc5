//! The settings of tonic's and prost's builders that cannot be followed. They are refused by name,
//! with what to do instead: a setting that does nothing is worse than none.

use std::{env, path::Path};

use super::{faults::Faults, shown::Shown};

const NO_PROTOC: &str = "meshauth runs no protoc; remove it, or make a descriptor set with protoc and \
                         give that to `compile_fds`";

const FULL_NAMES: &str =
    "a call is checked by the full name of its method, package included; remove it";

const OWN_GENERATOR: &str = "tonic's is used, and its place is taken; remove it, and run yours in a \
                             `prost_build::Config` of its own, with an `out_dir` of its own";

/// The flags of tonic's builder: the field, how it comes, and why it cannot be otherwise.
const FLAGS: [(&str, bool, &str); 4] = [
    ("skip_protoc_run", false, NO_PROTOC),
    ("emit_package", true, FULL_NAMES),
    (
        "use_arc_self",
        false,
        "the guard implements tonic's trait with `&self`; remove it, and keep an `Arc` in your service",
    ),
    (
        "generate_default_stubs",
        false,
        "the guard calls a handler for every method; remove it, and answer `Status::unimplemented` \
         where a handler is not written yet",
    ),
];

/// Refuses settings of tonic's builder.
pub(super) fn by_tonic(tonic: &Shown, faults: &mut Faults) {
    for (field, default, why) in FLAGS {
        if faults.keep(tonic.flag(field, default).map(|value| value != default)) {
            faults.add(tonic.refusal(field, why));
        }
    }
    if !faults.keep(tonic.texts("protoc_args")).is_empty() {
        faults.add(tonic.refusal("protoc_arg", NO_PROTOC));
    }
    if faults.keep(tonic.text("proto_path")).is_some_and(|path| path != "super") {
        let why = "a guard is in the module of its messages; remove it, and name messages that are \
                   elsewhere by `extern_path`";
        faults.add(tonic.refusal("proto_path", why));
    }
}

/// Refuses settings of prost's config. Some of them it does not show, but acts by them.
pub(super) fn by_prost(prost: &Shown, config: &mut prost_build::Config, faults: &mut Faults) {
    if faults.keep(prost.flag("service_generator", false)) {
        faults.add(prost.refusal("service_generator", OWN_GENERATOR));
    }
    if !faults.keep(prost.texts("protoc_args")).is_empty() {
        faults.add(prost.refusal("protoc_arg", NO_PROTOC));
    }
    // prost panics if this is set and is no directory.
    if env::var_os("PROTOC_INCLUDE").is_some_and(|path| !Path::new(&path).is_dir()) {
        return;
    }
    let as_it_comes = would_run(&mut prost_build::Config::new());
    match would_run(config) {
        same if same == as_it_comes => {}
        Some(other) if other.contains("(path: ") => {
            faults.add(prost.refusal("protoc_executable", NO_PROTOC));
        }
        _ => faults.add(prost.refusal("skip_protoc_run", NO_PROTOC)),
    }
}

/// What prost says when it is to run protoc and leave a descriptor set where no file can be: it names
/// the program, if it would run one at all, and runs nothing.
fn would_run(config: &mut prost_build::Config) -> Option<String> {
    config.file_descriptor_set_path("\0");
    config.load_fds(&["\0"], &[] as &[&str]).err().map(|error| error.to_string())
}
