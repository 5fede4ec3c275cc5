//! One type for each method.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Rpc, doc::from_proto, template::Template};
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
        let doc = annotation_in_words(rpc);
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
                let mut listed = String::with_capacity(256);
                listed.push('\n');
                for role in roles {
                    listed.push_str("    ");
                    self.role(role, &mut listed)?;
                    listed.push_str(",\n");
                }
                let template = if *verified { &self.verified } else { &self.authorised };
                template.fill_into(code, &[&common[..], &[("roles", &*listed)]].concat())
            }
        }
    }

    fn role(&self, role: &Role, code: &mut String) -> Result<(), Error> {
        let (number, name) = (role.number.to_string(), format!("{:?}", role.name));
        self.role.fill_into(code, &role_values(&number, &name))
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

fn annotation_in_words(rpc: &Rpc<'_>) -> String {
    let (word, touches) = match rpc.method.operation {
        Operation::Read => ("READ", "it sees what the executing group and its descendants own."),
        Operation::Write => ("WRITE", "it touches only what the executing group owns itself."),
    };
    let mut words = format!("`{}`\n\n", rpc.path);
    if let Some(why) = &rpc.method.unguarded {
        let why = from_proto(&format!("The guard does not look at its messages: {why}"));
        words.extend(why.iter().flat_map(|line| [line, "\n"]));
        words.push('\n');
    }
    match &rpc.method.access {
        Access::Public => {
            words.extend([word, ", PUBLIC: anyone may call it, and it has no scope.\n"]);
        }
        Access::Authorised { roles, verified } => {
            words.extend([word, ": ", touches, "\n\n"]);
            words.push_str("AUTHORISED for a caller with one of these roles:\n");
            words.extend(roles.iter().flat_map(|role| ["- `", &role.name, "`\n"]));
            if *verified {
                words.push_str("\nVERIFIED: the caller's client must be verified.\n");
            }
        }
    }
    words
}
