//! Whether tonic generates servers, and on which condition.

use syn::{Attribute, Item, Meta};

use super::probe;
use crate::error::{Error, ErrorKind};

/// The server modules of a package.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Servers {
    /// There are none, so there is nothing to guard.
    None,
    /// They are there if this holds: attributes, a line each. tonic gives all servers of a package
    /// the same.
    If(String),
}

impl Servers {
    /// What tonic makes of a package, by a service without methods in it.
    pub(super) fn of(tonic: &tonic_prost_build::Builder, package: &str) -> Result<Self, Error> {
        let code = probe::code(&tonic.clone().build_client(false), package);
        let bug = |error| ErrorKind::Bug(format!("tonic's server is not Rust: {error}"));
        let server = syn::parse_file(&code).map_err(bug)?.items.into_iter().find_map(|item| {
            let Item::Mod(module) = item else { return None };
            Some(module.attrs.iter().filter_map(condition).collect())
        });
        Ok(server.map_or(Self::None, Self::If))
    }
}

/// The attribute as a line, if it is `#[cfg(..)]`.
fn condition(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(format!("#[cfg({})]\n", list.tokens)),
        _ => None,
    }
}
