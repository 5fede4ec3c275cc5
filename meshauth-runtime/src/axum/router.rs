//! Routes of axum that are bound to methods.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    routing::MethodRouter,
};

use super::gate::{gate, open_gate, unknown};
use crate::{
    audit,
    authoriser::{Authoriser, Method, assert_consistent},
    guard::{MountError, MountFault},
    policy::{MethodPolicy, ServicePolicy, TableEntry},
};

/// A router of axum whose routes are bound to generated methods; any other is open by name, with
/// the reason. See the [module](crate::axum).
///
/// The tables of the methods that are bound are compared with the routes: a method without a route
/// is a fault, unless it is left out by name. A path without a route answers `METHOD_UNKNOWN`.
pub struct GuardedRouter<S = ()> {
    authoriser: Authoriser,
    router: Router<S>,
    /// The tables that are to be served, by name, and whether as a whole.
    tables: BTreeMap<&'static str, (&'static ServicePolicy, Extent)>,
    bound: BTreeSet<&'static str>,
    faults: Vec<MountFault>,
}

/// How much of a table is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    Whole,
    Part,
    Expected,
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Routes whose calls this authoriser decides.
    #[must_use]
    pub fn new(authoriser: Authoriser) -> Self {
        Self {
            authoriser,
            router: Router::new(),
            tables: BTreeMap::new(),
            bound: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Binds the handlers of a path to the method `M`: its gate decides whatever they do, also for
    /// an HTTP method that has no handler. A path may be bound again for another HTTP method, and a
    /// method to another path.
    ///
    /// # Panics
    /// As [`Router::route`]: if the path is none, or overlaps with another.
    #[must_use]
    pub fn route<M: Method>(mut self, path: &str, handlers: MethodRouter<S>) -> Self {
        const { assert_consistent::<M>() };
        let entry = TableEntry::of::<M>();
        if !entry.is_in_its_table() {
            let (path, table) = (entry.method.path(), entry.service.name());
            self.faults.push(MountFault::NotInTable { path, table });
        }
        self.add_table(entry.service, Extent::Whole);
        self.bound.insert(entry.method.path());
        let authoriser = self.authoriser.clone();
        let gate = from_fn(move |request: Request, next: Next| {
            gate(authoriser.lease(), entry, request, next)
        });
        // The whole of it, with what answers if no handler does.
        let router = self.router.route(path, handlers.layer(gate));
        Self { router, ..self }
    }

    /// A route that nothing guards, such as a health check: one path, without captures. The reason
    /// is for readers of the code and of the log.
    ///
    /// # Panics
    /// As [`Router::route`].
    #[must_use]
    pub fn open(mut self, path: &str, handlers: MethodRouter<S>, reason: &str) -> Self {
        if reason.trim().is_empty() {
            self.faults.push(MountFault::OpenWithoutReason(path.to_owned()));
            return self;
        }
        if path.contains('{') {
            self.faults.push(MountFault::OpenPattern(path.to_owned()));
            return self;
        }
        audit::open(path, reason);
        let router = self.router.route(path, handlers.layer(from_fn(open_gate)));
        Self { router, ..self }
    }

    /// Leaves the method `M` without a route, such as one that is called over gRPC only.
    #[must_use]
    pub fn allow_missing<M: Method>(mut self, reason: &str) -> Self {
        if reason.trim().is_empty() {
            self.faults.push(MountFault::LeftOutWithoutReason(M::POLICY.path()));
        }
        self.bound.insert(M::POLICY.path());
        self
    }

    /// Serves a part of the methods of this service only, such as one for a public site.
    #[must_use]
    pub fn allow_missing_methods(mut self, service: &'static ServicePolicy, reason: &str) -> Self {
        if reason.trim().is_empty() {
            self.faults.push(MountFault::LeftOutWithoutReason(service.name()));
        }
        self.add_table(service, Extent::Part);
        self
    }

    /// The services that have to be there as a whole: a method of theirs without a route is a
    /// fault, even if none of them is bound.
    #[must_use]
    pub fn require(mut self, services: &[&'static ServicePolicy]) -> Self {
        for service in services {
            self.add_table(service, Extent::Expected);
        }
        self
    }

    fn add_table(&mut self, service: &'static ServicePolicy, extent: Extent) {
        let name = service.name();
        let (known, of_it) = self.tables.entry(name).or_insert((service, extent));
        if known.digest() != service.digest() {
            self.faults.push(MountFault::OtherTable(name));
        }
        // What is expected as a whole stays so, and what is left out in part, whatever else is said.
        *of_it = (*of_it).max(extent);
    }

    /// The routes, for `axum::serve` or another router.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_router(self) -> Result<Router<S>, MountError> {
        let Self { authoriser, router, tables, bound, mut faults } = self;
        let whole = tables.into_values().filter(|(_, extent)| *extent != Extent::Part);
        for (service, _) in whole {
            let paths = service.methods().map(MethodPolicy::path);
            let missing = paths.filter(|path| !bound.contains(path));
            faults.extend(missing.map(MountFault::MethodMissing));
        }
        MountError::check(faults)?;
        let unknown = move |request: Request| unknown(authoriser.lease(), request);
        Ok(router.fallback(unknown))
    }
}

impl<S> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedRouter")
            .field("bound", &self.bound)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
