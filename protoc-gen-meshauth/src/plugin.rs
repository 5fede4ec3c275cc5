//! The plugin: an encoded `CodeGeneratorRequest` in, files out.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use prost::Message;
use prost_build::Module;
use prost_types::{
    FileDescriptorProto,
    compiler::{CodeGeneratorRequest as NamesOfFiles, code_generator_response::File},
};
use protoc_gen_prost::ModuleRequestSet;

use crate::{
    check,
    descriptor::{self, CodeGeneratorRequest, Descriptors, unreadable},
    error::{Error, ErrorKind},
    expand::{self, Expander},
    options::Options,
    paths,
    report::Report,
};

/// What the plugin answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The files to write.
    pub files: Vec<File>,
    /// What there is to say about the `.proto` files, though they break no rule.
    pub warnings: Report,
    /// The warnings as they are to be shown; empty if there are none.
    pub shown: String,
}

/// Generates the guards for an encoded `CodeGeneratorRequest`: what the plugin does with its
/// standard input.
///
/// For each package there is one file, `<package>.meshauth.rs`, and a line that includes it in
/// prost's module.
///
/// # Errors
/// All breaches of all annotations at once, an unknown option, a request that is none. It does not
/// panic.
pub fn execute(request: &[u8]) -> Result<Generated, Error> {
    // The libraries below panic on descriptors that no compiler makes. Nothing is shared with what
    // was interrupted.
    catch_unwind(AssertUnwindSafe(|| generate(request)))
        .unwrap_or_else(|_| Err(unreadable("one of the libraries that read them panicked")))
}

fn generate(encoded: &[u8]) -> Result<Generated, Error> {
    let request = CodeGeneratorRequest::decode(encoded).map_err(unreadable)?;
    let options = Options::parse(&request.parameter)?;
    let descriptors = Descriptors::read(request.proto_file, &options.annotation)?;
    let requested: BTreeSet<String> = request.file_to_generate.into_iter().collect();
    let check::Checked { packages, warnings } = check::packages(&descriptors, &requested, &options)
        .map_err(|error| error.rename_files(|file| options.shown(file)))?;
    let paths = paths::resolve(&packages, &options)?;
    let modules = modules(&descriptors.files, requested, &options)?;
    drop(descriptors);

    let expander = Expander::new(&options)?;
    let mut files = Vec::new();
    for package in packages {
        let Some(content) = expander.package(&package, &paths)? else { continue };
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
    let warnings = warnings.rename_files(|file| options.shown(file));
    let shown =
        if warnings.is_empty() { String::new() } else { options.style().render_all(&warnings) };
    Ok(Generated { files, warnings, shown })
}

/// Where prost's plugin writes what: it decides by the names of files and packages.
fn modules(
    files: &[descriptor::File],
    requested: BTreeSet<String>,
    options: &Options,
) -> Result<ModuleRequestSet, Error> {
    let proto_file: Vec<_> = files
        .iter()
        .map(|file| FileDescriptorProto {
            name: Some(file.name.clone()),
            package: Some(file.package.clone()),
            ..FileDescriptorProto::default()
        })
        .collect();
    let names = NamesOfFiles { proto_file: proto_file.clone(), ..NamesOfFiles::default() };
    ModuleRequestSet::new(
        requested,
        proto_file,
        &names.encode_to_vec(),
        options.default_package_filename.as_deref(),
        options.flat_output_dir,
    )
    .map_err(unreadable)
}
