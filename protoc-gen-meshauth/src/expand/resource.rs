//! Messages that are resources.

use proc_macro2::TokenStream;
use quote::quote;

use super::{look::Way, path_text, template::Template};
use crate::{error::Error, policy::Ownership};

/// `Resource` and `ResourceMut` for messages: with an owner that is there or empty, and with one that is optional.
pub(super) struct ResourceTemplates {
    plain: Template,
    optional: Template,
}

impl ResourceTemplates {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let implementation = |owner_is_optional| {
            let owner = owner(&quote!(self), Ownership { owner_is_optional });
            let set = if owner_is_optional {
                quote!(::core::option::Option::Some(owner))
            } else {
                quote!(owner)
            };
            Template::items(
                0,
                quote! {
                    #[allow(deprecated)]
                    impl #runtime::Resource for __message {
                        fn owner(&self) -> &str {
                            #owner
                        }

                        fn owners(&self) -> &[::std::string::String] {
                            &self.owners
                        }
                    }

                    #[allow(deprecated)]
                    impl #runtime::ResourceMut for __message {
                        fn set_ownership(
                            &mut self,
                            owner: ::std::string::String,
                            owners: ::std::vec::Vec<::std::string::String>,
                        ) {
                            self.owner = #set;
                            self.owners = owners;
                        }
                    }
                },
            )
        };
        Ok(Self { plain: implementation(false)?, optional: implementation(true)? })
    }

    /// The implementation for a message, in the module of its package.
    pub(super) fn implementation(
        &self,
        path: &str,
        ownership: Ownership,
        code: &mut String,
    ) -> Result<(), Error> {
        path_text(path)?;
        let template = if ownership.owner_is_optional { &self.optional } else { &self.plain };
        template.fill_into(code, &[("message", path)])
    }
}

/// The ownership of the resource that the expression denotes. It reads the fields, so that it holds
/// for a message of another crate, too.
pub(super) fn ownership_of(
    runtime: &TokenStream,
    resource: &TokenStream,
    ownership: Ownership,
    way: Way,
) -> TokenStream {
    match way {
        Way::Out => {
            let owner = owner(resource, ownership);
            quote!(#runtime::codegen::Ownership::new(#owner, &#resource.owners))
        }
        Way::In => {
            let new = if ownership.owner_is_optional { quote!(optional) } else { quote!(new) };
            quote!(#runtime::codegen::OwnershipMut::#new(&mut #resource.owner, &mut #resource.owners))
        }
    }
}

fn owner(resource: &TokenStream, ownership: Ownership) -> TokenStream {
    if ownership.owner_is_optional {
        quote!(#resource.owner.as_deref().unwrap_or_default())
    } else {
        quote!(&#resource.owner)
    }
}
