//! Whether tonic generates clients, and with which functions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::probe;
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
    // If tonic panics over its settings, it will say so itself when it generates.
    if let Ok(code) = catch_unwind(AssertUnwindSafe(|| probe::code(&tonic, "meshauth"))) {
        options.no_client = !code.contains(probe::CLIENT);
        options.no_transport = !code.contains("fn connect<");
    }
    tonic
}
