//! Whether what a message holds is admitted, as an expression.

use proc_macro2::TokenStream;
use quote::quote;

use super::{ident, look::MessageFunctions, resource::lent, template::Template};
use crate::{
    error::Error,
    names::{snake, upper_camel},
    policy::{Content, Contents, Held, Ownership, Shape},
};

/// Whether something is admitted: a resource, with an owner that is there or empty and with one that
/// is optional; and what is in a field.
pub(super) struct Conditions {
    plain: Template,
    owner_is_optional: Template,
    optional: Template,
    repeated: Template,
    map_values: Template,
}

impl Conditions {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
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

    /// Whether every resource in the message is admitted, as an expression.
    pub(super) fn of_message(
        &self,
        message: &str,
        contents: &Contents,
        path: &str,
        functions: &MessageFunctions<'_>,
    ) -> Result<String, Error> {
        let itself = contents.itself.map(|ownership| self.resource(message, ownership));
        let fields = contents.fields.iter().map(|held| self.held(message, held, path, functions));
        let mut all = itself.into_iter().chain(fields).collect::<Result<Vec<_>, _>>()?;
        if let [_] = all[..] {
            return Ok(all.remove(0));
        }
        // At the start of a body, a `match` would be a statement.
        all.iter_mut().filter(|one| one.starts_with("match")).for_each(|one| {
            *one = format!("({one})");
        });
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
        functions: &MessageFunctions<'_>,
    ) -> Result<String, Error> {
        match held {
            Held::Field { name, shape, content } => {
                let field = [message, ".", &ident(snake(name))?].concat();
                let of_all = |template: &Template| {
                    let admitted = self.content("held", "held", content, functions)?;
                    let admitted = ["{\n    ", &indented(&admitted), "\n}"].concat();
                    template.fill(&[("field", &field), ("admitted", &admitted)])
                };
                match shape {
                    Shape::Required => {
                        self.content(&field, &format!("&{field}"), content, functions)
                    }
                    Shape::Optional => of_all(&self.optional),
                    Shape::Repeated => of_all(&self.repeated),
                    Shape::MapValues => of_all(&self.map_values),
                }
            }
            Held::Oneof { name, type_name, variants } => {
                let oneof = oneof_path(path, type_name);
                let mut arms = String::from("\n");
                for (variant, content) in variants {
                    let pattern = format!("Some({oneof}::{}(held))", ident(upper_camel(variant))?);
                    let admitted = self.content("held", "held", content, functions)?;
                    arms.extend(["    ", &pattern, " => ", &indented(&admitted), ",\n"]);
                }
                Ok(format!("match &{message}.{} {{{arms}    _ => true,\n}}", ident(snake(name))?))
            }
        }
    }

    /// Whether what is in a field is admitted: the place that holds it, or a reference to it.
    fn content(
        &self,
        place: &str,
        reference: &str,
        content: &Content,
        functions: &MessageFunctions<'_>,
    ) -> Result<String, Error> {
        match content {
            Content::Resource(ownership) => self.resource(place, *ownership),
            Content::Message(name) => {
                Ok(format!("{}({reference}, admits)", functions.nested(name)?))
            }
        }
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
