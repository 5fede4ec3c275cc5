//! Guards for tonic services.
//!
//! The generated `Guard` stands between tonic's server and your service. [`Guarded`] mounts guards,
//! and nothing else unless you say why:
//!
//! ```ignore
//! let authorizer = Authorizer::new(MemoryDirectory::load("directory.json")?);
//! let routes = Guarded::new(authorizer)
//!     .add(account_service_guard::Guard::new(Accounts::default()))
//!     .add_open(health_service, "liveness probes carry no key")
//!     .into_routes()?;
//! Server::builder().add_routes(routes).serve(address).await?;
//! ```

mod enforcer;
mod guarded;
mod guarding;
mod status;
mod stream;

pub use self::{
    enforcer::{Enforcer, Exit},
    guarded::{Guarded, GuardedService, MountError, MountFault},
    stream::{Incoming, Outgoing},
};
