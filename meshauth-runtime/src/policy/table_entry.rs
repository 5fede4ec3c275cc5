//! A method where its table lists it.

use super::{MethodPolicy, ServicePolicy};

/// A method in the table of its service: what decides a call, and by which version of the
/// annotations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableEntry {
    pub(crate) service: &'static ServicePolicy,
    pub(crate) method: &'static MethodPolicy,
}

impl TableEntry {
    /// Whether the table that the method names lists it.
    #[cfg(feature = "axum")]
    pub(crate) fn is_in_its_table(&self) -> bool {
        self.service.methods().any(|method| self.is(method))
    }

    /// Whether it is this very policy: equal ones of two methods are two.
    pub(crate) fn is(&self, method: &'static MethodPolicy) -> bool {
        std::ptr::eq(self.method, method)
    }
}
