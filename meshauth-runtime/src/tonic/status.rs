//! A denial as a gRPC status.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::decision::{DOMAIN, Denial};

impl From<Denial> for Status {
    /// The code and the sentence of the table, and a `google.rpc.ErrorInfo` with the reason.
    /// Nothing else is told.
    fn from(denial: Denial) -> Self {
        let details = ErrorDetails::with_error_info(denial.reason(), DOMAIN, HashMap::new());
        Status::with_error_details(Code::from_i32(denial.grpc_code()), denial.message(), details)
    }
}
