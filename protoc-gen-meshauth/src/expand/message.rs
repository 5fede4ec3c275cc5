//! What the guard sees in the messages of methods.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Rpc, bug, doc::doc, ident, joined, resource::lent, seen_from_guard, template::Template, unnamed,
};
use crate::{
    error::Error,
    names::{Names, snake, upper_camel},
    policy::{Content, Contents, Depth, Held, Ownership, Service, Shape},
};

/// `Exchange` for methods, and what it needs to look into messages.
pub(super) struct MessageTemplates {
    expressions: Expressions,
    exchange: Template,
    nested: Template,
}

/// Whether something is admitted: a resource, with an owner that is there or empty and with one that
/// is optional; and what is in a field.
struct Expressions {
    plain: Template,
    owner_is_optional: Template,
    optional: Template,
    repeated: Template,
    map_values: Template,
}

/// The functions that look into messages at every depth.
#[derive(Default)]
pub(super) struct Nested {
    /// By the full name of the message.
    functions: BTreeMap<String, String>,
    pub(super) code: String,
}

impl MessageTemplates {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let exchange = Template::items(
            1,
            quote! {
                impl #runtime::Exchange for method::__type_name {
                    type Request = __request;
                    type Response = __response;

                    fn request_admitted(
                        __in_request: &Self::Request,
                        __request_admits: &mut impl FnMut(#runtime::Ownership<'_>) -> bool,
                    ) -> bool {
                        __request_admitted
                    }

                    fn response_admitted(
                        __in_response: &Self::Response,
                        __response_admits: &mut impl FnMut(#runtime::Ownership<'_>) -> bool,
                    ) -> bool {
                        __response_admitted
                    }
                }
            },
        )?;
        let nested = Template::items(
            1,
            quote! {
                #[doc = " __doc"]
                fn __function(
                    message: &__message,
                    admits: &mut impl FnMut(#runtime::Ownership<'_>) -> bool,
                ) -> bool {
                    __admitted
                }
            },
        )?;
        Ok(Self { expressions: Expressions::new(runtime)?, exchange, nested })
    }

    pub(super) fn exchange(
        &self,
        rpc: &Rpc<'_>,
        nested: &Nested,
        code: &mut String,
    ) -> Result<(), Error> {
        let look = |parameter: &str, contents: &Contents, path: &str| {
            if contents.is_empty() || rpc.method.unguarded.is_some() {
                let nothing = (format!("_{parameter}"), "_admits", String::from("true"));
                return Ok::<_, Error>(nothing);
            }
            let admitted = match rpc.method.depth {
                Depth::Direct => self.admitted(parameter, contents, path, nested)?,
                Depth::Nested => format!("{}({parameter}, admits)", nested.of(&contents.message)?),
            };
            Ok((parameter.to_owned(), "admits", admitted))
        };
        let (in_request, request_admits, request_admitted) =
            look("request", &rpc.method.request, &rpc.request)?;
        let (in_response, response_admits, response_admitted) =
            look("response", &rpc.method.response, &rpc.response)?;
        self.exchange.fill_into(
            code,
            &[
                ("type_name", &rpc.type_name),
                ("request", &rpc.request),
                ("response", &rpc.response),
                ("in_request", &in_request),
                ("request_admits", request_admits),
                ("request_admitted", &request_admitted),
                ("in_response", &in_response),
                ("response_admits", response_admits),
                ("response_admitted", &response_admitted),
            ],
        )
    }

    /// A function for each message that is looked into with all that is below it: such messages can
    /// hold themselves.
    pub(super) fn nested(
        &self,
        package: &str,
        service: &Service,
        names: &Names,
    ) -> Result<Nested, Error> {
        let mut nested = Nested::default();
        let mut taken = BTreeSet::new();
        for contents in &service.nested {
            let mut name =
                format!("{}_admitted", contents.message.replace('.', "_").to_lowercase());
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            nested.functions.insert(contents.message.clone(), ident(&name)?);
        }
        let code = joined(&service.nested, |contents, code| {
            let path = names.message(package, &contents.message);
            let path = seen_from_guard(path.ok_or_else(|| unnamed(&contents.message))?)?;
            let what = format!("Whether all resources in `{}` are admitted.", contents.message);
            self.nested.fill_into(
                code,
                &[
                    ("doc", &doc([what])),
                    ("function", nested.of(&contents.message)?),
                    ("message", &path),
                    ("admitted", &self.admitted("message", contents, &path, &nested)?),
                ],
            )
        })?;
        Ok(Nested { code, ..nested })
    }

    /// Whether every resource in the message is admitted, as an expression.
    fn admitted(
        &self,
        message: &str,
        contents: &Contents,
        path: &str,
        nested: &Nested,
    ) -> Result<String, Error> {
        let mut all = Vec::new();
        if let Some(ownership) = contents.itself {
            all.push(self.expressions.resource(message, ownership)?);
        }
        for held in &contents.fields {
            all.push(self.held(message, held, path, nested)?);
        }
        if all.len() > 1 {
            // At the start of a body, a `match` would be a statement.
            all.iter_mut().filter(|one| one.starts_with("match")).for_each(|one| {
                *one = format!("({one})");
            });
        }
        for one in all.iter_mut().skip(1) {
            *one = indented(one);
        }
        Ok(all.join("\n    && "))
    }

    fn held(
        &self,
        message: &str,
        held: &Held,
        path: &str,
        nested: &Nested,
    ) -> Result<String, Error> {
        match held {
            Held::Field { name, shape, content } => {
                let field = format!("{message}.{}", ident(&snake(name))?);
                let of_all = |template: &Template| {
                    let admitted = self.content("held", "held", content, nested)?;
                    let admitted = format!("{{\n    {}\n}}", indented(&admitted));
                    template.fill(&[("field", &field), ("admitted", &admitted)])
                };
                match shape {
                    Shape::Required => self.content(&field, &format!("&{field}"), content, nested),
                    Shape::Optional => of_all(&self.expressions.optional),
                    Shape::Repeated => of_all(&self.expressions.repeated),
                    Shape::MapValues => of_all(&self.expressions.map_values),
                }
            }
            Held::Oneof { name, type_name, variants } => {
                let oneof = oneof_path(path, type_name);
                let mut arms = String::from("\n");
                for (variant, content) in variants {
                    let pattern = format!("Some({oneof}::{}(held))", ident(&upper_camel(variant))?);
                    let admitted = self.content("held", "held", content, nested)?;
                    arms.extend(["    ", &pattern, " => ", &indented(&admitted), ",\n"]);
                }
                Ok(format!("match &{message}.{} {{{arms}    _ => true,\n}}", ident(&snake(name))?))
            }
        }
    }

    /// Whether what is in a field is admitted: the place that holds it, or a reference to it.
    fn content(
        &self,
        place: &str,
        reference: &str,
        content: &Content,
        nested: &Nested,
    ) -> Result<String, Error> {
        match content {
            Content::Resource(ownership) => self.expressions.resource(place, *ownership),
            Content::Message(name) => Ok(format!("{}({reference}, admits)", nested.of(name)?)),
        }
    }
}

impl Expressions {
    fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let resource = |owner_is_optional| {
            let ownership = lent(runtime, &quote!(__place), Ownership { owner_is_optional });
            Template::expression(&quote!(admits(#ownership)))
        };
        let all = |all: TokenStream| Template::expression(&quote!(__field.#all(|held| __admitted)));
        Ok(Self {
            plain: resource(false)?,
            owner_is_optional: resource(true)?,
            optional: all(quote!(as_ref().is_none_or))?,
            repeated: all(quote!(iter().all))?,
            map_values: all(quote!(values().all))?,
        })
    }

    /// Whether a resource is admitted.
    fn resource(&self, place: &str, ownership: Ownership) -> Result<String, Error> {
        let template =
            if ownership.owner_is_optional { &self.owner_is_optional } else { &self.plain };
        template.fill(&[("place", place)])
    }
}

impl Nested {
    fn of(&self, message: &str) -> Result<&str, Error> {
        let function = self.functions.get(message).map(String::as_str);
        function.ok_or_else(|| bug(&format!("nothing looks into {message}")))
    }
}

/// The further lines of an expression, one step further in.
fn indented(code: &str) -> String {
    code.replace('\n', "\n    ")
}

/// The enum of a oneof: in the module that prost makes beside the message.
fn oneof_path(message: &str, oneof: &str) -> String {
    let (around, name) = message.rsplit_once("::").unwrap_or(("self", message));
    format!("{around}::{}::{oneof}", snake(name))
}
