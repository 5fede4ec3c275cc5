//! One type for each method.

use std::borrow::Cow;

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    Rpc,
    doc::{doc, from_proto},
    template::Template,
};
use crate::{
    error::Error,
    policy::{Access, Operation, Role},
};

/// The types of methods.
pub(super) struct MethodTemplates {
    public: Template,
    authorised: Template,
    verified: Template,
    role: Template,
}

impl MethodTemplates {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let public = quote!(#runtime::MethodPolicy::public(__path, #runtime::Operation::__kind));
        let authorised = quote! {
            #runtime::MethodPolicy::authorised(
                __path,
                #runtime::Operation::__kind,
                &[__roles],
            )
        };
        let verified = quote!(#authorised.verified());
        Ok(Self {
            public: method(runtime, &public, &quote!(#runtime::Public))?,
            authorised: method(runtime, &authorised, &quote!(#runtime::Authorised))?,
            verified: method(runtime, &verified, &quote!(#runtime::Authorised))?,
            role: Template::expression(&quote!(#runtime::Role::new(__number, __name)))?,
        })
    }

    pub(super) fn of(&self, rpc: &Rpc<'_>, code: &mut String) -> Result<(), Error> {
        let doc = doc(annotation_in_words(rpc));
        let kind = match rpc.method.operation {
            Operation::Read => "Read",
            Operation::Write => "Write",
        };
        let common = [
            ("doc", &*doc),
            ("type_name", &rpc.type_name),
            ("path", &rpc.path_literal),
            ("kind", kind),
        ];
        match &rpc.method.access {
            Access::Public => self.public.fill_into(code, &common),
            Access::Authorised { roles, verified } => {
                let mut listed = String::from("\n");
                for role in roles {
                    listed.extend(["    ", &self.role(role)?, ",\n"]);
                }
                let template = if *verified { &self.verified } else { &self.authorised };
                template.fill_into(code, &[&common[..], &[("roles", &*listed)]].concat())
            }
        }
    }

    fn role(&self, role: &Role) -> Result<String, Error> {
        self.role.fill(&role_values(&role.number.to_string(), &format!("{:?}", role.name)))
    }
}

pub(super) fn role_values<'a>(number: &'a str, name: &'a str) -> [(&'a str, &'a str); 2] {
    [("number", number), ("name", name)]
}

fn method(
    runtime: &TokenStream,
    policy: &TokenStream,
    access: &TokenStream,
) -> Result<Template, Error> {
    Template::items(
        2,
        quote! {
            #[doc = " __doc"]
            #[derive(Debug)]
            pub enum __type_name {}

            #[diagnostic::do_not_recommend]
            impl #runtime::Method for __type_name {
                const POLICY: &'static #runtime::MethodPolicy = {
                    static POLICY: #runtime::MethodPolicy = #policy;
                    &POLICY
                };
                const SERVICE: &'static #runtime::ServicePolicy = &super::POLICY;
                type Kind = #runtime::__kind;
                type Access = #access<Self>;
            }
        },
    )
}

fn annotation_in_words<'a>(rpc: &Rpc<'a>) -> Vec<Cow<'a, str>> {
    let touches = match rpc.method.operation {
        Operation::Read => "READ: it sees what the executing group and its descendants own.",
        Operation::Write => "WRITE: it touches only what the executing group owns itself.",
    };
    let mut lines: Vec<Cow<'_, str>> = vec![format!("`{}`", rpc.path).into(), "".into()];
    if let Some(why) = &rpc.method.unguarded {
        let why = from_proto(&format!("The guard does not look at its messages: {why}"));
        lines.extend(why.into_iter().map(Cow::from));
        lines.push("".into());
    }
    match &rpc.method.access {
        Access::Public => {
            let word = touches.split(':').next().unwrap_or_default();
            lines.push(format!("{word}, PUBLIC: anyone may call it, and it has no scope.").into());
        }
        Access::Authorised { roles, verified } => {
            let headings = [touches, "", "AUTHORISED for a caller with one of these roles:"];
            lines.extend(headings.map(Cow::from));
            lines.extend(roles.iter().map(|role| Cow::from(["- `", &role.name, "`"].concat())));
            if *verified {
                lines.push("".into());
                lines.push("VERIFIED: the caller's client must be verified.".into());
            }
        }
    }
    lines
}
