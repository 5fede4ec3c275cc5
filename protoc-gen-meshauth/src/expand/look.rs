//! The messages that the guard looks into, and the functions in a service's module that do it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rpc, bug, ident};
use crate::{
    error::Error,
    policy::{Access, Content, Contents, Depth, Held, Operation, Service},
};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// To the handler: the resources in it are claimed for the executing group.
    In,
    /// To the caller: the resources in it are held against the scope.
    Out,
}

impl Way {
    const BOTH: [Self; 2] = [Self::In, Self::Out];

    /// The parameter that the message is.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::In => "request",
            Self::Out => "response",
        }
    }

    /// The parameter that is asked for each resource.
    pub(super) const fn asked(self) -> &'static str {
        match self {
            Self::In => "claims",
            Self::Out => "admits",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::In => "claimed",
            Self::Out => "admitted",
        }
    }
}

/// The names of the functions for messages that are looked into more than once: with all that is
/// below them, since such messages can hold themselves, and those of several methods.
pub(super) struct MessageFunctions<'a> {
    /// Those that look at every depth, by the way and the full name of the message.
    nested: ByWay<BTreeMap<&'a str, (String, &'a Contents)>>,
    /// Those that look into the direct fields of a message of several methods.
    direct: ByWay<BTreeMap<&'a str, (String, Look<'a>)>>,
}

#[derive(Default)]
struct ByWay<T> {
    claimed: T,
    admitted: T,
}

impl<T> ByWay<T> {
    const fn get(&self, way: Way) -> &T {
        match way {
            Way::In => &self.claimed,
            Way::Out => &self.admitted,
        }
    }

    const fn get_mut(&mut self, way: Way) -> &mut T {
        match way {
            Way::In => &mut self.claimed,
            Way::Out => &mut self.admitted,
        }
    }
}

impl<'a> MessageFunctions<'a> {
    pub(super) fn of(service: &'a Service, rpcs: &'a [Rpc<'_>]) -> Result<Self, Error> {
        let mut taken = BTreeSet::new();
        let mut nested = ByWay::<BTreeMap<_, _>>::default();
        for way in Way::BOTH {
            let reached = reached(service, rpcs, way);
            let all = service.nested.iter().map(|contents| &**contents);
            for contents in all.filter(|contents| reached.contains(&*contents.message)) {
                let name = function_name(&contents.message, way, &mut taken)?;
                nested.get_mut(way).insert(contents.message.as_str(), (name, contents));
            }
        }
        let mut direct = ByWay::<BTreeMap<_, _>>::default();
        for look in shared(rpcs) {
            let name = function_name(&look.contents.message, look.way, &mut taken)?;
            direct.get_mut(look.way).insert(look.contents.message.as_str(), (name, look));
        }
        Ok(Self { nested, direct })
    }

    /// The function that looks into a message at every depth.
    pub(super) fn nested(&self, way: Way, message: &str) -> Result<&str, Error> {
        let function = self.nested.get(way).get(message).map(|(function, _)| function.as_str());
        function.ok_or_else(|| bug(&format!("nothing looks into {message}")))
    }

    /// The function that looks into the direct fields of a message, if there is one.
    pub(super) fn direct(&self, way: Way, message: &str) -> Option<&str> {
        self.direct.get(way).get(message).map(|(function, _)| function.as_str())
    }

    /// All functions that look at every depth, with what each looks into.
    pub(super) fn all_nested(&self) -> impl Iterator<Item = (Way, &str, &'a Contents)> {
        Way::BOTH.into_iter().flat_map(|way| {
            let functions = self.nested.get(way).values();
            functions.map(move |(function, contents)| (way, &**function, *contents))
        })
    }

    /// All functions that look into direct fields, with what each looks into.
    pub(super) fn all_direct(&self) -> impl Iterator<Item = &(String, Look<'a>)> {
        self.direct.claimed.values().chain(self.direct.admitted.values())
    }
}

/// A message of a method that the guard looks into.
pub(super) struct Look<'a> {
    pub(super) way: Way,
    pub(super) contents: &'a Contents,
    /// Its path, as seen from the guard's module.
    pub(super) path: &'a str,
}

/// The messages of a method in which there is something to look at: what a WRITE is sent, and what
/// goes out within a scope.
pub(super) fn looks_of<'a>(rpc: &'a Rpc<'_>) -> impl Iterator<Item = Look<'a>> {
    let method = rpc.method;
    let is_guarded = method.unguarded.is_none();
    let claims = method.operation == Operation::Write;
    let request = Look { way: Way::In, contents: &method.request, path: &rpc.request };
    let has_scope = matches!(method.access, Access::Authorised { .. });
    let response = Look { way: Way::Out, contents: &method.response, path: &rpc.response };
    let looks = [(claims, request), (has_scope, response)];
    looks
        .into_iter()
        .filter(move |(looked, look)| is_guarded && *looked && !look.contents.is_empty())
        .map(|(_, look)| look)
}

/// The messages that are looked into at every depth on this way.
fn reached<'a>(service: &'a Service, rpcs: &'a [Rpc<'_>], way: Way) -> BTreeSet<&'a str> {
    let nested = rpcs.iter().filter(|rpc| rpc.method.depth == Depth::Nested);
    let looks = nested.flat_map(looks_of).filter(|look| look.way == way);
    let mut next: Vec<&str> = looks.map(|look| look.contents.message.as_str()).collect();
    let mut reached = BTreeSet::new();
    let by_name: BTreeMap<&str, &Contents> =
        service.nested.iter().map(|contents| (contents.message.as_str(), &**contents)).collect();
    while let Some(message) = next.pop() {
        if reached.insert(message)
            && let Some(contents) = by_name.get(message)
        {
            next.extend(contents.fields.iter().flat_map(messages_in));
        }
    }
    reached
}

/// The messages in a field that are looked into with all that is below them.
fn messages_in(held: &Held) -> Vec<&str> {
    let contents: Vec<&Content> = match held {
        Held::Field { content, .. } => vec![content],
        Held::Oneof { variants, .. } => variants.iter().map(|(_, content)| content).collect(),
    };
    let messages = contents.into_iter().filter_map(|content| match content {
        Content::Message(name) => Some(name.as_str()),
        Content::Resource(_) => None,
    });
    messages.collect()
}

/// The messages of which the direct fields are looked into for more than one method; in the order of
/// their names.
fn shared<'a>(rpcs: &'a [Rpc<'_>]) -> impl Iterator<Item = Look<'a>> {
    let direct = rpcs.iter().filter(|rpc| rpc.method.depth == Depth::Direct);
    let mut found: BTreeMap<(&str, Way), Vec<Look<'_>>> = BTreeMap::new();
    for look in direct.flat_map(looks_of) {
        found.entry((&look.contents.message, look.way)).or_default().push(look);
    }
    let shared = found.into_values().filter(|looks| looks.len() > 1);
    shared.filter_map(|mut looks| looks.pop())
}

fn function_name(message: &str, way: Way, taken: &mut BTreeSet<String>) -> Result<String, Error> {
    let mut name = format!("{}_{}", message.replace('.', "_").to_lowercase(), way.suffix());
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    ident(name)
}
