//! The trait that a team implements, and the guard between it and tonic's server.

use std::borrow::Cow;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Rpc, doc::from_proto, template::Template};
use crate::{
    error::Error,
    names::{guard_module, server_module},
    policy::{Access, Service},
};

/// The guard of a service, and its members for a method.
pub(super) struct GuardTemplates {
    /// The path of the runtime.
    runtime: String,
    guard: Template,
    once: Members,
    stream: Members,
}

/// What a method is in the team's trait and in the implementation of tonic's: for one that answers
/// once, or for one that answers a stream.
struct Members {
    declared: Template,
    called: Template,
}

impl GuardTemplates {
    pub(super) fn new(runtime: &TokenStream, path: &str) -> Result<Self, Error> {
        let once = Members {
            declared: declared(runtime, &quote!())?,
            called: called(runtime, &quote!(), &quote!(_))?,
        };
        let stream = Members {
            declared: declared(
                runtime,
                &quote! {
                    #[doc = " The stream that `__method` answers, such as `tonic::codegen::BoxStream<__item>`."]
                    type __stream: ::tonic::codegen::tokio_stream::Stream<
                            Item = ::core::result::Result<__item, ::tonic::Status>,
                        > + ::core::marker::Send
                        + 'static;
                },
            )?,
            called: called(
                runtime,
                &quote! {
                    type __stream = #runtime::tonic::Outgoing<method::__type_name, S::__stream>;
                },
                &quote!(_, _),
            )?,
        };
        Ok(Self { runtime: path.to_owned(), guard: guard(runtime)?, once, stream })
    }

    pub(super) fn guard(
        &self,
        service_trait: &str,
        service: &Service,
        rpcs: &[Rpc<'_>],
        code: &mut String,
    ) -> Result<(), Error> {
        let values = [
            ("comment", &*comment(&service.comment)),
            ("service", service_trait),
            ("shown", &format!("{:?}", format!("Guard<{service_trait}>"))),
            ("server", &format!("{service_trait}Server")),
            ("server_module", &server_module(service_trait)),
            ("guard_module", &guard_module(service_trait)),
            ("full_name", &service.full_name),
            ("name", &format!("{:?}", service.full_name)),
        ];
        let declared = |code: &mut String| rpcs.iter().try_for_each(|rpc| self.declared(rpc, code));
        let called = |code: &mut String| {
            rpcs.iter().try_for_each(|rpc| self.called(service_trait, rpc, code))
        };
        self.guard.fill_around(code, &values, &[("declared", &declared), ("called", &called)])
    }

    /// A method of the team's trait.
    fn declared(&self, rpc: &Rpc<'_>, code: &mut String) -> Result<(), Error> {
        let Rpc { method, function, type_name, path, .. } = rpc;
        let access = match method.access {
            Access::Public => "Public",
            Access::Authorised { .. } => "Authorised",
        };
        let incoming;
        let request = if rpc.method.client_streaming {
            incoming = format!("{}::tonic::Incoming<method::{type_name}>", self.runtime);
            &incoming
        } else {
            &rpc.request
        };
        let answer = Answer::of(rpc);
        self.members(rpc).declared.fill_into(
            code,
            &[
                ("comment", &comment(&method.comment)),
                ("path", path),
                ("type_name", type_name),
                ("function", function),
                ("access", access),
                ("request", request),
                ("response_of_the_method", &answer.response),
                ("method", &method.name),
                ("stream", &answer.stream),
                ("item", &rpc.response),
            ],
        )
    }

    /// A method of tonic's trait: the runtime makes the checks and calls the method of the team's.
    fn called(&self, service_trait: &str, rpc: &Rpc<'_>, code: &mut String) -> Result<(), Error> {
        let kind = match (rpc.method.client_streaming, rpc.method.server_streaming) {
            (false, false) => "unary",
            (true, false) => "client_streaming",
            (false, true) => "server_streaming",
            (true, true) => "streaming",
        };
        let streaming;
        let request = if rpc.method.client_streaming {
            streaming = format!("::tonic::Streaming<{}>", rpc.request);
            &streaming
        } else {
            &rpc.request
        };
        let answer = Answer::of(rpc);
        self.members(rpc).called.fill_into(
            code,
            &[
                ("service", service_trait),
                ("function", &rpc.function),
                ("type_name", &rpc.type_name),
                ("request", request),
                ("response_of_the_method", &answer.response),
                ("kind", kind),
                ("stream", &answer.stream),
            ],
        )
    }

    fn members(&self, rpc: &Rpc<'_>) -> &Members {
        if rpc.method.server_streaming { &self.stream } else { &self.once }
    }
}

/// How a method answers.
struct Answer<'a> {
    /// The associated type of one that answers a stream: tonic's name for it.
    stream: String,
    response: Cow<'a, str>,
}

