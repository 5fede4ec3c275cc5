//! Requests as compilers send them to plugins, and as none does.

use std::{fs, process::Command};

use prost::{Message, encoding::decode_varint};
use prost_types::{FileDescriptorProto, SourceCodeInfo, compiler::code_generator_response::File};
use protoc_gen_meshauth::{Error, Generated, PROTOS};
use protox::file::{ChainFileResolver, FileResolver, GoogleFileResolver};
use tempfile::TempDir;

use super::{Breach, Proto, breaches_of, proto};

/// A `CodeGeneratorRequest` that keeps the bytes of its files, and so their extensions.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    #[prost(string, repeated, tag = "1")]
    pub file_to_generate: Vec<String>,
    #[prost(string, optional, tag = "2")]
    pub parameter: Option<String>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub proto_file: Vec<Vec<u8>>,
}

/// The `FileDescriptorSet` that compilers make.
#[derive(Clone, PartialEq, Message)]
struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

impl Request {
    /// A request for all files; what they import comes with it, and the annotation's protos unless
    /// they are given.
    pub fn of(files: &[Proto]) -> Self {
        let mut resolver = ChainFileResolver::new();
        resolver.add(Given(files.to_vec()));
        resolver.add(Given(PROTOS.iter().map(|(name, text)| proto(name, text)).collect()));
        resolver.add(GoogleFileResolver::new());
        let mut compiler = protox::Compiler::with_file_resolver(resolver);
        compiler.include_imports(true).include_source_info(true);
        compiler.open_files(files.iter().map(|file| &file.name)).expect("the protos compile");
        Self::for_files(files, &compiler.encode_file_descriptor_set())
    }

    /// The same as `protoc` makes it. For very large files: the time that protox takes grows with
    /// the square of the options in a file.
    pub fn by_protoc(files: &[Proto]) -> Self {
        let directory = TempDir::new().unwrap();
        let given = PROTOS.iter().map(|(name, text)| proto(name, text));
        for Proto { name, text } in given.chain(files.iter().cloned()) {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let done = Command::new("protoc")
            .args(["--include_imports", "--include_source_info", "--descriptor_set_out=set", "-I."])
            .args(files.iter().map(|file| &file.name))
            .current_dir(&directory)
            .status()
            .expect("protoc is on the path");
        assert!(done.success(), "protoc: {done}");
        Self::for_files(files, &fs::read(directory.path().join("set")).unwrap())
    }

    fn for_files(files: &[Proto], set: &[u8]) -> Self {
        Self {
            file_to_generate: files.iter().map(|file| file.name.clone()).collect(),
            parameter: None,
            proto_file: Set::decode(set).unwrap().file,
        }
    }

    /// The same with these options.
    pub fn with(mut self, parameter: &str) -> Self {
        self.parameter = Some(parameter.to_owned());
        self
    }

    /// The same with one file from another run, in which it was compiled with other imports.
    pub fn swap(mut self, name: &str, other: &Self) -> Self {
        let is_it = |bytes: &Vec<u8>| name_of(bytes) == name;
        let from = other.proto_file.iter().find(|bytes| is_it(bytes)).expect("it is in the other");
        let to = self.proto_file.iter_mut().find(|bytes| is_it(bytes)).expect("it is in this one");
        to.clone_from(from);
        self
    }

    /// The same without a file.
    pub fn without(mut self, name: &str) -> Self {
        self.proto_file.retain(|bytes| name_of(bytes) != name);
        self
    }

    /// The same with other source information in one file, or none.
    pub fn with_source_info(mut self, name: &str, info: Option<SourceCodeInfo>) -> Self {
        let file = self.proto_file.iter_mut().find(|bytes| name_of(bytes) == name).unwrap();
        *file = without_field(file, 9);
        let rest = FileDescriptorProto { source_code_info: info, ..FileDescriptorProto::default() };
        self.append(name, &rest)
    }

    /// The same with more in one file: encoded messages that follow each other are one message.
    pub fn append(mut self, name: &str, more: &FileDescriptorProto) -> Self {
        let file = self.proto_file.iter_mut().find(|bytes| name_of(bytes) == name).unwrap();
        file.extend(more.encode_to_vec());
        self
    }

    /// The same with these bytes instead of others of the same length, wherever they stand.
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        assert_eq!(from.len(), to.len(), "lengths are written before names");
        for file in &mut self.proto_file {
            while let Some(at) = file.windows(from.len()).position(|part| part == from.as_bytes()) {
                file[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
        }
        self
    }

    pub fn execute(&self) -> Result<Vec<File>, Error> {
        self.generate().map(|generated| generated.files)
    }

    /// The files, and what there is to say about the protos.
    pub fn generate(&self) -> Result<Generated, Error> {
        protoc_gen_meshauth::execute(&self.encode_to_vec())
    }

    #[track_caller]
    pub fn breaches(&self) -> Vec<Breach> {
        breaches_of(&self.execute().expect_err("the protos break a rule"))
    }
}

/// The name of an encoded file.
pub fn name_of(file: &[u8]) -> String {
    FileDescriptorProto::decode(file).unwrap().name().to_owned()
}

/// An encoded message without one of its fields. The other bytes stay as they are, extensions too.
fn without_field(message: &[u8], number: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let key = decode_varint(&mut rest).unwrap();
        let value = usize::try_from(decode_varint(&mut rest).unwrap()).unwrap();
        match key & 7 {
            0 => {}
            2 => rest = &rest[value..],
            other => panic!("descriptors have no fields of wire type {other}"),
        }
        if key >> 3 != number {
            kept.extend_from_slice(&start[..start.len() - rest.len()]);
        }
    }
    kept
}

/// Files in memory.
#[derive(Debug)]
struct Given(Vec<Proto>);

impl FileResolver for Given {
    fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
        match self.0.iter().find(|file| file.name == name) {
            Some(file) => protox::file::File::from_source(name, &file.text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
