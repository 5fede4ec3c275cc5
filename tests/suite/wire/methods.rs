//! Methods of HTTP and types of content (A06).

use meshauth_runtime::Denial;

use super::{
    answer::Told,
    call::Call,
    server::{Wire, start},
};

/// Methods of HTTP that are not gRPC's.
const METHODS: [&str; 13] = [
    "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO", "post", "Post",
    "POSTS", "PRI",
];

/// The preflight of a browser is a call like any other.
fn preflight(call: Call) -> Call {
    call.method("OPTIONS")
        .with("origin", "https://evil.example")
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "x-api-key,x-group")
}

async fn both(server: &Wire, call: &Call) -> [Told; 2] {
    [server.h2(call).await.told(), server.h1(call).await.told()]
}

#[tokio::test]
async fn t_a06_no_http_method_reaches_a_handler_without_credentials() {
    let server = start().await;
    let calls = METHODS.map(|method| Call::get_desk().method(method));
    for call in calls.into_iter().chain([preflight(Call::get_desk())]) {
        let shown = call.method.escape_ascii().to_string();
        for told in both(&server, &call).await {
            assert_ne!(told, Told::Allowed, "{shown}");
        }
        let overridden = Call::get_desk().with("x-http-method-override", &call.method);
        assert_eq!(both(&server, &overridden).await, [Told::Denied(Denial::CredentialsMissing); 2]);
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}
