//! The role table of a service, both ways.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Rpc, digest::digest, method::role_values, template::Template};
use crate::{
    error::Error,
    policy::{Role, Service},
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

    pub(super) fn table(
        &self,
        service: &Service,
        rpcs: &[Rpc<'_>],
        code: &mut String,
    ) -> Result<(), Error> {
        let methods = listed(rpcs, |rpc, code| {
            self.method.fill_into(code, &[("type_name", &rpc.type_name)])
        })?;
        let roles = listed(by_role(rpcs), |(role, paths), code| {
            let paths = listed(paths, |path, code| {
                code.push_str(path);
                Ok(())
            })?;
            let (number, name) = (role.number.to_string(), format!("{:?}", role.name));
            let values = [&role_values(&number, &name)[..], &[("paths", &paths)]].concat();
            self.role.fill_into(code, &values)
        })?;
        let name = format!("{:?}", service.full_name);
        let digest = format!("{:?}", digest(rpcs));
        let values =
            [("service", &*name), ("digest", &digest), ("methods", &methods), ("roles", &roles)];
        self.table.fill_into(code, &values)
    }
}

/// The elements of an array, a line or more each: what `write` adds for each of them.
fn listed<T>(
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut code = String::new();
    let mut one = String::new();
    for element in elements {
        one.clear();
        write(element, &mut one)?;
        code.push_str(if code.is_empty() { "\n" } else { "" });
        one.push(',');
        for line in one.lines() {
            code.extend(["    ", line, "\n"]);
        }
    }
    Ok(code)
}

/// The paths of the methods that list a role, as literals.
fn by_role<'a>(rpcs: &'a [Rpc<'_>]) -> BTreeMap<&'a Role, Vec<&'a str>> {
    let mut paths: BTreeMap<&Role, Vec<&str>> = BTreeMap::new();
    for rpc in rpcs {
        for role in rpc.method.roles() {
            paths.entry(role).or_default().push(&rpc.path_literal);
        }
    }
    paths
}
