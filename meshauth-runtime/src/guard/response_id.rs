//! The id of a call in its response.

use http::{HeaderMap, HeaderName};

use crate::{audit::RequestId, authoriser::Lease};

/// The header in which a response names its call, if there is one.
pub(crate) struct ResponseId(Option<HeaderName>);

impl ResponseId {
    /// As the authoriser has it.
    pub(crate) fn of(lease: &Lease) -> Self {
        Self(lease.core().request_id_header().cloned())
    }

    /// Names the call, in place of whatever else the response says there.
    pub(crate) fn set(self, headers: &mut HeaderMap, request: RequestId) {
        if let Some(name) = self.0 {
            headers.insert(name, request.header_value());
        }
    }
}
