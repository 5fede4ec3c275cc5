//! A denial as a gRPC status.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::decision::{DOMAIN, Denial, StepUp};

impl From<Denial> for Status {
    /// The code and the sentence of the table, and a `google.rpc.ErrorInfo` with the reason. Its
    /// metadata tell a caller who must prove itself again what RFC 9470 has: `error` and, where the
    /// method asks for it, `max_age` in seconds. Nothing else is told.
    fn from(denial: Denial) -> Self {
        let parameters = denial.step_up().into_iter().flat_map(StepUp::parameters);
        let metadata: HashMap<_, _> =
            parameters.map(|(name, value)| (name.to_owned(), value)).collect();
        let details = ErrorDetails::with_error_info(denial.reason(), DOMAIN, metadata);
        Status::with_error_details(Code::from_i32(denial.grpc_code()), denial.message(), details)
    }
}
