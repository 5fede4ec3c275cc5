//! Routes of axum that are bound to methods.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
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
    /// What answers at each path, behind its gate.
    routes: Vec<(String, MethodRouter<S>)>,
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
            routes: Vec::new(),
            tables: BTreeMap::new(),
            bound: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Binds the handlers of a path to the method `M`: its gate decides whatever they do, also for
    /// an HTTP method that has no handler. A path may be bound again for another HTTP method, and a
    /// method to another path.
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
        self.routes.push((path.to_owned(), handlers.layer(gate)));
        self
    }

    /// A route that nothing guards, such as a health check: one path, without captures. The reason
    /// is for readers of the code and of the log.
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
        self.routes.push((path.to_owned(), handlers.layer(from_fn(open_gate))));
        self
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

    /// Takes in the routes of another, such as those of another module of the service, with what was
    /// said of its tables. A method may have its route in either. Each route is still decided by the
    /// authoriser of its own; a path without a route is a matter of this one.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let Self { authoriser: _, routes, tables, bound, faults } = other;
        self.routes.extend(routes);
        self.bound.extend(bound);
        self.faults.extend(faults);
        for (service, extent) in tables.into_values() {
            self.add_table(service, extent);
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

    /// The routes, for `axum::serve`. A path without a route answers `METHOD_UNKNOWN`: so this has a
    /// fallback, and axum merges it with no other router that has one.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_router(self) -> Result<Router<S>, MountError> {
        let authoriser = self.authoriser.clone();
        let unknown = move |request: Request| unknown(authoriser.lease(), request);
        Ok(self.into_router_without_fallback()?.fallback(unknown))
    }

    /// The same, to be merged into another router: a path without a route gets the answer of the
    /// other. What else the other serves, nothing here guards.
    ///
    /// # Errors
    /// Every fault in what was mounted.
    pub fn into_router_without_fallback(self) -> Result<Router<S>, MountError> {
        let Self { authoriser: _, routes, tables, bound, mut faults } = self;
        let whole = tables.into_values().filter(|(_, extent)| *extent != Extent::Part);
        for (service, _) in whole {
            let paths = service.methods().map(MethodPolicy::path);
            let missing = paths.filter(|path| !bound.contains(path));
            faults.extend(missing.map(MountFault::MethodMissing));
        }
        let mut router = Router::new();
        for (path, handlers) in routes {
            match add_route(router.clone(), &path, handlers) {
                Ok(with) => router = with,
                Err(cause) => faults.push(MountFault::NoRoute { path, cause }),
            }
        }
        MountError::check(faults)?;
        Ok(router)
    }
}

/// The router with the route.
///
/// # Errors
/// What axum says against it. It says so by a panic alone, and shows of no route which HTTP methods it
/// has, so nobody else can know before.
fn add_route<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    path: &str,
    handlers: MethodRouter<S>,
) -> Result<Router<S>, String> {
    catch_unwind(AssertUnwindSafe(|| router.route(path, handlers))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("axum refuses it")
            .to_owned()
    })
}

impl<S> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedRouter")
            .field("bound", &self.bound)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
