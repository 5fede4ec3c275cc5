//! `configure()`: the guards in a build script, in one pass with prost and tonic, without protoc.

mod clients;
mod editions;
mod misspelt;
mod places;
mod sources;

use std::{
    env, fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use prost_build::Module;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use self::sources::Sources;
use crate::{
    check,
    descriptor::{Descriptors, unreadable},
    error::{Error, ErrorKind},
    expand::{self, Expander},
    format::Style,
    options::Options,
    paths::{Paths, Recorder, question},
    policy::Package,
    report::Report,
};

/// Settings for a build script. See [`configure`].
pub struct Builder {
    tonic: tonic_prost_build::Builder,
    prost: prost_build::Config,
    out_dir: Option<PathBuf>,
    include_file: Option<PathBuf>,
    file_descriptor_set: Option<PathBuf>,
    /// In the plugin's notation.
    options: Vec<String>,
}

/// Generates messages, tonic services and their guards in a build script:
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     protoc_gen_meshauth::configure()
///         .include_file("mod.rs")
///         .compile_protos(&["wallet/account/v1/service.proto"], &["proto"])?;
///     Ok(())
/// }
/// ```
///
/// The program then takes all modules in with `include!(concat!(env!("OUT_DIR"), "/mod.rs"));`. The
/// protos that declare the annotation come with the crate, and protoc is not needed.
#[must_use]
pub fn configure() -> Builder {
    Builder {
        tonic: tonic_prost_build::configure(),
        prost: prost_build::Config::new(),
        out_dir: None,
        include_file: None,
        file_descriptor_set: None,
        options: Vec::new(),
    }
}

impl Builder {
    /// Keeps your settings of tonic, such as attributes and extern paths. The output directory and
    /// the include file are set here instead, and the server must be built, as it is by default.
    #[must_use]
    pub fn tonic(self, tonic: tonic_prost_build::Builder) -> Self {
        Self { tonic, ..self }
    }

    /// Keeps your settings of prost. Its service generator is replaced.
    #[must_use]
    pub fn prost(self, prost: prost_build::Config) -> Self {
        Self { prost, ..self }
    }

    /// Where to write; `OUT_DIR` unless it is set.
    #[must_use]
    pub fn out_dir(self, directory: impl Into<PathBuf>) -> Self {
        Self { out_dir: Some(directory.into()), ..self }
    }

    /// Writes a file with the module tree of all packages into the output directory.
    #[must_use]
    pub fn include_file(self, name: impl Into<PathBuf>) -> Self {
        Self { include_file: Some(name.into()), ..self }
    }

    /// Writes the encoded `FileDescriptorSet` of all files, imports included, as server reflection
    /// takes it.
    #[must_use]
    pub fn file_descriptor_set_path(self, path: impl Into<PathBuf>) -> Self {
        Self { file_descriptor_set: Some(path.into()), ..self }
    }

    /// Sets one of the plugin's options, in its notation: see [`OPTIONS`](crate::OPTIONS).
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// protoc_gen_meshauth::configure()
    ///     .option("lint=public_write:deny")
    ///     .option("extern_path=.acme.money.v1=::acme_money::v1")
    ///     .compile_protos(&["wallet/account/v1/service.proto"], &["proto"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What is not understood is an error of [`compile_protos`](Self::compile_protos).
    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }

    /// Compiles the `.proto` files, checks the annotations and generates.
    ///
    /// Files are given as they are found on disk or as they are imported; `includes` are the
    /// directories that imports start from. Of packages that are only imported there are the
    /// messages, but no services.
    ///
    /// # Errors
    /// All breaches of all annotations at once, files that do not compile, and files that cannot be
    /// written. Before the annotations are right nothing is written.
    pub fn compile_protos(
        mut self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        let out_dir = self.target()?;
        let mut options = Options::read(self.options.iter().map(String::as_str))?;
        self.tonic = clients::settle(self.tonic, &mut options);
        let sources = Sources::compile(protos, includes, &options)?;
        sources.rerun_if_changed();
        let descriptors = Descriptors::read(sources.files.clone(), &options.annotation)?;
        let checked = check::packages(&descriptors, &sources.requested, &options)
            .map_err(|error| error.rename_files(|file| sources.on_disk(file)))?;
        let warnings = checked.warnings.rename_files(|file| sources.on_disk(file));
        show(&warnings, options.style());
        if let Some(path) = &self.file_descriptor_set {
            write(path, &sources.encoded())?;
        }
        // prost panics on names that no compiler lets through.
        let generate = || self.generate(&sources, &checked.packages, &options, &out_dir);
        let paths = catch_unwind(AssertUnwindSafe(generate))
            .unwrap_or_else(|_| Err(unreadable("prost or tonic panicked")))?;
        write_guards(&checked.packages, &paths, &options, &out_dir)
    }

    fn target(&self) -> Result<PathBuf, Error> {
        let from_env = || env::var_os("OUT_DIR").map(PathBuf::from);
        self.out_dir.clone().or_else(from_env).ok_or_else(|| {
            let what = "there is no OUT_DIR outside of a build script, set `out_dir`";
            ErrorKind::Option(what.to_owned()).into()
        })
    }

    /// prost's and tonic's own pass, with the paths that prost resolved in it.
    fn generate(
        self,
        sources: &Sources,
        packages: &[Package],
        options: &Options,
        out_dir: &Path,
    ) -> Result<Paths, Error> {
        let mut tonic = self.tonic.out_dir(out_dir);
        if options.compile_well_known_types {
            tonic = tonic.compile_well_known_types(true);
        }
        if let Some(include_file) = &self.include_file {
            tonic = tonic.include_file(include_file);
        }
        // Without guards there are no servers either.
        let servers = options.tonic.then(|| tonic.clone().service_generator());
        let (recorder, paths) = Recorder::new(servers);
        let mut prost = self.prost;
        options.configure(&mut prost);
        prost.service_generator(Box::new(recorder));

        let mut file = sources.decoded()?;
        // tonic makes a server of every service that it is given: an imported one, which nobody
        // checked, would have no guard.
        let is_checked = |file: &FileDescriptorProto| {
            packages.iter().any(|package| package.name == file.package())
        };
        file.iter_mut().filter(|file| !is_checked(file)).for_each(|file| file.service.clear());
        // The configuration may have paths that are not known here: prost is asked for all.
        file.extend(packages.iter().filter_map(|p| question(&p.name, p.messages())));
        // With nothing left for tonic to build, prost keeps the service generator that it has.
        tonic
            .build_client(false)
            .build_server(false)
            .compile_fds_with_config(FileDescriptorSet { file }, prost)
            .map_err(ErrorKind::Generate)?;
        Ok(paths.take())
    }
}

/// One file for each package, beside prost's and included in it.
fn write_guards(
    packages: &[Package],
    paths: &Paths,
    options: &Options,
    out_dir: &Path,
) -> Result<(), Error> {
    let without_package = options.default_package_filename.as_deref().unwrap_or("_");
    let expander = Expander::new(options)?;
    for package in packages {
        let Some(content) = expander.package(package, paths)? else { continue };
        let module = Module::from_protobuf_package_name(&package.name);
        let prost_name = module.to_file_name_or(without_package);
        let name = expand::file_name(&prost_name);
        write(&out_dir.join(&name), content.as_bytes())?;
        if options.no_include {
            continue;
        }
        let prost_path = out_dir.join(&prost_name);
        let mut code =
            fs::read(&prost_path).map_err(|error| ErrorKind::File(prost_path.clone(), error))?;
        code.extend_from_slice(expand::include(&name).as_bytes());
        write(&prost_path, &code)?;
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

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    fs::write(path, content).map_err(|error| ErrorKind::File(path.to_owned(), error).into())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("out_dir", &self.out_dir)
            .field("include_file", &self.include_file)
            .finish_non_exhaustive()
    }
}
