//! What the guard sees in the messages of methods.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Rpc,
    condition::Conditions,
    look::{Look, MessageFunctions, Way, looks_of},
    seen_from_guard,
    template::Template,
    unnamed,
};
use crate::{error::Error, paths::Paths, policy::Depth};

/// `Exchange` for methods, and what it needs to look into messages.
pub(super) struct MessageTemplates {
    exchange: Template,
    claims: Looking,
    admits: Looking,
}

/// What looks into messages that go one way.
struct Looking {
    conditions: Conditions,
    of_method: Template,
    function: Template,
}

impl Looking {
    fn new(runtime: &TokenStream, way: Way) -> Result<Self, Error> {
        let (of_method, function) = match way {
            Way::In => {
                let claims = quote!(&mut impl FnMut(#runtime::codegen::OwnershipMut<'_>) -> bool);
                let of_method = quote! {
                    fn request_claimed(request: &mut Self::Request, claims: #claims) -> bool {
                        __admitted
                    }
                };
                let function = quote! {
                    #[doc = " __doc"]
                    fn __function(message: &mut __message, claims: #claims) -> bool {
                        __admitted
                    }
                };
                (of_method, function)
            }
            Way::Out => {
                let admits = quote!(&mut impl FnMut(#runtime::codegen::Ownership<'_>) -> bool);
                let of_method = quote! {
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
                (of_method, function)
            }
        };
        Ok(Self {
            conditions: Conditions::new(runtime, way)?,
            of_method: Template::members(2, &of_method)?,
            function: Template::items(1, function)?,
        })
    }
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
        let [claims, admits] = [Looking::new(runtime, Way::In)?, Looking::new(runtime, Way::Out)?];
        Ok(Self { exchange, claims, admits })
    }

    fn looking(&self, way: Way) -> &Looking {
        match way {
            Way::In => &self.claims,
            Way::Out => &self.admits,
        }
    }

    /// What the method takes and answers, and what the guard looks at in it.
    pub(super) fn exchange(
        &self,
        rpc: &Rpc<'_>,
        functions: &MessageFunctions<'_>,
        code: &mut String,
    ) -> Result<(), Error> {
        let values = [
            ("type_name", &*rpc.type_name),
            ("request", &rpc.request),
            ("response", &rpc.response),
        ];
        let looks = |code: &mut String| {
            looks_of(rpc).try_for_each(|look| self.look(rpc.method.depth, &look, functions, code))
        };
        self.exchange.fill_around(code, &values, &[("looks", &looks)])
    }

    fn look(
        &self,
        depth: Depth,
        look: &Look<'_>,
        functions: &MessageFunctions<'_>,
        code: &mut String,
    ) -> Result<(), Error> {
        let Look { way, contents, path } = *look;
        let function = match depth {
            Depth::Direct => functions.direct(way, &contents.message),
            Depth::Nested => Some(functions.nested(way, &contents.message)?),
        };
        let (parameter, looking) = (way.parameter(), self.looking(way));
        let admitted = match function {
            Some(function) => format!("{function}({parameter}, {})", way.asked()),
            None => looking.conditions.of_message(parameter, contents, path, functions)?,
        };
        looking.of_method.fill_into(code, &[("admitted", &admitted)])
    }

    /// The functions of the service's module.
    pub(super) fn functions(
        &self,
        package: &str,
        functions: &MessageFunctions<'_>,
        paths: &Paths,
        code: &mut String,
    ) -> Result<(), Error> {
        for (way, function, contents) in functions.all_nested() {
            let path = paths.message(package, &contents.message);
            let path = seen_from_guard(&path.ok_or_else(|| unnamed(&contents.message))?)?;
            self.function(function, &Look { way, contents, path: &path }, functions, code)?;
        }
        for (function, look) in functions.all_direct() {
            self.function(function, look, functions, code)?;
        }
        Ok(())
    }

    fn function(
        &self,
        function: &str,
        look: &Look<'_>,
        functions: &MessageFunctions<'_>,
        code: &mut String,
    ) -> Result<(), Error> {
        let Look { way, contents, path } = *look;
        let what = match way {
            Way::In => format!("Claims all resources in `{}`.", contents.message),
            Way::Out => format!("Whether all resources in `{}` are admitted.", contents.message),
        };
        let looking = self.looking(way);
        let admitted = looking.conditions.of_message("message", contents, path, functions)?;
        let values =
            [("doc", &*what), ("function", function), ("message", path), ("admitted", &admitted)];
        looking.function.fill_into(code, &values)
    }
}
