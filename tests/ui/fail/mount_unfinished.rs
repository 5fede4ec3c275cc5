//! Routes whose faults nobody looked at.

use meshauth_runtime::tonic::GuardedRoutes;
use tonic::transport::Server;

fn mount(routes: GuardedRoutes) {
    Server::builder().add_routes(routes);
}

fn main() {}
