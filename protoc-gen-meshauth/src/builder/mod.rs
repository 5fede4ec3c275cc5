//! `configure()`: the guards in a build script, in one pass with prost and tonic, without protoc.

mod clients;
mod earlier;
mod editions;
mod faults;
mod misspelt;
mod output;
mod places;
mod probe;
mod reflected;
mod refused;
mod run;
mod server;
mod settings;
mod shown;
mod sources;
mod uncompiled;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use self::{run::Run, settings::Settings, sources::Sources};
use crate::{descriptor::unreadable, error::Error, options::Options};

/// Settings for a build script. See [`configure`].
pub struct Builder {
    tonic: tonic_prost_build::Builder,
    prost: prost_build::Config,
    out_dir: Option<PathBuf>,
    include_file: Option<PathBuf>,
    file_descriptor_set: Option<PathBuf>,
    full_file_descriptor_set: Option<PathBuf>,
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
        full_file_descriptor_set: None,
        options: Vec::new(),
    }
}

impl Builder {
    /// Keeps your settings of tonic: attributes, extern paths, where to write and the rest.
    ///
    /// - With `build_server(false)` there are messages and clients only, and the crate needs no
    ///   runtime. The annotations are checked all the same. The option `tonic=false` adds the role
    ///   tables, the methods' types and `Resource`.
    /// - With `server_mod_attribute(".", "#[cfg(feature = \"server\")]")` the guards are there on the
    ///   same condition as the servers.
    /// - Settings that a guard cannot follow, such as `use_arc_self`, are errors of
    ///   [`compile_protos`](Self::compile_protos), which say what to do instead.
    #[must_use]
    pub fn tonic(self, tonic: tonic_prost_build::Builder) -> Self {
        Self { tonic, ..self }
    }

    /// Keeps your settings of prost. Those about protoc, which does not run here, and a service
    /// generator, whose place is taken, are errors of [`compile_protos`](Self::compile_protos).
    ///
    /// `skip_source_info` alone cannot be seen: use `disable_comments` for code without comments.
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
    /// takes it: without the annotations and without comments. Reflection answers everybody, and the
    /// annotations are the whole access table.
    #[must_use]
    pub fn file_descriptor_set_path(self, path: impl Into<PathBuf>) -> Self {
        Self { file_descriptor_set: Some(path.into()), ..self }
    }

    /// Writes the same set with the annotations and the source information, for tools and for
    /// [`compile_fds`](Self::compile_fds). Do not register it with server reflection.
    #[must_use]
    pub fn full_file_descriptor_set_path(self, path: impl Into<PathBuf>) -> Self {
        Self { full_file_descriptor_set: Some(path.into()), ..self }
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
    /// A run writes all of its files or none. Before the first run of a build script, what the build
    /// before wrote below `OUT_DIR` is removed.
    ///
    /// # Errors
    /// All breaches of all annotations at once, files that do not compile, files that cannot be
    /// written, and files that an earlier run of the same build script wrote differently: one call
    /// takes all files of a package.
    pub fn compile_protos(
        self,
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<(), Error> {
        self.run(|options| Sources::compile(protos, includes, options))
    }

    /// Does the same from an encoded `google.protobuf.FileDescriptorSet`, as protoc, buf and other
    /// build scripts write it, imports and options included.
    ///
    /// `protos` are the files to generate, by the names under which they are imported; without any
    /// it is all of them. A set without source information has no places to report and no comments
    /// to copy. Cargo is not told of files: print `cargo::rerun-if-changed` for yours.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Made with `buf build -o api.binpb`.
    /// println!("cargo::rerun-if-changed=api.binpb");
    /// let set = std::fs::read("api.binpb")?;
    /// protoc_gen_meshauth::configure().include_file("mod.rs").compile_fds(set, &[])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`compile_protos`](Self::compile_protos); bytes that are no such set, and names that it
    /// does not hold.
    pub fn compile_fds(self, set: impl AsRef<[u8]>, protos: &[&str]) -> Result<(), Error> {
        self.run(|_| Sources::from_set(set.as_ref(), protos))
    }

    fn run(
        mut self,
        sources: impl FnOnce(&Options) -> Result<Sources, Error>,
    ) -> Result<(), Error> {
        earlier::forget()?;
        let settings = Settings::read(&mut self)?;
        let mut options = Options::read(self.options.iter().map(String::as_str))?;
        self.tonic = clients::settle(self.tonic, &mut options);
        let sources = sources(&options)?;
        if settings.rerun_if_changed {
            sources.rerun_if_changed();
        }
        let run = Run { builder: self, settings, options, sources };
        // prost and tonic panic on names that no compiler lets through. What they were doing is
        // thrown away.
        catch_unwind(AssertUnwindSafe(|| run.write()))
            .unwrap_or_else(|_| Err(unreadable("prost or tonic panicked")))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("out_dir", &self.out_dir)
            .field("include_file", &self.include_file)
            .finish_non_exhaustive()
    }
}
