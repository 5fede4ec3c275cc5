//! Guards for tonic services.
//!
//! The generated `Guard` stands between tonic's server and your service. [`GuardedRoutes`] mounts guards,
//! and nothing else unless you say why:
//!
//! ```ignore
//! let authoriser = Authoriser::new(MemoryDirectory::load("directory.json")?);
//! let routes = GuardedRoutes::new(authoriser)
//!     .add(account_service_guard::Guard::new(Accounts::default()))
//!     .add_open(health_service, &[open::HEALTH_CHECK], "liveness probes carry no key")
//!     .into_routes()?;
//! Server::builder().add_routes(routes).serve(address).await?;
//! ```

pub(crate) mod enforcer;
mod gate;
pub(crate) mod gated_server;
mod guarded_routes;
pub mod open;
mod served_call;
mod status;
mod stream;

#[cfg(feature = "axum")]
pub(crate) use self::gate::has_grpc_content;
pub use self::{
    gated_server::GatedServer,
    guarded_routes::{GuardedRoutes, GuardedService},
    stream::{Incoming, Outgoing},
};
pub use crate::guard::{MountError, MountFault, RequestBody};
