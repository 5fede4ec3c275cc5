//! One type for each method, and the resources in its messages.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Rpc, doc, ident, resource, tokens};
use crate::{
    error::Error,
    names::{snake, upper_camel},
    policy::{Access, Carried, Operation, Role, Shape},
};

pub(super) fn types(rpcs: &[Rpc<'_>]) -> TokenStream {
    let types = rpcs.iter().map(|rpc| {
        let name = &rpc.type_name;
        let doc = doc(annotation_in_words(rpc));
        let kind = kind(rpc.method.operation);
        let access = access(&rpc.method.access);
        let policy = policy(rpc);
        quote! {
            #doc
            #[derive(Debug)]
            pub enum #name {}

            impl ::meshauth_runtime::Method for #name {
                const POLICY: &'static ::meshauth_runtime::MethodPolicy = {
                    static POLICY: ::meshauth_runtime::MethodPolicy = #policy;
                    &POLICY
                };
                type Kind = #kind;
                type Access = #access<Self>;
            }
        }
    });
    quote! {
        /// The methods of the service, a type each.
        pub mod method { #(#types)* }
    }
}

fn annotation_in_words(rpc: &Rpc<'_>) -> Vec<String> {
    let touches = match rpc.method.operation {
        Operation::Read => "READ: it sees what the executing group and its descendants own.",
        Operation::Write => "WRITE: it touches only what the executing group owns itself.",
    };
    let mut lines = vec![format!("`{}`", rpc.path), String::new()];
    match &rpc.method.access {
        Access::Public => {
            let word = touches.split(':').next().unwrap_or_default();
            lines.push(format!("{word}, PUBLIC: anyone may call it, and it has no scope."));
        }
        Access::Authorised { roles, verified } => {
            lines.push(touches.to_owned());
            lines.push(String::new());
            lines.push(String::from("AUTHORISED for a caller with one of these roles:"));
            lines.extend(roles.iter().map(|role| format!("- `{}`", role.name)));
            if *verified {
                lines.push(String::new());
                lines.push(String::from("VERIFIED: the caller's client must be verified."));
            }
        }
    }
    lines
}

fn kind(operation: Operation) -> TokenStream {
    match operation {
        Operation::Read => quote!(::meshauth_runtime::Read),
        Operation::Write => quote!(::meshauth_runtime::Write),
    }
}

/// The type of the access that a method gives, without its parameter.
pub(super) fn access(access: &Access) -> TokenStream {
    match access {
        Access::Public => quote!(::meshauth_runtime::Public),
        Access::Authorised { .. } => quote!(::meshauth_runtime::Authorised),
    }
}

fn policy(rpc: &Rpc<'_>) -> TokenStream {
    let path = &rpc.path;
    let operation = match rpc.method.operation {
        Operation::Read => quote!(::meshauth_runtime::Operation::Read),
        Operation::Write => quote!(::meshauth_runtime::Operation::Write),
    };
    match &rpc.method.access {
        Access::Public => quote!(::meshauth_runtime::MethodPolicy::public(#path, #operation)),
        Access::Authorised { roles, verified } => {
            let roles = roles.iter().map(role);
            quote! {
                ::meshauth_runtime::MethodPolicy::authorised(
                    #path,
                    #operation,
                    &[#(#roles),*],
                    #verified,
                )
            }
        }
    }
}

pub(super) fn role(role: &Role) -> TokenStream {
    let number = proc_macro2::Literal::u32_unsuffixed(role.number);
    let name = &role.name;
    quote!(::meshauth_runtime::Role::new(#number, #name))
}

/// What the guard sees in the messages of a method.
pub(super) fn exchange(rpc: &Rpc<'_>) -> Result<TokenStream, Error> {
    let name = &rpc.type_name;
    let (request, response) = (&rpc.request, &rpc.response);
    let in_request = admitted("request", &rpc.method.request, request)?;
    let in_response = admitted("response", &rpc.method.response, response)?;
    let request_names = parameters("request", &rpc.method.request)?;
    let response_names = parameters("response", &rpc.method.response)?;
    Ok(quote! {
        impl ::meshauth_runtime::Exchange for method::#name {
            type Request = #request;
            type Response = #response;

            fn request_admitted(
                #request_names,
            ) -> bool {
                #in_request
            }

            fn response_admitted(
                #response_names,
            ) -> bool {
                #in_response
            }
        }
    })
}

/// The parameters of a function that looks at a message; with an underscore where there is nothing
/// to look at.
fn parameters(message: &str, carried: &[Carried]) -> Result<TokenStream, Error> {
    let used = |name: &str| if carried.is_empty() { format!("_{name}") } else { name.to_owned() };
    let (name, admits) = (ident(&used(message))?, ident(&used("admits"))?);
    let message = ident(&upper_camel(message))?;
    Ok(quote! {
        #name: &Self::#message,
        #admits: &mut impl FnMut(::meshauth_runtime::Ownership<'_>) -> bool
    })
}

/// Whether every resource in the message is admitted, as an expression.
fn admitted(message: &str, carried: &[Carried], path: &TokenStream) -> Result<TokenStream, Error> {
    let message = ident(message)?;
    let each = carried.iter().map(|carried| expression(&message, carried, path));
    let each = each.collect::<Result<Vec<_>, _>>()?;
    Ok(if each.is_empty() { quote!(true) } else { quote!(#(#each)&&*) })
}

fn expression(
    message: &Ident,
    carried: &Carried,
    path: &TokenStream,
) -> Result<TokenStream, Error> {
    let resource = quote!(resource);
    match carried {
        Carried::Itself(ownership) => {
            let ownership = resource::lent(&quote!(#message), *ownership);
            Ok(quote!(admits(#ownership)))
        }
        Carried::Field { name, shape, ownership } => {
            let field = ident(&snake(name))?;
            if *shape == Shape::Required {
                let ownership = resource::lent(&quote!(#message.#field), *ownership);
                return Ok(quote!(admits(#ownership)));
            }
            let all = match shape {
                Shape::Repeated => quote!(iter().all),
                Shape::MapValues => quote!(values().all),
                Shape::Optional | Shape::Required => quote!(as_ref().is_none_or),
            };
            let ownership = resource::lent(&resource, *ownership);
            Ok(quote!(#message.#field.#all(|resource| admits(#ownership))))
        }
        Carried::Oneof { message: owner, name, type_name, variants } => {
            let field = ident(&snake(name))?;
            let oneof = oneof_path(path, owner, type_name)?;
            let arms = variants.iter().map(|(variant, ownership)| {
                let variant = ident(&upper_camel(variant))?;
                let ownership = resource::lent(&resource, *ownership);
                Ok(quote!(Some(#oneof::#variant(resource)) => admits(#ownership)))
            });
            let arms = arms.collect::<Result<Vec<_>, Error>>()?;
            Ok(quote!(match &#message.#field { #(#arms,)* _ => true }))
        }
    }
}

/// The enum of a oneof: in the module that prost makes beside the message.
fn oneof_path(message: &TokenStream, name: &str, oneof: &str) -> Result<TokenStream, Error> {
    let message = message.to_string().replace(' ', "");
    let (around, _) = message.rsplit_once("::").unwrap_or(("self", &message));
    tokens(&format!("{around}::{}::{oneof}", snake(name)))
}