impl<'a> Answer<'a> {
    fn of(rpc: &'a Rpc<'_>) -> Self {
        if rpc.method.server_streaming {
            let stream = format!("{}Stream", rpc.method.name);
            Self { response: format!("Self::{stream}").into(), stream }
        } else {
            Self { stream: String::new(), response: rpc.response.as_str().into() }
        }
    }
}

/// What the proto says, with an empty line behind it for what is said here.
fn comment(comment: &str) -> String {
    let mut text: String = from_proto(comment).iter().flat_map(|line| [line, "\n"]).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn declared(runtime: &TokenStream, stream: &TokenStream) -> Result<Template, Error> {
    Template::members(
        2,
        &quote! {
            #stream

            #[doc = " __comment"]
            #[doc = " `__path`: see [`method::__type_name`]."]
            fn __function(
                &self,
                access: #runtime::__access<method::__type_name>,
                request: ::tonic::Request<__request>,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<::tonic::Response<__response_of_the_method>, ::tonic::Status>,
            > + ::core::marker::Send;
        },
    )
}

/// A method of tonic's trait, written as `async_trait` writes it: an `async fn` would have the
/// compiler make a future of its own for each method, where one generic call does.
fn called(
    runtime: &TokenStream,
    stream: &TokenStream,
    inferred: &TokenStream,
) -> Result<Template, Error> {
    Template::members(
        2,
        &quote! {
            #stream

            fn __function<'life0, 'async_trait>(
                &'life0 self,
                request: ::tonic::Request<__request>,
            ) -> #runtime::codegen::BoxedCall<'async_trait, __response_of_the_method>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                self.__kind::<method::__type_name, #inferred>(request, <S as __service>::__function)
            }
        },
    )
}

fn guard(runtime: &TokenStream) -> Result<Template, Error> {
    let declared = declared_items();
    let implemented = implemented(runtime);
    Template::items(
        1,
        quote! {
            #declared

            /// tonic's server over the guarded service.
            pub type Server<S> = super::__server_module::__server<#runtime::codegen::Enforcer<S>>;

            const _: () = #runtime::codegen::assert_served_as::<Server<()>>(__name);

            /// The service behind its guard, to be mounted with `meshauth_runtime::tonic::GuardedRoutes`.
            pub struct Guard<S> {
                service: S,
                configure: ::std::boxed::Box<
                    dyn FnOnce(Server<S>) -> Server<S> + ::core::marker::Send + ::core::marker::Sync,
                >,
            }

            impl<S: __service> Guard<S> {
                /// Guards the service.
                pub fn new(service: S) -> Self {
                    Self { service, configure: ::std::boxed::Box::new(|server| server) }
                }

                /// Sets what tonic's server has to set, such as compression and the largest size of a
                /// message.
                #[must_use]
                pub fn configure(
                    self,
                    settings: impl FnOnce(Server<S>) -> Server<S>
                        + ::core::marker::Send
                        + ::core::marker::Sync
                        + 'static,
                ) -> Self {
                    let before = self.configure;
                    let configure = ::std::boxed::Box::new(move |server| settings(before(server)));
                    Self { configure, ..self }
                }
            }

            #implemented
        },
    )
}

fn declared_items() -> TokenStream {
    quote! {
        #[doc = " __comment"]
        /// What you implement: tonic's `__service`, with the access as an argument.
        ///
        /// The guard calls a method only when its checks have passed, and holds what it is sent and
        /// what it answers against the scope.
        #[diagnostic::on_unimplemented(
            message = "`{Self}` has no guarded handlers for `__full_name`",
            label = "implement `__guard_module::__service` for it",
            note = "tonic's trait of the same name takes no access: the guard cannot call it"
        )]
        pub trait __service: ::core::marker::Send + ::core::marker::Sync + 'static {
            __declared!{}
        }
    }
}

/// What the guard is to others: shown, mounted, and called by tonic.
fn implemented(runtime: &TokenStream) -> TokenStream {
    quote! {
        impl<S> ::core::fmt::Debug for Guard<S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(__shown)
            }
        }

        impl<S: __service> #runtime::tonic::GuardedService for Guard<S> {
            const POLICY: &'static #runtime::ServicePolicy = &POLICY;
            type Server = Server<S>;

            fn into_server(
                self,
                authoriser: #runtime::Authoriser,
            ) -> #runtime::tonic::GatedServer<Server<S>> {
                let enforcer = #runtime::codegen::Enforcer::new(self.service, authoriser.clone());
                let server = (self.configure)(super::__server_module::__server::new(enforcer));
                #runtime::codegen::gated_server(authoriser, &POLICY, server)
            }
        }

        impl<S: __service> super::__server_module::__service for #runtime::codegen::Enforcer<S> {
            __called!{}
        }
    }
}
