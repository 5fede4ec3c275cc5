//! Messages that are resources.

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens;
use crate::{error::Error, policy::Ownership};

/// `Resource` for a message, in the module of its package.
pub(super) fn implementation(path: &str, ownership: Ownership) -> Result<TokenStream, Error> {
    let path = tokens(path)?;
    let owner = owner(&quote!(self), ownership);
    Ok(quote! {
        impl ::meshauth_runtime::Resource for #path {
            fn owner(&self) -> &str {
                #owner
            }

            fn owners(&self) -> &[::std::string::String] {
                &self.owners
            }
        }
    })
}

/// The ownership of the resource that the expression denotes. It reads the fields, so that it holds
/// for a message of another crate, too.
pub(super) fn lent(resource: &TokenStream, ownership: Ownership) -> TokenStream {
    let owner = owner(resource, ownership);
    quote!(::meshauth_runtime::Ownership::new(#owner, &#resource.owners))
}

fn owner(resource: &TokenStream, ownership: Ownership) -> TokenStream {
    if ownership.owner_is_optional {
        quote!(#resource.owner.as_deref().unwrap_or_default())
    } else {
        quote!(&#resource.owner)
    }
}
