//! The preflight that a browser sends ahead, without credentials: `OPTIONS` is let through nowhere.

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode},
};
use tower::ServiceExt;

use super::{TestResult, cors_inside};
use crate::{authoriser, routes};

const PAGE: HeaderValue = HeaderValue::from_static("http://page.example");
const PATHS: [&str; 3] =
    ["/v1/accounts/main", "/browser.v1.AccountService/GetAccount", "/no/such/path"];

/// The answer to `OPTIONS`, as a browser asks ahead of a call with a key, or by a caller with one.
async fn options(api: Router, path: &str, key: Option<&str>) -> Response<Body> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::OPTIONS;
    *request.uri_mut() = path.parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", PAGE);
    headers.insert("access-control-request-method", HeaderValue::from_static("POST"));
    headers.insert("access-control-request-headers", HeaderValue::from_static("x-api-key,x-group"));
    if let Some(key) = key {
        headers.insert("x-api-key", key.parse().unwrap());
        headers.insert("x-group", "groups/00000000000000000000000001".parse().unwrap());
    }
    api.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn t_a06_a_preflight_is_answered_outside_of_the_gate_with_or_without_a_key() -> TestResult {
    for path in PATHS {
        for key in [None, Some("EXAMPLE-not-a-secret-viewer________________")] {
            let answer = options(routes(authoriser()?, PAGE)?, path, key).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["access-control-allow-origin"], PAGE);
            // The gate gives each call an id: this was none.
            assert!(!answer.headers().contains_key("x-request-id"), "{path}");
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
            assert!(body.is_empty(), "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn t_a06_inside_of_the_gate_a_preflight_is_denied_and_carries_no_cors_headers() -> TestResult
{
    let answer = options(cors_inside(PAGE)?, PATHS[0], None).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let names = answer.headers().keys();
    let cors: Vec<_> = names.filter(|name| name.as_str().starts_with("access-control")).collect();
    assert!(cors.is_empty(), "{cors:?}");
    Ok(())
}
