//! Whether tonic generates clients, and with which functions: its builder does not tell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::options::Options;

/// Makes the settings of tonic and the options say the same of clients.
pub(super) fn settle(
    mut tonic: tonic_prost_build::Builder,
    options: &mut Options,
) -> tonic_prost_build::Builder {
    if options.no_client {
        tonic = tonic.build_client(false);
    }
    if options.no_transport {
        tonic = tonic.build_transport(false);
    }
    if let Some(code) = code_of_a_service(&tonic) {
        options.no_client = !code.contains("mod probe_client");
        options.no_transport = !code.contains("fn connect<");
    }
    tonic
}

/// What tonic makes of a service without methods. None if it panics over its settings: it will say
/// so itself when it generates.
fn code_of_a_service(tonic: &tonic_prost_build::Builder) -> Option<String> {
    let service = prost_build::Service {
        name: String::from("Probe"),
        proto_name: String::from("Probe"),
        package: String::from("meshauth"),
        comments: prost_build::Comments::default(),
        methods: Vec::new(),
        options: prost_types::ServiceOptions::default(),
    };
    catch_unwind(AssertUnwindSafe(|| {
        let mut code = String::new();
        tonic.clone().service_generator().generate(service, &mut code);
        code
    }))
    .ok()
}
