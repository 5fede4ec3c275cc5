//! The settings that are refused, each by its name and with what to do instead.

use prost_build::ServiceGenerator;
use protoc_gen_meshauth::Builder;

use crate::{
    project::Project,
    tried::{PROST, TONIC},
};

pub(crate) struct Refused {
    pub(crate) of: &'static str,
    pub(crate) name: &'static str,
    apply: fn(Builder) -> Builder,
    instead: &'static str,
}

macro_rules! tonic {
    ($name:ident($($argument:expr),*), $instead:expr) => {
        Refused {
            of: TONIC,
            name: stringify!($name),
            apply: |builder| builder.tonic(tonic_prost_build::configure().$name($($argument),*)),
            instead: $instead,
        }
    };
}

macro_rules! prost {
    ($name:ident($($argument:expr),*), $instead:expr) => {
        Refused {
            of: PROST,
            name: stringify!($name),
            apply: |builder| {
                let mut config = prost_build::Config::new();
                config.$name($($argument),*);
                builder.prost(config)
            },
            instead: $instead,
        }
    };
}

struct Silent;

impl ServiceGenerator for Silent {
    fn generate(&mut self, _: prost_build::Service, _: &mut String) {}
}

pub(crate) const ALL: &[Refused] = &[
    tonic!(skip_protoc_run(), "give that to `compile_fds`"),
    tonic!(protoc_arg("--experimental_allow_proto3_optional"), "give that to `compile_fds`"),
    tonic!(emit_package(false), "remove it"),
    tonic!(use_arc_self(true), "keep an `Arc` in your service"),
    tonic!(generate_default_stubs(true), "answer `Status::unimplemented`"),
    tonic!(proto_path("crate::api"), "`extern_path`"),
    prost!(service_generator(Box::new(Silent)), "`prost_build::Config` of its own"),
    prost!(skip_protoc_run(), "give that to `compile_fds`"),
    prost!(protoc_arg("--experimental_allow_proto3_optional"), "give that to `compile_fds`"),
    prost!(protoc_executable("/opt/protoc"), "give that to `compile_fds`"),
];

#[test]
fn what_would_do_nothing_or_break_the_code_is_refused_by_its_name() {
    for Refused { of, name, apply, instead } in ALL {
        let project = Project::new();
        let error = project.run(apply).expect_err(name).to_string();
        let whose = if *of == TONIC { "tonic's builder" } else { "prost's config" };
        let begins = format!("meshauth: `{name}` of {whose}: ");
        assert!(error.starts_with(&begins) && error.lines().count() == 1, "{error}");
        assert!(error.contains(instead), "{error}");
        assert!(!project.out().join("mod.rs").exists(), "{name}: something was written");
    }
}

#[test]
fn all_that_is_refused_is_said_at_once() {
    let tonic = tonic_prost_build::configure().use_arc_self(true).emit_package(false);
    let mut config = prost_build::Config::new();
    // With a file to read, prost would not fail for the lack of it.
    let project = Project::new();
    let set = project.path().join("set.bin");
    std::fs::write(&set, "").unwrap();
    config.skip_protoc_run().file_descriptor_set_path(set);
    let error = project.run(|builder| builder.tonic(tonic).prost(config)).unwrap_err().to_string();
    for name in ["`use_arc_self`", "`emit_package`", "`skip_protoc_run`"] {
        assert!(error.contains(name), "{name} is not in\n{error}");
    }
}
