//! Encoded file descriptors in, a pool with its extensions intact out.
//!
//! prost-types drops extensions, so the bytes are decoded twice: by prost-types for what prost and
//! tonic generate from, and by prost-reflect for the annotations.

use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use crate::{
    diagnostic::{Code, Diagnostic, Report},
    error::{Error, ErrorKind},
    source::{field, place},
};

/// All files of a run, imports included, in the order in which they came: imports first.
pub(crate) struct Descriptors {
    pub(crate) files: Vec<FileDescriptorProto>,
    pub(crate) pool: DescriptorPool,
    /// What had to be left out of the pool, because the libraries below would panic.
    pub(crate) refused: Report,
}

/// `google.protobuf.FileDescriptorSet`, with its files as they are.
#[derive(Clone, PartialEq, Message)]
struct RawFileDescriptorSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

/// `google.protobuf.compiler.CodeGeneratorRequest`, with its files as they are.
#[derive(Clone, PartialEq, Message)]
struct RawCodeGeneratorRequest {
    #[prost(bytes = "vec", repeated, tag = "15")]
    proto_file: Vec<Vec<u8>>,
}

impl Descriptors {
    /// The files of an encoded `FileDescriptorSet`.
    #[cfg(feature = "build-script")]
    pub(crate) fn from_set(encoded: &[u8]) -> Result<Self, Error> {
        Self::read(RawFileDescriptorSet::decode(encoded).map_err(unreadable)?.file)
    }

    /// The files of an encoded `CodeGeneratorRequest`.
    pub(crate) fn from_request(encoded: &[u8]) -> Result<Self, Error> {
        Self::read(RawCodeGeneratorRequest::decode(encoded).map_err(unreadable)?.proto_file)
    }

    fn read(raw: Vec<Vec<u8>>) -> Result<Self, Error> {
        let mut refused = Report::default();
        let mut left_out = std::collections::BTreeSet::new();
        let mut files = Vec::new();
        let mut kept = Vec::new();
        for bytes in raw {
            let file = FileDescriptorProto::decode(bytes.as_slice()).map_err(unreadable)?;
            let uses_editions = file.syntax() == "editions";
            if uses_editions {
                refused.push(editions(&file));
            }
            // A file that imports one that was left out cannot be read without it.
            if uses_editions || file.dependency.iter().any(|import| left_out.contains(import)) {
                left_out.insert(file.name().to_owned());
                continue;
            }
            files.push(file);
            kept.push(bytes);
        }
        let set = RawFileDescriptorSet { file: kept }.encode_to_vec();
        let pool = DescriptorPool::decode(set.as_slice()).map_err(unreadable)?;
        Ok(Self { files, pool, refused })
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    ErrorKind::Descriptors(error.to_string()).into()
}

fn editions(file: &FileDescriptorProto) -> Diagnostic {
    Diagnostic::new(
        place(file, &[field::FILE_SYNTAX]),
        Code::E12,
        format!("`{}` uses editions, which prost does not generate from", file.name()),
        "write the file in proto3:\nsyntax = \"proto3\";",
    )
}
