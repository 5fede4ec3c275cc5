//! `descriptor.proto`, as much of it as is read here.
//!
//! prost-types drops the extensions in options, and builds far more than is needed: a file with
//! source information takes six times its size. Here options and source information stay bytes until
//! somebody asks for them.

use std::iter;

use prost::{
    Message,
    bytes::Bytes,
    encoding::{decode_varint, encode_varint},
};

/// Numbers of fields in `descriptor.proto`, from which the paths in source information are made.
pub(crate) mod field {
    pub(crate) const FILE_PACKAGE: i32 = 2;
    pub(crate) const FILE_MESSAGE: i32 = 4;
    pub(crate) const FILE_ENUM: i32 = 5;
    pub(crate) const FILE_SERVICE: i32 = 6;
    #[cfg(feature = "build-script")]
    pub(crate) const FILE_SOURCE_CODE_INFO: i32 = 9;
    pub(crate) const FILE_SYNTAX: i32 = 12;
    pub(crate) const MESSAGE_FIELD: i32 = 2;
    pub(crate) const MESSAGE_MESSAGE: i32 = 3;
    pub(crate) const MESSAGE_ENUM: i32 = 4;
    pub(crate) const MESSAGE_ONEOF: i32 = 8;
    pub(crate) const SERVICE_METHOD: i32 = 2;
    pub(crate) const METHOD_OPTIONS: i32 = 4;
    pub(crate) const OPTIONS_IDEMPOTENCY: i32 = 34;
}

/// `google.protobuf.compiler.CodeGeneratorRequest`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CodeGeneratorRequest {
    #[prost(string, repeated, tag = "1")]
    pub(crate) file_to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    pub(crate) parameter: String,
    #[prost(bytes = "bytes", repeated, tag = "15")]
    pub(crate) proto_file: Vec<Bytes>,
}

/// `google.protobuf.FileDescriptorSet`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FileDescriptorSet {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) file: Vec<Bytes>,
}

/// `google.protobuf.FileDescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct File {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) package: String,
    #[prost(string, repeated, tag = "3")]
    pub(crate) dependency: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) message_type: Vec<Descriptor>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) enum_type: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) service: Vec<Service>,
    #[prost(message, repeated, tag = "7")]
    pub(crate) extension: Vec<Field>,
    /// `google.protobuf.SourceCodeInfo`
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub(crate) source_code_info: Option<Bytes>,
    #[prost(string, tag = "12")]
    pub(crate) syntax: String,
}

/// `google.protobuf.DescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Descriptor {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) field: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) nested_type: Vec<Descriptor>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) enum_type: Vec<Enum>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) extension: Vec<Field>,
    #[prost(message, optional, tag = "7")]
    options: Option<MessageOptions>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) oneof_decl: Vec<Oneof>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct MessageOptions {
    #[prost(bool, tag = "7")]
    map_entry: bool,
}

/// `google.protobuf.FieldDescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Field {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// Of an extension: what it extends.
    #[prost(string, tag = "2")]
    pub(crate) extendee: String,
    #[prost(enumeration = "Label", tag = "4")]
    label: i32,
    #[prost(enumeration = "Type", tag = "5")]
    kind: i32,
    #[prost(string, tag = "6")]
    pub(crate) type_name: String,
    #[prost(int32, optional, tag = "9")]
    pub(crate) oneof_index: Option<i32>,
    #[prost(bool, tag = "17")]
    pub(crate) proto3_optional: bool,
}

/// `google.protobuf.FieldDescriptorProto.Label`
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Label {
    Optional = 1,
    Required = 2,
    Repeated = 3,
}

/// `google.protobuf.FieldDescriptorProto.Type`: the ones that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Type {
    Other = 0,
    String = 9,
    Group = 10,
    Message = 11,
}

/// `google.protobuf.OneofDescriptorProto`, `google.protobuf.EnumDescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Oneof {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

pub(crate) use Oneof as Enum;

