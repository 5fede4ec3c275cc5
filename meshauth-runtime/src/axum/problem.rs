//! A denial as an HTTP response (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::decision::{DOMAIN, Denial};

impl IntoResponse for Denial {
    /// The status and the sentence of the table as `application/problem+json`, with the reason.
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
            headers
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("ApiKey header=\"x-api-key\""));
        }
        response
    }
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
