//! The role table of a service, both ways.

use std::{collections::BTreeMap, fmt::Write as _};

use proc_macro2::TokenStream;
use quote::quote;
use sha2::{Digest, Sha256};

use super::{Rpc, method::role_values, template::Template};
use crate::{
    error::Error,
    policy::{Access, Operation, Role, Service},
};

/// The table, and the two kinds of lines in it.
pub(super) struct TableTemplate {
    table: Template,
    method: Template,
    role: Template,
}

impl TableTemplate {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let table = Template::items(
            1,
            quote! {
                /// The role table of the service: method to roles, and role to methods.
                pub static POLICY: #runtime::ServicePolicy = #runtime::ServicePolicy::new(
                    __service,
                    __digest,
                    &[__methods],
                    &[__roles],
                );
            },
        )?;
        let method = quote!(<method::__type_name as #runtime::Method>::POLICY);
        let role =
            quote!(#runtime::RoleMethods::new(#runtime::Role::new(__number, __name), &[__paths]));
        Ok(Self {
            table,
            method: Template::expression(&method)?,
            role: Template::expression(&role)?,
        })
    }

    pub(super) fn table(&self, service: &Service, rpcs: &[Rpc<'_>]) -> Result<String, Error> {
        let methods = rpcs.iter().map(|rpc| self.method.fill(&[("type_name", &rpc.type_name)]));
        let methods = listed(methods)?;
        let roles = listed(by_role(service).into_iter().map(|(role, paths)| {
            let paths = listed(paths.iter().map(|path| Ok(format!("{path:?}"))))?;
            let (number, name) = (role.number.to_string(), format!("{:?}", role.name));
            self.role.fill(&[&role_values(&number, &name)[..], &[("paths", &paths)]].concat())
        }))?;
        let name = format!("{:?}", service.full_name);
        let digest = format!("{:?}", digest(service));
        self.table.fill(&[
            ("service", &name),
            ("digest", &digest),
            ("methods", &methods),
            ("roles", &roles),
        ])
    }
}

/// The elements of an array, a line or more each.
fn listed(elements: impl Iterator<Item = Result<String, Error>>) -> Result<String, Error> {
    let mut code = String::new();
    for element in elements {
        code.push_str(if code.is_empty() { "\n" } else { "" });
        for line in (element? + ",").lines() {
            code.extend(["    ", line, "\n"]);
        }
    }
    Ok(code)
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
            // Whatever loosens what is enforced is another policy.
            line.push_str(if method.unguarded.is_some() { " UNGUARDED" } else { "" });
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
