//! Guards for axum: a route is bound to a generated method, and its handler is given the access.
//!
//! ```
//! # use meshauth_runtime::{
//! #     Authorised, Authoriser, MemoryDirectory, Method, MethodPolicy, Operation, Read, Role,
//! #     ServicePolicy,
//! # };
//! # mod method {
//! #     pub enum GetAccount {}
//! # }
//! # static SERVICE: ServicePolicy = ServicePolicy::new("wallet.v1.Accounts", "0", &[&GET], &[]);
//! # static GET: MethodPolicy = MethodPolicy::authorised(
//! #     "/wallet.v1.Accounts/GetAccount", Operation::Read, &[Role::new(1, "ROLE")],
//! # );
//! # impl Method for method::GetAccount {
//! #     const POLICY: &'static MethodPolicy = &GET;
//! #     const SERVICE: &'static ServicePolicy = &SERVICE;
//! #     type Kind = Read;
//! #     type Access = Authorised<Self>;
//! # }
//! use axum::{extract::Path, routing::get};
//! use meshauth_runtime::{Denial, axum::GuardedRouter};
//!
//! async fn get_account(
//!     access: Authorised<method::GetAccount>,
//!     Path(id): Path<String>,
//! ) -> Result<String, Denial> {
//!     let found = None::<Account>; // SELECT .. WHERE id = $1
//!     Ok(access.scope().permit(found)?.name)
//! }
//! # struct Account { name: String }
//! # impl meshauth_runtime::Resource for Account {
//! #     fn owner(&self) -> &str { "" }
//! #     fn owners(&self) -> &[String] { &[] }
//! # }
//!
//! let authoriser = Authoriser::new(MemoryDirectory::new(Default::default())?);
//! let router = GuardedRouter::new(authoriser)
//!     .route::<method::GetAccount>("/v1/accounts/{id}", get(get_account))
//!     .open("/healthz", get(|| async { "ok" }), "probes carry no key")
//!     .into_router()?;
//! # let _: axum::Router = router;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The gate of a route decides before the body is read, and the handler's extractor takes its result
//! only for the very same method: in whatever order routers are layered, merged and nested, no
//! handler that asks for its access runs without its checks.

mod authorised_call;
mod extract;
mod gate;
mod message_show;
mod open_body;
mod problem;
mod public_call;
mod ready;
mod router;

pub use self::{
    authorised_call::AuthorisedCall, public_call::PublicCall, ready::ready, router::GuardedRouter,
};
pub use crate::guard::{MountError, MountFault};
