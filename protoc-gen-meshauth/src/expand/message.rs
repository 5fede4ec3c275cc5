//! What the guard sees in the messages of methods.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Rpc, condition::Conditions, doc::doc, ident, joined, message_functions::MessageFunctions,
    seen_from_guard, template::Template, unnamed,
};
use crate::{
    error::Error,
    names::Names,
    policy::{Contents, Depth, Service},
};

/// `Exchange` for methods, and what it needs to look into messages.
pub(super) struct MessageTemplates {
    conditions: Conditions,
    exchange: Template,
    request: Template,
    response: Template,
    function: Template,
}

impl MessageTemplates {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let exchange = Template::items(
            1,
            quote! {
                impl #runtime::codegen::Exchange for method::__type_name {
                    type Request = __request;
                    type Response = __response;
                    __looks!{}
                }
            },
        )?;
        let admits = quote!(&mut impl FnMut(#runtime::codegen::Ownership<'_>) -> bool);
        let request = quote! {
            fn request_admitted(request: &Self::Request, admits: #admits) -> bool {
                __admitted
            }
        };
        let response = quote! {
            fn response_admitted(response: &Self::Response, admits: #admits) -> bool {
                __admitted
            }
        };
        let function = quote! {
            #[doc = " __doc"]
            fn __function(message: &__message, admits: #admits) -> bool {
                __admitted
            }
        };
        Ok(Self {
            conditions: Conditions::new(runtime)?,
            exchange,
            request: Template::members(2, &request)?,
            response: Template::members(2, &response)?,
            function: Template::items(1, function)?,
        })
    }

    /// What the method takes and answers, and what the guard looks at in it.
    pub(super) fn exchange(
        &self,
        rpc: &Rpc<'_>,
        functions: &MessageFunctions,
        code: &mut String,
    ) -> Result<(), Error> {
        let mut looks = String::new();
        for look in looks_of(rpc) {
            let Look { parameter, contents, path } = look;
            let function = match rpc.method.depth {
                Depth::Direct => functions.direct.get(&contents.message).map(String::as_str),
                Depth::Nested => Some(functions.nested(&contents.message)?),
            };
            let admitted = match function {
                Some(function) => format!("{function}({parameter}, admits)"),
                None => self.conditions.of_message(parameter, contents, path, functions)?,
            };
            let template = if parameter == REQUEST { &self.request } else { &self.response };
            looks.push('\n');
            template.fill_into(&mut looks, &[("admitted", &admitted)])?;
        }
        self.exchange.fill_into(
            code,
            &[
                ("type_name", &rpc.type_name),
                ("request", &rpc.request),
                ("response", &rpc.response),
                ("looks", &looks),
            ],
        )
    }

    /// The functions for messages that are looked into more than once: with all that is below them,
    /// since such messages can hold themselves, and those of several methods.
    pub(super) fn functions(
        &self,
        package: &str,
        service: &Service,
        rpcs: &[Rpc<'_>],
        names: &Names,
    ) -> Result<MessageFunctions, Error> {
        let shared = shared(rpcs);
        let mut functions = MessageFunctions::default();
        let mut taken = BTreeSet::new();
        for contents in &service.nested {
            let name = function_name(&contents.message, &mut taken)?;
            functions.nested.insert(contents.message.clone(), name);
        }
        for contents in shared.iter().map(|look| look.contents) {
            let name = function_name(&contents.message, &mut taken)?;
            functions.direct.insert(contents.message.clone(), name);
        }
        let nested = joined(&service.nested, |contents, code| {
            let path = names.message(package, &contents.message);
            let path = seen_from_guard(path.ok_or_else(|| unnamed(&contents.message))?)?;
            let function = functions.nested(&contents.message)?;
            self.function(function, contents, &path, &functions, code)
        })?;
        let direct = joined(&shared, |look, code| {
            let function = &functions.direct[&look.contents.message];
            self.function(function, look.contents, look.path, &functions, code)
        })?;
        Ok(MessageFunctions { code: nested + &direct, ..functions })
    }

    fn function(
        &self,
        function: &str,
        contents: &Contents,
        path: &str,
        functions: &MessageFunctions,
        code: &mut String,
    ) -> Result<(), Error> {
        let what = format!("Whether all resources in `{}` are admitted.", contents.message);
        self.function.fill_into(
            code,
            &[
                ("doc", &doc([what])),
                ("function", function),
                ("message", path),
                ("admitted", &self.conditions.of_message("message", contents, path, functions)?),
            ],
        )
    }
}

const REQUEST: &str = "request";
const RESPONSE: &str = "response";

/// A message of a method that the guard looks into.
struct Look<'a> {
    /// The parameter that it is.
    parameter: &'static str,
    contents: &'a Contents,
    /// Its path, as seen from the guard's module.
    path: &'a str,
}

/// The messages of a method in which there is something to look at.
fn looks_of<'a>(rpc: &'a Rpc<'_>) -> impl Iterator<Item = Look<'a>> {
    let method = rpc.method;
    let request = Look { parameter: REQUEST, contents: &method.request, path: &rpc.request };
    let response = Look { parameter: RESPONSE, contents: &method.response, path: &rpc.response };
    let is_guarded = method.unguarded.is_none();
    [request, response].into_iter().filter(move |look| is_guarded && !look.contents.is_empty())
}

/// The messages of which the direct fields are looked into for more than one method, or on the way
/// in and on the way out; in the order of their names.
fn shared<'a>(rpcs: &'a [Rpc<'_>]) -> Vec<Look<'a>> {
    let direct = rpcs.iter().filter(|rpc| rpc.method.depth == Depth::Direct);
    let mut found: BTreeMap<&str, Vec<Look<'_>>> = BTreeMap::new();
    for look in direct.flat_map(looks_of) {
        found.entry(&look.contents.message).or_default().push(look);
    }
    let shared = found.into_values().filter(|looks| looks.len() > 1);
    shared.filter_map(|mut looks| looks.pop()).collect()
}

fn function_name(message: &str, taken: &mut BTreeSet<String>) -> Result<String, Error> {
    let mut name = format!("{}_admitted", message.replace('.', "_").to_lowercase());
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    ident(&name)
}
