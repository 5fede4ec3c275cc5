//! The trait that a team implements, and the guard between it and tonic's server.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Rpc, doc, ident, method::access};
use crate::error::Error;

pub(super) fn guard(
    service: &str,
    server_module: &Ident,
    rpcs: &[Rpc<'_>],
) -> Result<TokenStream, Error> {
    let service = ident(service)?;
    let server = format_ident!("{}Server", service);
    let shown = format!("Guard<{service}>");
    let trait_items = rpcs.iter().map(trait_item);
    let calls = rpcs.iter().map(|rpc| call(&service, rpc));
    let trait_doc = doc([
        format!("What you implement: tonic's `{service}`, with the access as an argument."),
        String::new(),
        String::from(
            "The guard calls a method only when its checks have passed, and holds what it is sent and",
        ),
        String::from("what it answers against the scope."),
    ]);
    Ok(quote! {
        #trait_doc
        pub trait #service: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#trait_items)*
        }

        /// tonic's server over the guarded service.
        pub type Server<S> = super::#server_module::#server<::meshauth_runtime::tonic::Enforcer<S>>;

        /// The service behind its guard, to be mounted with `meshauth_runtime::tonic::Guarded`.
        pub struct Guard<S> {
            service: S,
            configure: ::std::boxed::Box<dyn FnOnce(Server<S>) -> Server<S> + ::core::marker::Send>,
        }

        impl<S: #service> Guard<S> {
            /// Guards the service.
            pub fn new(service: S) -> Self {
                Self { service, configure: ::std::boxed::Box::new(|server| server) }
            }

            /// Sets what tonic's server has to set, such as compression and the largest size of a
            /// message.
            #[must_use]
            pub fn configure(
                self,
                settings: impl FnOnce(Server<S>) -> Server<S> + ::core::marker::Send + 'static,
            ) -> Self {
                let before = self.configure;
                let configure = ::std::boxed::Box::new(move |server| settings(before(server)));
                Self { configure, ..self }
            }
        }

        impl<S> ::core::fmt::Debug for Guard<S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#shown)
            }
        }

        impl<S: #service> ::meshauth_runtime::tonic::GuardedService for Guard<S> {
            const POLICY: &'static ::meshauth_runtime::ServicePolicy = &POLICY;
            type Server = Server<S>;

            fn into_server(self, authorizer: ::meshauth_runtime::Authorizer) -> Server<S> {
                let enforcer = ::meshauth_runtime::tonic::Enforcer::new(self.service, authorizer);
                (self.configure)(super::#server_module::#server::new(enforcer))
            }
        }

        #[::tonic::async_trait]
        impl<S: #service> super::#server_module::#service for ::meshauth_runtime::tonic::Enforcer<S> {
            #(#calls)*
        }
    })
}

/// A method of the guarded trait.
fn trait_item(rpc: &Rpc<'_>) -> TokenStream {
    let Rpc { function, type_name, path, .. } = rpc;
    let access = access(&rpc.method.access);
    let request = if rpc.rust.client_streaming {
        quote!(::meshauth_runtime::tonic::Incoming<method::#type_name>)
    } else {
        rpc.request.clone()
    };
    let (stream, response) = response(rpc);
    let doc = doc([format!("`{path}`: see [`method::{type_name}`].")]);
    quote! {
        #stream

        #doc
        fn #function(
            &self,
            access: #access<method::#type_name>,
            request: ::tonic::Request<#request>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<::tonic::Response<#response>, ::tonic::Status>,
        > + ::core::marker::Send;
    }
}

/// The declaration of a stream of responses, if the method has one, and what the method answers.
fn response(rpc: &Rpc<'_>) -> (TokenStream, TokenStream) {
    let message = &rpc.response;
    if !rpc.rust.server_streaming {
        return (TokenStream::new(), message.clone());
    }
    let stream = rpc.stream();
    let doc = doc([format!("The stream that `{}` answers.", rpc.method.name)]);
    let declaration = quote! {
        #doc
        type #stream: ::tonic::codegen::tokio_stream::Stream<
                Item = ::core::result::Result<#message, ::tonic::Status>,
            > + ::core::marker::Send
            + 'static;
    };
    (declaration, quote!(Self::#stream))
}

/// A method of tonic's trait: in through the checks, out through the scope.
fn call(service: &Ident, rpc: &Rpc<'_>) -> TokenStream {
    let Rpc { function, type_name, request, response, .. } = rpc;
    let (request, enter) = if rpc.rust.client_streaming {
        (quote!(::tonic::Streaming<#request>), quote!(enter_stream))
    } else {
        (request.clone(), quote!(enter))
    };
    let (stream, response, leave) = if rpc.rust.server_streaming {
        let stream = rpc.stream();
        let outgoing = quote!(::meshauth_runtime::tonic::Outgoing<method::#type_name, S::#stream>);
        (quote!(type #stream = #outgoing;), quote!(Self::#stream), quote!(stream))
    } else {
        (TokenStream::new(), response.clone(), quote!(unary))
    };
    quote! {
        #stream

        async fn #function(
            &self,
            request: ::tonic::Request<#request>,
        ) -> ::core::result::Result<::tonic::Response<#response>, ::tonic::Status> {
            let (access, request, exit) = self.#enter::<method::#type_name>(request).await?;
            exit.#leave(async {
                <S as #service>::#function(self.service(), access, request).await
            })
            .await
        }
    }
}
