//! Turns the access annotations in `.proto` files into typed Rust guards. A method without a
//! complete annotation does not build.
//!
//! There are two ways in: `configure` in a build script, and the plugin `protoc-gen-meshauth` under
//! protoc or buf (which is [`execute`] on standard input). What is generated runs on
//! `meshauth-runtime`.

mod annotation;
#[cfg(feature = "build-script")]
mod builder;
mod check;
mod comment;
mod descriptor;
mod diagnostic;
mod error;
mod expand;
mod format;
mod lint;
mod names;
mod options;
mod paths;
mod plugin;
mod policy;
mod protos;
mod resource;
mod source;
mod words;

#[cfg(feature = "build-script")]
pub use self::builder::{Builder, configure};
pub use self::{
    diagnostic::{Code, Diagnostic, Place, Report, Severity},
    error::Error,
    lint::{Level, Lint},
    options::OPTIONS,
    plugin::{Generated, execute},
    protos::PROTOS,
};
