//! What tonic generates by its settings, seen in what it makes of a service: its builder does not
//! tell.

use prost_build::{Comments, Service};

/// The client module of the service.
pub(super) const CLIENT: &str = "mod probe_client";

/// The code of a service without methods in this package.
///
/// # Panics
/// As tonic does over settings that it does not take.
pub(super) fn code(tonic: &tonic_prost_build::Builder, package: &str) -> String {
    let service = Service {
        name: String::from("Probe"),
        proto_name: String::from("Probe"),
        package: package.to_owned(),
        comments: Comments::default(),
        methods: Vec::new(),
        options: prost_types::ServiceOptions::default(),
    };
    let mut code = String::new();
    tonic.clone().service_generator().generate(service, &mut code);
    code
}