/// `google.protobuf.ServiceDescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Service {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) method: Vec<Method>,
}

/// `google.protobuf.MethodDescriptorProto`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Method {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) input_type: String,
    #[prost(string, tag = "3")]
    pub(crate) output_type: String,
    /// `google.protobuf.MethodOptions`
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) options: Bytes,
    #[prost(bool, tag = "5")]
    pub(crate) client_streaming: bool,
    #[prost(bool, tag = "6")]
    pub(crate) server_streaming: bool,
}

/// `google.protobuf.SourceCodeInfo`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SourceCodeInfo {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) location: Vec<Bytes>,
}

/// `google.protobuf.SourceCodeInfo.Location`. There are many, and few are looked at: lists of numbers
/// stay packed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Location {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) packed_path: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) packed_span: Bytes,
}

/// The same, for its comments.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WithComments {
    #[prost(bytes = "bytes", tag = "1")]
    packed_path: Bytes,
    #[prost(string, optional, tag = "3")]
    pub(crate) leading_comments: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) trailing_comments: Option<String>,
    #[prost(string, repeated, tag = "6")]
    pub(crate) leading_detached_comments: Vec<String>,
}

impl WithComments {
    /// What the comments stand with.
    pub(crate) fn path(&self) -> Vec<i32> {
        let numbers = unpacked(&self.packed_path);
        numbers.map(|number| i32::try_from(number).unwrap_or(i32::MAX)).collect()
    }
}

impl Location {
    /// The line and the column where it starts, from 0.
    pub(crate) fn start(&self) -> Option<(u32, u32)> {
        let mut numbers = unpacked(&self.packed_span).map(|number| u32::try_from(number).ok());
        numbers.next().flatten().zip(numbers.next().flatten())
    }
}

/// A list of numbers as it is encoded. What starts with a list also starts with its encoding.
pub(crate) fn packed(numbers: &[i32]) -> Bytes {
    let mut packed = Vec::with_capacity(2 * numbers.len());
    for number in numbers {
        encode_varint(i64::from(*number).cast_unsigned(), &mut packed);
    }
    packed.into()
}

fn unpacked(mut packed: &[u8]) -> impl Iterator<Item = u64> {
    iter::from_fn(move || decode_varint(&mut packed).ok())
}

impl File {
    /// The full name of something that is declared at the top of the file.
    pub(crate) fn full_name(&self, name: &str) -> String {
        if self.package.is_empty() { name.to_owned() } else { [&self.package, ".", name].concat() }
    }

    /// Whether fields without a label track presence.
    pub(crate) fn is_proto2(&self) -> bool {
        matches!(self.syntax.as_str(), "" | "proto2")
    }
}

impl Descriptor {
    /// Whether it stands for the entries of a map field.
    pub(crate) fn is_map_entry(&self) -> bool {
        self.options.is_some_and(|options| options.map_entry)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.field.iter().find(|field| field.name == name)
    }
}

impl Field {
    pub(crate) fn is_repeated(&self) -> bool {
        self.label() == Label::Repeated
    }

    pub(crate) fn is_required(&self) -> bool {
        self.label() == Label::Required
    }

    pub(crate) fn is_string(&self) -> bool {
        self.kind() == Type::String
    }

    /// The full name of the message that the field holds.
    pub(crate) fn message(&self) -> Option<&str> {
        matches!(self.kind(), Type::Message | Type::Group).then(|| full_name(&self.type_name))
    }

    /// The index of the oneof that the field belongs to in Rust. The one behind a proto3 `optional`
    /// is none.
    pub(crate) fn oneof(&self) -> Option<usize> {
        let index = self.oneof_index.filter(|_| !self.proto3_optional)?;
        usize::try_from(index).ok()
    }
}

/// A reference as compilers resolve it, without the dot in front.
pub(crate) fn full_name(reference: &str) -> &str {
    reference.strip_prefix('.').unwrap_or(reference)
}
