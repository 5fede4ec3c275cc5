//! The messages that the guard looks into, and the functions in a service's module that do it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rpc, bug, ident};
use crate::{
    error::Error,
    policy::{Contents, Depth, Service},
};

/// The names of the functions for messages that are looked into more than once: with all that is
/// below them, since such messages can hold themselves, and those of several methods.
pub(super) struct MessageFunctions<'a> {
    /// Those that look at every depth, by the full name of the message.
    nested: BTreeMap<&'a str, String>,
    /// Those that look into the direct fields of a message of several methods.
    direct: BTreeMap<&'a str, (String, Look<'a>)>,
}

impl<'a> MessageFunctions<'a> {
    pub(super) fn of(service: &'a Service, rpcs: &'a [Rpc<'_>]) -> Result<Self, Error> {
        let mut taken = BTreeSet::new();
        let mut nested = BTreeMap::new();
        for contents in &service.nested {
            let name = function_name(&contents.message, &mut taken)?;
            nested.insert(contents.message.as_str(), name);
        }
        let mut direct = BTreeMap::new();
        for look in shared(rpcs) {
            let name = function_name(&look.contents.message, &mut taken)?;
            direct.insert(look.contents.message.as_str(), (name, look));
        }
        Ok(Self { nested, direct })
    }

    /// The function that looks into a message at every depth.
    pub(super) fn nested(&self, message: &str) -> Result<&str, Error> {
        let function = self.nested.get(message).map(String::as_str);
        function.ok_or_else(|| bug(&format!("nothing looks into {message}")))
    }

    /// The function that looks into the direct fields of a message, if there is one.
    pub(super) fn direct(&self, message: &str) -> Option<&str> {
        self.direct.get(message).map(|(function, _)| function.as_str())
    }

    /// All functions that look into direct fields, with what each looks into.
    pub(super) fn all_direct(&self) -> impl Iterator<Item = &(String, Look<'a>)> {
        self.direct.values()
    }
}

/// The parameter that is a request.
pub(super) const REQUEST: &str = "request";
const RESPONSE: &str = "response";

/// A message of a method that the guard looks into.
pub(super) struct Look<'a> {
    /// The parameter that it is.
    pub(super) parameter: &'static str,
    pub(super) contents: &'a Contents,
    /// Its path, as seen from the guard's module.
    pub(super) path: &'a str,
}

/// The messages of a method in which there is something to look at.
pub(super) fn looks_of<'a>(rpc: &'a Rpc<'_>) -> impl Iterator<Item = Look<'a>> {
    let method = rpc.method;
    let request = Look { parameter: REQUEST, contents: &method.request, path: &rpc.request };
    let response = Look { parameter: RESPONSE, contents: &method.response, path: &rpc.response };
    let is_guarded = method.unguarded.is_none();
    [request, response].into_iter().filter(move |look| is_guarded && !look.contents.is_empty())
}

/// The messages of which the direct fields are looked into for more than one method, or on the way
/// in and on the way out; in the order of their names.
fn shared<'a>(rpcs: &'a [Rpc<'_>]) -> impl Iterator<Item = Look<'a>> {
    let direct = rpcs.iter().filter(|rpc| rpc.method.depth == Depth::Direct);
    let mut found: BTreeMap<&str, Vec<Look<'_>>> = BTreeMap::new();
    for look in direct.flat_map(looks_of) {
        found.entry(&look.contents.message).or_default().push(look);
    }
    let shared = found.into_values().filter(|looks| looks.len() > 1);
    shared.filter_map(|mut looks| looks.pop())
}

fn function_name(message: &str, taken: &mut BTreeSet<String>) -> Result<String, Error> {
    let mut name = format!("{}_admitted", message.replace('.', "_").to_lowercase());
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    ident(name)
}
