//! What the guard sees in the messages of methods.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Rpc,
    condition::Conditions,
    look::{Look, MessageFunctions, REQUEST, looks_of},
    seen_from_guard,
    template::Template,
    unnamed,
};
use crate::{
    error::Error,
    paths::Paths,
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
        let Look { parameter, contents, path } = *look;
        let function = match depth {
            Depth::Direct => functions.direct(&contents.message),
            Depth::Nested => Some(functions.nested(&contents.message)?),
        };
        let admitted = match function {
            Some(function) => format!("{function}({parameter}, admits)"),
            None => self.conditions.of_message(parameter, contents, path, functions)?,
        };
        let template = if parameter == REQUEST { &self.request } else { &self.response };
        template.fill_into(code, &[("admitted", &admitted)])
    }

    /// The functions of the service's module.
    pub(super) fn functions(
        &self,
        package: &str,
        service: &Service,
        functions: &MessageFunctions<'_>,
        paths: &Paths,
        code: &mut String,
    ) -> Result<(), Error> {
        for contents in &service.nested {
            let path = paths.message(package, &contents.message);
            let path = seen_from_guard(&path.ok_or_else(|| unnamed(&contents.message))?)?;
            let function = functions.nested(&contents.message)?;
            self.function(function, contents, &path, functions, code)?;
        }
        for (function, look) in functions.all_direct() {
            self.function(function, look.contents, look.path, functions, code)?;
        }
        Ok(())
    }

    fn function(
        &self,
        function: &str,
        contents: &Contents,
        path: &str,
        functions: &MessageFunctions<'_>,
        code: &mut String,
    ) -> Result<(), Error> {
        let what = format!("Whether all resources in `{}` are admitted.", contents.message);
        self.function.fill_into(
            code,
            &[
                ("doc", &what),
                ("function", function),
                ("message", path),
                ("admitted", &self.conditions.of_message("message", contents, path, functions)?),
            ],
        )
    }
}
