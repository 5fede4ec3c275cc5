//! What came of the calls, by service and by method.

use meshauth_runtime::{MethodPolicy, ServicePolicy};

use super::case::Situation;

/// What came of the calls of a service.
#[derive(Debug, Clone)]
pub(super) struct ServiceRows {
    pub(super) service: &'static ServicePolicy,
    pub(super) rows: Vec<MethodRow>,
}

/// What came of the calls of a method.
#[derive(Debug, Clone)]
pub(super) struct MethodRow {
    pub(super) path: &'static str,
    /// None, if only the rows of the roles know it.
    pub(super) policy: Option<&'static MethodPolicy>,
    pub(super) calls: Vec<Decided>,
}

/// What came of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub(super) situation: Situation,
    pub(super) allows: bool,
    pub(super) as_expected: bool,
}
