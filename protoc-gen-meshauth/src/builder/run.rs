//! One run: what prost and tonic generate by the settings, and the guards beside it.

use prost_build::Module;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::{
    Builder,
    output::{Output, Scratch},
    reflected,
    server::Servers,
    settings::{Settings, the_same},
    sources::Sources,
};
use crate::{
    annotation::Shape,
    check::{self, Checked},
    descriptor::Descriptors,
    error::{Error, ErrorKind},
    expand::{self, Expander},
    format::Style,
    options::Options,
    paths::{Paths, Recorder, question},
    policy::Package,
    report::Report,
};

/// The name under which prost writes the module tree: no package has a file of this name.
const MODULE_TREE: &str = "meshauth-modules.rs";

/// A run, once its settings and its files are known.
pub(super) struct Run {
    pub(super) builder: Builder,
    pub(super) settings: Settings,
    pub(super) options: Options,
    pub(super) sources: Sources,
}

impl Run {
    /// Checks the annotations, then writes all files.
    pub(super) fn write(self) -> Result<(), Error> {
        let Self { builder, settings, options, sources } = self;
        let descriptors = Descriptors::read(sources.files.clone(), &options.annotation)?;
        let packages = checked(&descriptors, &sources, &settings, &options)?;
        let annotations = Shape::numbers(&descriptors.options, &options.annotation);
        drop(descriptors);
        let mut output = Output::default();
        if let Some(path) = builder.full_file_descriptor_set {
            output.add(path, sources.encoded())?;
        }
        if let Some(path) = &settings.file_descriptor_set {
            output.add(path.clone(), reflected::set(&sources.files, &annotations)?)?;
        }
        let mut tonic = builder.tonic;
        // Tables for other servers than tonic's: its clients are still wanted.
        if !options.tonic {
            tonic = tonic.build_server(false);
        }
        let paths =
            generate(&tonic, builder.prost, &sources, &packages, &settings, &options, &mut output)?;
        add_guards(&tonic, &packages, &paths, &settings, &options, &mut output)?;
        output.write()
    }
}

/// The packages, with the warnings shown.
fn checked(
    descriptors: &Descriptors,
    sources: &Sources,
    settings: &Settings,
    options: &Options,
) -> Result<Vec<Package>, Error> {
    let rename = |file: &str| sources.on_disk(file).or_else(|| options.shown(file));
    let Checked { mut packages, warnings } =
        check::packages(descriptors, &sources.requested, options)
            .map_err(|error| error.rename_files(rename))?;
    show(&warnings.rename_files(rename), options.style());
    // tonic's setting for its own comments holds for the same ones here.
    let is_out = |name: &str| settings.without_comments.contains(name);
    for service in packages.iter_mut().flat_map(|package| &mut package.services) {
        if is_out(&service.full_name) {
            service.comment.clear();
        }
        for method in &mut service.methods {
            if is_out(&format!("{}.{}", service.full_name, method.name)) {
                method.comment.clear();
            }
        }
    }
    Ok(packages)
}

/// prost's and tonic's own pass, with the paths that prost resolved in it.
fn generate(
    tonic: &tonic_prost_build::Builder,
    mut prost: prost_build::Config,
    sources: &Sources,
    packages: &[Package],
    settings: &Settings,
    options: &Options,
    output: &mut Output,
) -> Result<Paths, Error> {
    let scratch = Scratch::new(&settings.out_dir)?;
    let tree = module_tree(&mut prost, &scratch, settings)?;
    let mut tonic = tonic.clone().out_dir(scratch.path());
    if options.compile_well_known_types {
        tonic = tonic.compile_well_known_types(true);
    }
    if tree.is_some() {
        tonic = tonic.include_file(MODULE_TREE);
    }
    let (recorder, paths) = Recorder::new(Some(tonic.clone().service_generator()));
    options.configure(&mut prost);
    prost.service_generator(Box::new(recorder));

    let mut file = sources.decoded()?;
    // tonic makes a server of every service that it is given: an imported one, which nobody
    // checked, would have no guard.
    let is_checked =
        |file: &FileDescriptorProto| packages.iter().any(|package| package.name == file.package());
    file.iter_mut().filter(|file| !is_checked(file)).for_each(|file| file.service.clear());
    // The configuration may have paths that are not known here: prost is asked for all.
    file.extend(packages.iter().filter_map(|p| question(&p.name, p.messages())));
    // With nothing left for tonic to build, prost keeps the service generator that it has.
    tonic
        .build_client(false)
        .build_server(false)
        .compile_fds_with_config(FileDescriptorSet { file }, prost)
        .map_err(ErrorKind::Generate)?;
    let files = scratch.files()?;
    for (name, content) in files {
        let is_tree = name == MODULE_TREE;
        let name = tree.clone().filter(|_| is_tree).unwrap_or_else(|| name.into());
        output.add(settings.out_dir.join(name), content)?;
    }
    Ok(paths.take())
}

/// The name of the module tree. prost's config does not show that it has one, but writes it, even of
/// no files.
fn module_tree(
    prost: &mut prost_build::Config,
    scratch: &Scratch,
    settings: &Settings,
) -> Result<Option<std::path::PathBuf>, Error> {
    prost.out_dir(scratch.path());
    prost.compile_fds(FileDescriptorSet::default()).map_err(ErrorKind::Generate)?;
    let of_prost = scratch.files()?.into_keys().next();
    scratch.clear()?;
    let given = of_prost.map(Into::into).into_iter().chain(settings.include_file.clone());
    the_same("include_file", given).map_err(|fault| ErrorKind::Option(fault).into())
}

/// One file for each package, beside prost's and included in it, on the condition on which tonic's
/// servers are there. Without servers there is none, unless the tables are wanted by themselves.
fn add_guards(
    tonic: &tonic_prost_build::Builder,
    packages: &[Package],
    paths: &Paths,
    settings: &Settings,
    options: &Options,
    output: &mut Output,
) -> Result<(), Error> {
    let in_options = options.default_package_filename.as_ref();
    let without_package = in_options.or(settings.default_package_filename.as_ref());
    let without_package = without_package.map_or("_", String::as_str);
    let expander = Expander::new(options)?;
    for package in packages {
        let condition = match Servers::of(tonic, &package.name)? {
            Servers::If(condition) => condition,
            Servers::None if options.tonic => continue,
            Servers::None => String::new(),
        };
        let Some(content) = expander.package(package, paths)? else { continue };
        let module = Module::from_protobuf_package_name(&package.name);
        let prost_name = module.to_file_name_or(without_package);
        let name = expand::file_name(&prost_name);
        output.add(settings.out_dir.join(&name), content.into_bytes())?;
        if options.no_include {
            continue;
        }
        let Some(code) = output.content(&settings.out_dir.join(&prost_name)) else {
            // To go on would be to leave out guards.
            let what = format!("prost has no file for the package `{}`", package.name);
            return Err(ErrorKind::Bug(what).into());
        };
        code.extend_from_slice(condition.as_bytes());
        code.extend_from_slice(expand::include(&name).as_bytes());
    }
    Ok(())
}

/// Cargo hides what a build script that succeeds prints, but for its own directives: a line each.
#[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
fn show(warnings: &Report, style: Style) {
    for warning in style.lines(warnings) {
        for line in warning.lines() {
            println!("cargo::warning={line}");
        }
    }
}
