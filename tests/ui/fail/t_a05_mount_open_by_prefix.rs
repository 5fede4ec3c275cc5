//! Services opened by a prefix or a pattern: there is no such thing, only exact paths.

use meshauth_runtime::{axum::GuardedRouter, tonic::GuardedRoutes};

fn grpc(routes: GuardedRoutes) -> GuardedRoutes {
    routes.allow_prefix("/grpc.health.v1.", "probes carry no key")
}

fn http(router: GuardedRouter) -> GuardedRouter {
    router.allow_prefix("/health", "probes carry no key")
}

fn main() {}
