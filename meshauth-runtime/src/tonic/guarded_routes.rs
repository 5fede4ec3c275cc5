//! Mounts guarded services, and names what is open.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use axum::response::IntoResponse;
use tonic::{
    body::Body,
    codegen::{Service, http},
    server::NamedService,
    service::Routes,
};
use tower::service_fn;

use super::{
    gate::{gate, open_gate, unknown},
    gated_server::GatedServer,
};
use crate::{
    audit,
    authoriser::Authoriser,
    guard::{MountError, MountFault, RequestBody},
    policy::{ServicePolicy, TableEntry},
};

/// A service behind its generated guard.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not guarded",
    label = "expected the generated `Guard` of the service",
    note = "wrap the service: `account_service_guard::Guard::new(service)`",
    note = "a method without an annotation is opened by its path and with a reason: `add_open(service, &[path], \"why\")`"
)]
pub trait GuardedService {
    /// The role table of the service.
    const POLICY: &'static ServicePolicy;

    /// tonic's own server, over the guard.
    type Server: Service<
            http::Request<RequestBody>,
            Response = http::Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + NamedService
        + Clone
        + Send
        + Sync
        + 'static;

    /// The server, with everything that was set on it, guarded by this authoriser: to be mounted by
    /// hand, such as by `tonic::transport::Server::add_service`.
    fn into_server(self, authoriser: Authoriser) -> GatedServer<Self::Server>;
}

/// Routes that accept guarded services only; any other is named, with the reason. See the
/// [module](crate::tonic).
///
/// Each method of a table has a route of its own, with a gate that decides before the body is read.
/// A path that is not in the table of a mounted service answers `METHOD_UNKNOWN`: the routes are
/// the tables. What is no gRPC call is refused: anything but POST (405), and a content type that is
/// not gRPC's (415).
#[derive(Debug)]
pub struct GuardedRoutes {
    authoriser: Authoriser,
    router: axum::Router,
    mounted: BTreeSet<&'static str>,
    /// Those of them that are guarded, with the digests of their tables.
    behind_guards: BTreeMap<&'static str, &'static str>,
    expected: Vec<&'static ServicePolicy>,
    /// The paths that are open, of services that are not guarded.
    opened: BTreeSet<&'static str>,
    faults: Vec<MountFault>,
}

impl GuardedRoutes {
    /// Routes whose calls this authoriser decides.
    #[must_use]
    pub fn new(authoriser: Authoriser) -> Self {
        Self {
            authoriser,
            router: axum::Router::new(),
            mounted: BTreeSet::new(),
            behind_guards: BTreeMap::new(),
            expected: Vec::new(),
            opened: BTreeSet::new(),
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
            self.behind_guards.insert(name, G::POLICY.digest());
            let server = service.into_server(self.authoriser.clone()).into_server();
            for method in G::POLICY.methods() {
                let entry = TableEntry { service: G::POLICY, method };
                let (authoriser, server) = (self.authoriser.clone(), server.clone());
                let gated = service_fn(move |request| {
                    gate(authoriser.lease(), entry, server.clone(), request)
                });
                self.router = self.router.route_service(method.path(), gated);
            }
        }
        self
    }

    /// Opens methods of a service that nothing guards, such as a health check: anyone may call
    /// these, and the others of the service nobody. The reason is for the reader of the code and
    /// for the log. [`open`](crate::tonic::open) has the paths of gRPC's own services.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "services are given away, as in tonic")]
    pub fn add_open<S>(mut self, service: S, paths: &[&'static str], reason: &str) -> Self
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
            self.faults.push(MountFault::OpenWithoutReason(S::NAME.to_owned()));
        } else if paths.is_empty() {
            self.faults.push(MountFault::OpenWithoutPath(S::NAME));
        } else if self.is_new(S::NAME) {
            for &path in paths {
                self.open(service.clone(), path, reason);
            }
        }
        self
    }

    fn open<S>(&mut self, service: S, path: &'static str, reason: &str)
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
        let method = path.strip_prefix('/').and_then(|path| path.strip_prefix(S::NAME));
        let is_one = method.and_then(|method| method.strip_prefix('/')).is_some_and(|method| {
            !method.is_empty()
                && method.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        });
        if !is_one {
            self.faults.push(MountFault::OpenOfAnother { service: S::NAME, path });
            return;
        }
        if !self.opened.insert(path) {
            self.faults.push(MountFault::Twice(path));
            return;
        }
        audit::open(path, reason);
        let open = service_fn(move |request| open_gate(service.clone(), request));
        let router = std::mem::take(&mut self.router);
        self.router = router.route_service(path, open);
    }

    /// The services that have to be there: one that is not mounted, or with another table, is a fault.
    ///
    /// ```ignore
    /// GuardedRoutes::new(authoriser).require(&[&account_service_guard::POLICY, &order_service_guard::POLICY])
    /// ```
    #[must_use]
    pub fn require(mut self, services: &[&'static ServicePolicy]) -> Self {
        self.expected.extend(services);
        self
    }

    /// Takes in the services of another, such as those of another module of the program. Each is
    /// still decided by the authoriser of its own; a path that is in no table is a matter of this one.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let Self { authoriser: _, router, mounted, behind_guards, expected, opened, faults } =
            other;
        self.faults.extend(faults);
        let mut is_new = true;
        for name in mounted {
            is_new &= self.is_new(name);
        }
        // axum would end the program. As it is, nothing is served.
        if is_new {
            self.router = self.router.merge(router);
        }
        self.behind_guards.extend(behind_guards);
        self.expected.extend(expected);
        self.opened.extend(opened);
        self
    }

    /// The routes, for `tonic::transport::Server::add_routes`.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_routes(self) -> Result<Routes, MountError> {
        let authoriser = self.authoriser.clone();
        let unknown = service_fn(move |request| unknown(authoriser.lease(), request));
        Ok(Routes::from(self.into_axum_router()?.fallback_service(unknown)).prepare())
    }

    /// The same as a router of axum, to be merged into another one. It has no fallback: a path that
    /// is in no table gets the answer of the other.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_axum_router(self) -> Result<axum::Router, MountError> {
        let Self { router, behind_guards, expected, mut faults, .. } = self;
        faults.extend(expected.into_iter().filter_map(|service| {
            match behind_guards.get(service.name()) {
                None => Some(MountFault::ServiceMissing(service.name())),
                Some(digest) if *digest != service.digest() => {
                    Some(MountFault::OtherTable(service.name()))
                }
                Some(_) => None,
            }
        }));
        MountError::check(faults)?;
        Ok(router)
    }

    fn is_new(&mut self, name: &'static str) -> bool {
        let new = self.mounted.insert(name);
        if !new {
            self.faults.push(MountFault::Twice(name));
        }
        new
    }
}
