//! The plugin: an encoded `CodeGeneratorRequest` in, files out.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use prost::Message;
use prost_build::Module;
use prost_types::compiler::{CodeGeneratorRequest, code_generator_response::File};
use protoc_gen_prost::ModuleRequestSet;

use crate::{
    check,
    descriptors::Descriptors,
    error::{Error, ErrorKind},
    expand,
    names::{Names, Recorder, ask_for_messages},
    options::Options,
    policy::Package,
};

/// Generates the guards for an encoded `CodeGeneratorRequest`: what the plugin does with its
/// standard input.
///
/// For each package there is one file, `<package>.meshauth.rs`, and a line that includes it in
/// prost's module.
///
/// # Errors
/// All breaches of all annotations at once, an unknown option, a request that is none. It does not
/// panic.
pub fn execute(request: &[u8]) -> Result<Vec<File>, Error> {
    // The libraries below panic on descriptors that no compiler makes. Nothing is shared with what
    // was interrupted.
    catch_unwind(AssertUnwindSafe(|| generate(request))).unwrap_or_else(|_| {
        let what = "one of the libraries that read them panicked";
        Err(ErrorKind::Descriptors(what.to_owned()).into())
    })
}

fn generate(encoded: &[u8]) -> Result<Vec<File>, Error> {
    let request = CodeGeneratorRequest::decode(encoded)
        .map_err(|error| ErrorKind::Descriptors(error.to_string()))?;
    let options = Options::parse(request.parameter())?;
    let descriptors = Descriptors::from_request(encoded)?;
    let requested: BTreeSet<String> = request.file_to_generate.iter().cloned().collect();
    let packages = check::packages(&descriptors, &requested)?;
    let names = names(&descriptors, &packages, &options)?;

    let modules = ModuleRequestSet::new(
        request.file_to_generate,
        request.proto_file,
        encoded,
        options.default_package_filename.as_deref(),
        options.flat_output_dir,
    )
    .map_err(|error| ErrorKind::Descriptors(error.to_string()))?;

    let mut files = Vec::new();
    for package in &packages {
        let Some(content) = expand::package(package, &names)? else { continue };
        let module = Module::from_protobuf_package_name(&package.name);
        let request = modules.for_module(&module);
        let Some((request, prost_file)) =
            request.and_then(|request| Some((request, request.output_filename()?)))
        else {
            // To go on would be to leave out guards.
            let what = format!("prost has no file for the package `{}`", package.name);
            return Err(ErrorKind::Bug(what).into());
        };
        let name = expand::file_name(prost_file);
        files.push(File {
            name: Some(format!("{}{name}", request.output_dir())),
            content: Some(content),
            ..File::default()
        });
        if !options.no_include {
            files.extend(request.append_to_file(|code| code.push_str(&expand::include(&name))));
        }
    }
    Ok(files)
}

/// What prost calls the services and messages, under the options of this run.
fn names(
    descriptors: &Descriptors,
    packages: &[Package],
    options: &Options,
) -> Result<Names, Error> {
    let (recorder, names) = Recorder::new(None);
    let mut config = prost_build::Config::new();
    for (proto, rust) in &options.extern_paths {
        config.extern_path(proto, rust);
    }
    if options.compile_well_known_types {
        config.compile_well_known_types();
    }
    config.service_generator(Box::new(recorder));

    let mut files = descriptors.files.clone();
    ask_for_messages(&mut files, packages);
    let module = |file: &prost_types::FileDescriptorProto| {
        Module::from_protobuf_package_name(file.package())
    };
    let requests = files.into_iter().map(|file| (module(&file), file)).collect();
    config.generate(requests).map_err(|error| ErrorKind::Option(error.to_string()))?;
    drop(config);
    Ok(names.take())
}
