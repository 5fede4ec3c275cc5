//! The `.proto` files of a build script, compiled.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use prost::{Message as _, bytes::Bytes};
use prost_types::FileDescriptorProto;
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

use super::{places, uncompiled};
use crate::{
    descriptor::{self, FileDescriptorSet, unreadable},
    error::Error,
    options::Options,
    protos::PROTOS,
};

/// The compiled `.proto` files.
pub(super) struct Sources {
    /// Encoded, with the extensions in their options.
    pub(super) files: Vec<Bytes>,
    /// The names of the files that were asked for, as they are imported.
    pub(super) requested: BTreeSet<String>,
    /// Where files were found, by the name under which they are imported.
    paths: HashMap<String, PathBuf>,
}

impl Sources {
    /// Compiles the files. Those of the annotation are found without being given.
    ///
    /// # Errors
    /// Files that are not there or do not compile.
    pub(super) fn compile(
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
        options: &Options,
    ) -> Result<Self, Error> {
        let mut compiler = Compiler::with_file_resolver(resolver(includes));
        compiler.include_imports(true).include_source_info(true);
        compiler.open_files(protos).map_err(|error| {
            let resolver = || -> Box<dyn FileResolver> { Box::new(resolver(includes)) };
            let includes: Vec<_> = includes.iter().map(AsRef::as_ref).collect();
            uncompiled::error(error, protos, &includes, options, resolver)
        })?;

        let requested = compiler.files().filter(|file| !file.is_import());
        let paths: HashMap<_, _> = compiler
            .files()
            .filter_map(|file| Some((file.name().to_owned(), file.path()?.to_owned())))
            .collect();
        let set = FileDescriptorSet::decode(&*compiler.encode_file_descriptor_set());
        let files = set.map_err(unreadable)?.file.into_iter();
        let files = files.map(|file| places::as_protoc(file, |name| paths.get(name)));
        Ok(Self {
            requested: requested.map(|file| file.name().to_owned()).collect(),
            files: files.collect(),
            paths,
        })
    }

    /// The files of an encoded `FileDescriptorSet`, of which those `requested` are asked for, or all.
    ///
    /// # Errors
    /// Bytes that are no such set, and names that are not in it.
    pub(super) fn from_set(set: &[u8], requested: &[&str]) -> Result<Self, Error> {
        let files = FileDescriptorSet::decode(set).map_err(unreadable)?.file;
        let requested = descriptor::requested(&files, requested)?;
        Ok(Self { files, requested, paths: HashMap::new() })
    }

    /// The encoded `google.protobuf.FileDescriptorSet`.
    pub(super) fn encoded(&self) -> Vec<u8> {
        FileDescriptorSet { file: self.files.clone() }.encode_to_vec()
    }

    /// As prost takes them, without the extensions.
    pub(super) fn decoded(&self) -> Result<Vec<FileDescriptorProto>, Error> {
        let files = self.files.iter().cloned();
        files.map(|file| FileDescriptorProto::decode(file).map_err(unreadable)).collect()
    }

    /// Where a file was found.
    pub(super) fn on_disk(&self, file: &str) -> Option<String> {
        self.paths.get(file).map(|path| path.display().to_string())
    }

    /// Has cargo run the build script again when one of the files changes.
    #[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
    pub(super) fn rerun_if_changed(&self) {
        for path in self.paths.values() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}

/// Looks in the directories, then among what comes with the crate and with protox.
fn resolver(includes: &[impl AsRef<Path>]) -> ChainFileResolver {
    let mut resolver = ChainFileResolver::new();
    for include in includes {
        resolver.add(IncludeFileResolver::new(include.as_ref().to_owned()));
    }
    resolver.add(Embedded);
    resolver.add(GoogleFileResolver::new());
    resolver
}

/// The annotation's own protos, for whoever has no copy of them.
#[derive(Debug)]
struct Embedded;

impl FileResolver for Embedded {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match PROTOS.iter().find(|(path, _)| *path == name) {
            Some((path, text)) => File::from_source(path, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
