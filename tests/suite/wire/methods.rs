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

/// With valid credentials and without, of a method for some and of one for all.
fn callers() -> [Call; 4] {
    [Call::get_desk(), Call::get_desk().by_admin(), Call::r#match(), Call::r#match().by_admin()]
}

#[tokio::test]
async fn t_a06_only_post_reaches_a_handler() {
    let server = start().await;
    for call in METHODS.into_iter().flat_map(|method| callers().map(|call| call.method(method))) {
        for answer in [server.h2(&call).await, server.h1(&call).await] {
            assert_eq!(answer.told(), Told::Http(405), "{}", call.method.escape_ascii());
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }
    for call in callers().map(preflight) {
        assert_eq!(both(&server, &call).await, [Told::Http(405); 2]);
    }
    // What CONNECT is answered is HTTP's affair.
    for call in callers().map(|call| call.method("CONNECT")) {
        assert!(!both(&server, &call).await.contains(&Told::Allowed));
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn t_a06_another_method_does_not_take_the_place_of_post() {
    let server = start().await;
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let call = Call::get_desk().by_admin().method("GET").with(name, "POST");
        assert_eq!(both(&server, &call).await, [Told::Http(405); 2]);
    }
}

#[tokio::test]
async fn t_a06_only_grpc_content_reaches_a_handler() {
    let server = start().await;
    for value in [
        "application/json",
        "",
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "application/grpc-web-text+proto",
        "application/grpcfoo",
        "application/grpc/proto",
        "application/grp",
        "application/json;x=application/grpc",
        "application/json, application/grpc",
        "application/grpc, application/json",
        "application/x-protobuf",
        "application/*",
        "text/plain",
        "multipart/form-data",
        "application/grpc\u{200b}",
    ] {
        for call in callers().map(|call| call.content_type(value)) {
            assert_eq!(both(&server, &call).await, [Told::Http(415); 2], "{value}");
        }
    }
    for call in callers().map(|call| call.without("content-type")) {
        assert_eq!(both(&server, &call).await, [Told::Http(415); 2]);
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn t_a06_every_form_of_grpc_content_is_taken() {
    let server = start().await;
    for value in [
        "application/grpc",
        "application/grpc+proto",
        "application/grpc;charset=utf-8",
        "application/grpc; charset=utf-8",
        "application/grpc+proto;x=y",
    ] {
        let call = Call::get_desk().by_admin().content_type(value);
        assert_eq!(both(&server, &call).await, [Told::Allowed; 2], "{value}");
    }
}

#[tokio::test]
async fn t_a06_what_is_no_grpc_is_refused_before_its_body_comes() {
    let server = start().await;
    for call in callers() {
        let call = Call { ended: false, body: Vec::new(), ..call };
        let other_method = call.clone().method("PUT");
        assert_eq!(server.h2(&other_method).await.told(), Told::Http(405));
        let other_content = call.content_type("application/json");
        assert_eq!(server.h2(&other_content).await.told(), Told::Http(415));
    }
}
