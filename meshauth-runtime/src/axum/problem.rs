//! A denial as an HTTP response (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
};

use crate::decision::{DOMAIN, Denial};

impl IntoResponse for Denial {
    /// The status and the sentence of the table as `application/problem+json`, with the reason.
    /// Nothing else is told.
    fn into_response(self) -> Response {
        let mut response = Response::new(problem(self).into());
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

/// The texts of the table are plain ASCII without quotes.
fn problem(denial: Denial) -> String {
    let status = denial.http_status();
    format!(
        r#"{{"type":"about:blank","title":"{}","status":{},"detail":"{}","reason":"{}","domain":"{DOMAIN}"}}"#,
        status.canonical_reason().unwrap_or_default(),
        status.as_u16(),
        denial.message(),
        denial.reason(),
    )
}
