//! Turns the access annotations in `.proto` files into typed Rust guards: a method without a complete
//! annotation does not build.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let project = tempfile::tempdir()?;
//! # let proto = project.path().join("proto");
//! # std::fs::create_dir_all(proto.join("wallet/v1"))?;
//! std::fs::write(proto.join("wallet/v1/account.proto"), r#"
//!     syntax = "proto3";
//!     package wallet.v1;
//!     import "meshtrade/option/method_options/v1/method_options.proto";
//!
//!     message Account { string owner = 1; repeated string owners = 2; }
//!     message GetAccountRequest {}
//!
//!     service AccountService {
//!       rpc GetAccount(GetAccountRequest) returns (Account) {
//!         option (meshtrade.option.method_options.v1.method_options) = {
//!           type: METHOD_TYPE_READ
//!           access_level: METHOD_ACCESS_LEVEL_AUTHORISED
//!           roles: [ROLE_WALLET_VIEWER]
//!         };
//!       }
//!     }
//! "#)?;
//!
//! // In `build.rs`, without `out_dir`: it is cargo's `OUT_DIR` there.
//! protoc_gen_meshauth::configure()
//!     .out_dir(project.path())
//!     .include_file("mod.rs")
//!     .compile_protos(&["wallet/v1/account.proto"], &[proto])?;
//!
//! // Messages, tonic's client and server, and beside them the guard.
//! let guard = std::fs::read_to_string(project.path().join("wallet.v1.meshauth.rs"))?;
//! assert!(guard.contains("pub trait AccountService"));
//! assert!(guard.contains("access: "));
//! # Ok(())
//! # }
//! ```
//!
//! There are two ways in: `configure` in a build script, and the plugin `protoc-gen-meshauth` for
//! protoc and buf, which is [`execute`] on standard input. The generated code runs on
//! `meshauth-runtime`, whose `guide` describes the annotation, its errors, the lints and the options.
//! `protoc-gen-meshauth --new-annotation acme.access.v1` writes an annotation and roles of your own.

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
mod opaque;
mod options;
mod paths;
mod plugin;
mod policy;
mod protos;
mod report;
mod resource;
mod source;
mod tables;
mod words;

#[cfg(feature = "build-script")]
pub use self::builder::{Builder, configure};
pub use self::{
    diagnostic::{Code, Diagnostic, Place, Severity},
    error::Error,
    lint::{Level, Lint},
    options::OPTIONS,
    plugin::{Generated, execute},
    policy::Operation,
    protos::PROTOS,
    report::Report,
    tables::{MethodAccess, MethodTable, policies},
};
