//! Whether what a message holds is admitted, or can be claimed, as an expression.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    ident,
    look::{MessageFunctions, Way},
    resource::ownership_of,
    template::Template,
};
use crate::{
    error::Error,
    names::{snake, upper_camel},
    policy::{Content, Contents, Held, Ownership, Shape},
};

/// Whether something is admitted: a resource, with an owner that is there or empty and with one that
/// is optional; and what is in a field. For messages that go one way.
pub(super) struct Conditions {
    way: Way,
    plain: Template,
    owner_is_optional: Template,
    optional: Template,
    repeated: Template,
    map_values: Template,
}

impl Conditions {
    pub(super) fn new(runtime: &TokenStream, way: Way) -> Result<Self, Error> {
        let resource = |owner_is_optional| {
            let ownership = Ownership { owner_is_optional };
            let ownership = ownership_of(runtime, &quote!(__place), ownership, way);
            let asked = format_ident!("{}", way.asked());
            Template::expression(&quote!(#asked(#ownership)))
        };
        let all = |all: TokenStream| Template::expression(&quote!(__field.#all(|held| __admitted)));
        let (optional, repeated, map_values) = match way {
            Way::In => {
                (quote!(as_mut().is_none_or), quote!(iter_mut().all), quote!(values_mut().all))
            }
            Way::Out => (quote!(as_ref().is_none_or), quote!(iter().all), quote!(values().all)),
        };
        Ok(Self {
            way,
            plain: resource(false)?,
            owner_is_optional: resource(true)?,
            optional: all(optional)?,
            repeated: all(repeated)?,
            map_values: all(map_values)?,
        })
    }

    /// How what is in a field is referred to.
    const fn reference(&self) -> &'static str {
        match self.way {
            Way::In => "&mut ",
            Way::Out => "&",
        }
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
                    Shape::Required => self.content(
                        &field,
                        &format!("{}{field}", self.reference()),
                        content,
                        functions,
                    ),
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
                let (reference, name) = (self.reference(), ident(snake(name))?);
                Ok(format!("match {reference}{message}.{name} {{{arms}    _ => true,\n}}"))
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
                let function = functions.nested(self.way, name)?;
                Ok(format!("{function}({reference}, {})", self.way.asked()))
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
