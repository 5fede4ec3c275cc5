//! A denial as an HTTP response (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::decision::{DOMAIN, Denial, StepUp};

impl IntoResponse for Denial {
    /// The status and the sentence of the table as `application/problem+json`, with the reason. A
    /// caller who must prove itself again is told so in `WWW-Authenticate`, as RFC 9470 has it.
    /// Nothing else is told.
    fn into_response(self) -> Response {
        // Texts alone: there is nothing that could fail.
        let body = serde_json::to_vec(&Problem(self)).unwrap_or_default();
        let mut response = Response::new(body.into());
        *response.status_mut() = self.http_status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.http_status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, challenge(self.step_up()));
        }
        response
    }
}

/// The accepted kinds of credential, each with what the caller must do to go on.
fn challenge(step_up: Option<StepUp>) -> HeaderValue {
    const API_KEY: &str = "ApiKey header=\"x-api-key\"";
    let parameters = step_up.into_iter().flat_map(StepUp::parameters);
    let parameters = parameters.map(|(name, value)| format!(", {name}=\"{value}\""));
    let challenge = API_KEY.to_owned() + &parameters.collect::<String>();
    // Names and numbers alone: there is nothing that could fail.
    HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static(API_KEY))
}

/// The body of a problem: only texts of the table.
struct Problem(Denial);

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = self.0.http_status();
        let mut problem = serializer.serialize_struct("Problem", 6)?;
        problem.serialize_field("type", "about:blank")?;
        problem.serialize_field("title", status.canonical_reason().unwrap_or_default())?;
        problem.serialize_field("status", &status.as_u16())?;
        problem.serialize_field("detail", self.0.message())?;
        problem.serialize_field("reason", self.0.reason())?;
        problem.serialize_field("domain", DOMAIN)?;
        problem.end()
    }
}
