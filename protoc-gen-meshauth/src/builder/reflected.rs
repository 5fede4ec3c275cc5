//! The descriptor set for server reflection, which answers everybody: without the annotations, which
//! are the access table, and without the comments.
//!
//! Options of others and whatever is unknown here stay as they are, byte for byte.

use std::collections::BTreeSet;

use prost::{
    Message as _,
    bytes::Bytes,
    encoding::{
        DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
    },
};

use crate::{
    descriptor::{FileDescriptorSet, field, unreadable},
    error::Error,
};

/// The encoded set of these files. The `annotations` are the numbers of the extensions to leave out.
pub(super) fn set(files: &[Bytes], annotations: &BTreeSet<u32>) -> Result<Vec<u8>, Error> {
    let files = files.iter().map(|bytes| file(bytes, annotations).map(Bytes::from));
    Ok(FileDescriptorSet { file: files.collect::<Result<_, _>>()? }.encode_to_vec())
}

fn file(file: &[u8], annotations: &BTreeSet<u32>) -> Result<Vec<u8>, Error> {
    const SERVICE: u32 = field::FILE_SERVICE.unsigned_abs();
    const SOURCE_CODE_INFO: u32 = field::FILE_SOURCE_CODE_INFO.unsigned_abs();
    rewritten(file, |number, content| match number {
        SOURCE_CODE_INFO => Ok(Change::Leave),
        SERVICE => service(content, annotations).map(Change::Replace),
        _ => Ok(Change::Keep),
    })
}

fn service(service: &[u8], annotations: &BTreeSet<u32>) -> Result<Vec<u8>, Error> {
    const METHOD: u32 = field::SERVICE_METHOD.unsigned_abs();
    rewritten(service, |number, content| match number {
        METHOD => method(content, annotations).map(Change::Replace),
        _ => Ok(Change::Keep),
    })
}

fn method(method: &[u8], annotations: &BTreeSet<u32>) -> Result<Vec<u8>, Error> {
    const OPTIONS: u32 = field::METHOD_OPTIONS.unsigned_abs();
    rewritten(method, |number, content| {
        if number != OPTIONS {
            return Ok(Change::Keep);
        }
        let options = rewritten(content, |number, _| {
            Ok(if annotations.contains(&number) { Change::Leave } else { Change::Keep })
        })?;
        Ok(if options.is_empty() { Change::Leave } else { Change::Replace(options) })
    })
}

/// What becomes of a field.
enum Change {
    Keep,
    Leave,
    Replace(Vec<u8>),
}

/// The message with its fields changed: `change` is told the number of each, and its content if it
/// has a length.
fn rewritten(
    message: &[u8],
    change: impl Fn(u32, &[u8]) -> Result<Change, Error>,
) -> Result<Vec<u8>, Error> {
    let mut rewritten = Vec::with_capacity(message.len());
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let (number, kind) = decode_key(&mut rest).map_err(unreadable)?;
        let value = rest;
        skip_field(kind, number, &mut rest, DecodeContext::default()).map_err(unreadable)?;
        let whole = start.get(..start.len() - rest.len()).unwrap_or_default();
        let mut content = value.get(..value.len() - rest.len()).unwrap_or_default();
        if kind == WireType::LengthDelimited {
            decode_varint(&mut content).map_err(unreadable)?;
        }
        match change(number, content)? {
            Change::Keep => rewritten.extend_from_slice(whole),
            Change::Leave => {}
            Change::Replace(content) => {
                encode_key(number, WireType::LengthDelimited, &mut rewritten);
                encode_varint(content.len() as u64, &mut rewritten);
                rewritten.extend_from_slice(&content);
            }
        }
    }
    Ok(rewritten)
}
