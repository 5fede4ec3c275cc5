//! The role table of a service, both ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::quote;
use sha2::{Digest, Sha256};

use super::{Rpc, method::role};
use crate::policy::{Access, Operation, Role, Service};

pub(super) fn policy(service: &Service, rpcs: &[Rpc<'_>]) -> TokenStream {
    let name = &service.full_name;
    let digest = digest(service);
    let methods = rpcs.iter().map(|rpc| {
        let name = &rpc.type_name;
        quote!(<method::#name as ::meshauth_runtime::Method>::POLICY)
    });
    let roles = by_role(service).into_iter().map(|(listed, paths)| {
        let role = role(listed);
        quote!(::meshauth_runtime::RoleMethods::new(#role, &[#(#paths),*]))
    });
    quote! {
        /// The role table of the service: method to roles, and role to methods.
        pub static POLICY: ::meshauth_runtime::ServicePolicy = ::meshauth_runtime::ServicePolicy::new(
            #name,
            #digest,
            &[#(#methods),*],
            &[#(#roles),*],
        );
    }
}

fn by_role(service: &Service) -> BTreeMap<&Role, Vec<String>> {
    let mut paths: BTreeMap<&Role, Vec<String>> = BTreeMap::new();
    for method in &service.methods {
        for role in method.roles() {
            paths.entry(role).or_default().push(service.path(method));
        }
    }
    paths
}

/// The SHA-256 of the annotations, in an order of their own: it changes when who may do what
/// changes, and only then.
fn digest(service: &Service) -> String {
    let mut lines: Vec<String> = service
        .methods
        .iter()
        .map(|method| {
            let operation = match method.operation {
                Operation::Read => "READ",
                Operation::Write => "WRITE",
            };
            let mut line = format!("{} {operation}", service.path(method));
            match &method.access {
                Access::Public => line.push_str(" PUBLIC"),
                Access::Authorised { roles, verified } => {
                    let mut numbers: Vec<u32> = roles.iter().map(|role| role.number).collect();
                    numbers.sort_unstable();
                    let _ = write!(line, " AUTHORISED {numbers:?}");
                    line.push_str(if *verified { " VERIFIED" } else { "" });
                }
            }
            line
        })
        .collect();
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
