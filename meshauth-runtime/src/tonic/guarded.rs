//! Mounts guarded services, and names what is open.

use std::{collections::BTreeSet, convert::Infallible, fmt};

use axum::response::IntoResponse;
use tonic::{
    Status,
    body::Body,
    codegen::{Service, http},
    server::NamedService,
    service::Routes,
};

use crate::{audit, authorizer::Authorizer, denial::Denial, policy::ServicePolicy};

/// A service behind its generated guard.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not guarded",
    label = "expected the generated `Guard` of the service",
    note = "wrap the service: `account_service_guard::Guard::new(service)`",
    note = "a service that has no annotations is mounted by name and with a reason: `add_open(service, \"why\")`"
)]
pub trait GuardedService {
    /// The role table of the service.
    const POLICY: &'static ServicePolicy;

    /// tonic's own server, over the guard.
    type Server: Service<
            http::Request<axum::body::Body>,
            Response = http::Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + NamedService
        + Clone
        + Send
        + Sync
        + 'static;

    /// The server, with everything that was set on it, guarded by this authorizer.
    fn into_server(self, authorizer: Authorizer) -> Self::Server;
}

/// Routes that accept guarded services only; any other is named, with the reason. See the
/// [module](crate::tonic).
///
/// A path that is not in the table of a mounted service answers `METHOD_UNKNOWN`: the routes are
/// the tables.
#[derive(Debug)]
pub struct Guarded {
    authorizer: Authorizer,
    router: axum::Router,
    mounted: BTreeSet<&'static str>,
    faults: Vec<MountFault>,
}

impl Guarded {
    /// Routes whose calls this authorizer decides.
    #[must_use]
    pub fn new(authorizer: Authorizer) -> Self {
        Self {
            authorizer,
            router: axum::Router::new(),
            mounted: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Mounts a guarded service.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "services are added, as in tonic; nothing is summed"
    )]
    pub fn add<G: GuardedService>(mut self, service: G) -> Self {
        let name = G::POLICY.name();
        if G::Server::NAME != name {
            self.faults.push(MountFault::OtherName { server: G::Server::NAME, table: name });
        } else if self.is_new(name) {
            let server = service.into_server(self.authorizer.clone());
            for method in G::POLICY.methods() {
                self.router = self.router.route_service(method.path(), server.clone());
            }
        }
        self
    }

    /// Mounts a service that nothing guards, such as a health check: anyone may call all of it. The
    /// reason is for the reader of the code and for the log.
    #[must_use]
    pub fn add_open<S>(mut self, service: S, reason: &str) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        if reason.trim().is_empty() {
            self.faults.push(MountFault::OpenWithoutReason(S::NAME));
        } else if self.is_new(S::NAME) {
            tracing::warn!(target: "meshauth", service = S::NAME, reason, "mounted without a guard");
            let open = Routes::from(axum::Router::new()).add_service(service);
            self.router = self.router.merge(open.into_axum_router());
        }
        self
    }

    /// The routes, for `tonic::transport::Server::add_routes`.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_routes(self) -> Result<Routes, MountError> {
        if !self.faults.is_empty() {
            return Err(MountError { faults: self.faults });
        }
        Ok(Routes::from(self.router.fallback(unknown_method)).prepare())
    }

    fn is_new(&mut self, name: &'static str) -> bool {
        let new = self.mounted.insert(name);
        if !new {
            self.faults.push(MountFault::Twice(name));
        }
        new
    }
}

async fn unknown_method() -> http::Response<Body> {
    audit::unknown_method();
    Status::from(Denial::MethodUnknown).into_http()
}

/// Services that cannot be mounted together.
#[derive(Clone, PartialEq, Eq)]
pub struct MountError {
    faults: Vec<MountFault>,
}

impl MountError {
    /// All that is wrong.
    #[must_use]
    pub fn faults(&self) -> &[MountFault] {
        &self.faults
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the services cannot be mounted")?;
        self.faults.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

impl fmt::Debug for MountError {
    /// What a program that ends with it shows: the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for MountError {}

/// What is wrong with a service that was mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountFault {
    /// A service of this name is mounted already.
    Twice(&'static str),
    /// This service is mounted without a guard and without a reason.
    OpenWithoutReason(&'static str),
    /// The server answers under another name than its table.
    OtherName {
        /// The name of tonic's server.
        server: &'static str,
        /// The name in the table.
        table: &'static str,
    },
}

impl fmt::Display for MountFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(name) => write!(f, "`{name}` is mounted twice"),
            Self::OpenWithoutReason(name) => {
                write!(f, "`{name}` is mounted without a guard, say why in the second argument")
            }
            Self::OtherName { server, table } => write!(
                f,
                "the server of `{table}` is named `{server}`, generate both with the package name"
            ),
        }
    }
}
