//! The annotations that methods may have in one run.

use prost_reflect::DescriptorPool;

use crate::{annotation::Shape, protos::PROTOS};

/// The annotations of a run: the one that is read, and others of the same shape.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'a> {
    /// The full name of the one that is read.
    pub(super) name: &'a str,
    pub(super) read: Option<&'a Shape>,
    pub(super) others: &'a [Shape],
    /// The files that declare options of methods.
    pub(super) pool: &'a DescriptorPool,
}

/// The file that declares the annotation; where no file of the run does, ours.
pub(super) fn import(shape: Option<&Shape>) -> String {
    shape.map_or_else(|| PROTOS[0].0.to_owned(), Shape::file)
}
