//! The id of a call: in the response, in the handler and in the records it is the same one.

use axum::{body::Body, routing};
use http::{HeaderName, HeaderValue};
use meshauth_runtime::{
    Authorised, Authoriser, REQUEST_ID_HEADER, RequestId, axum::GuardedRouter,
    tonic::GuardedService,
};
use meshauth_tests::api::meshauth::testing::desk::v1::{
    Note,
    desk_service_guard::{Guard, POLICY, method},
};
use tonic::{metadata::MetadataMap, service::interceptor::InterceptedService, transport::Server};
use tower::ServiceExt;

use crate::{
    answers::Caller,
    audited::{Audited, start_audited},
    service::{BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Running, Spy, start_with},
};

fn viewer() -> Caller {
    Caller::new(CORPORATE_VIEWER, CORPORATE)
}

/// The id that the caller is told, which is there once.
#[track_caller]
fn told(metadata: &MetadataMap, header: &str) -> String {
    let ids: Vec<_> = metadata.get_all(header).iter().collect();
    let [id] = ids.as_slice() else { panic!("{metadata:?}") };
    id.to_str().unwrap().to_owned()
}

async fn get(server: &Running, caller: &Caller, text: &str) -> MetadataMap {
    let note = Note { text: text.to_owned() };
    match server.client().get_desk(caller.request(note)).await {
        Ok(response) => response.metadata().clone(),
        Err(status) => status.metadata().clone(),
    }
}

async fn recorded(server: &Audited) -> Vec<String> {
    server.take().await.iter().map(|record| record.request.to_string()).collect()
}

#[tokio::test]
async fn the_caller_the_handler_and_the_records_have_one_id() {
    let server = start_audited(|authoriser| authoriser).await;
    let answered = get(&server, &viewer(), "id 2").await;
    let id = told(&answered, "x-request-id");
    assert_eq!(answered.get("handled-as").unwrap().to_str().unwrap(), id);
    assert_eq!(recorded(&server).await, std::slice::from_ref(&id));
    // A call that the guard ends: both of its records.
    let violation = told(&get(&server, &viewer(), "leak 3").await, "x-request-id");
    assert_eq!(recorded(&server).await, [violation.clone(), violation.clone()]);
    assert_ne!(id, violation);
}

#[tokio::test]
async fn a_denial_names_its_call_whoever_asks() {
    let server = start_audited(|authoriser| authoriser).await;
    for caller in [Caller::default(), Caller::new(BROKER_ADMIN, 9), viewer().key("forged")] {
        let id = told(&get(&server, &caller, "2").await, "x-request-id");
        assert_eq!(recorded(&server).await, [id]);
    }
    // A path that is in no table.
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let path = "/meshauth.testing.desk.v1.DeskService/Nothing".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<Note, Note>::default();
    let unknown = grpc.unary(viewer().request(Note::default()), path, codec).await.unwrap_err();
    assert_eq!(recorded(&server).await, [told(unknown.metadata(), "x-request-id")]);
}

#[tokio::test]
async fn an_id_that_a_caller_sends_is_not_taken() {
    let server = start_audited(|authoriser| authoriser).await;
    let mut request = viewer().request(Note { text: "2".to_owned() });
    request.metadata_mut().insert("x-request-id", "01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse().unwrap());
    let answered = server.client().get_desk(request).await.unwrap();
    let id = told(answered.metadata(), "x-request-id");
    assert_ne!(id, "01JD8Q5V9WXKZ3T7B2N4M6P8RA");
    assert_eq!(recorded(&server).await, [id]);
}

#[tokio::test]
async fn the_header_is_the_one_that_is_set_or_none() {
    let name = HeaderName::from_static("x-correlation-id");
    let server = start_with(|authoriser| authoriser.request_id_header(name)).await;
    let answered = get(&server, &viewer(), "id 2").await;
    let handled = answered.get("handled-as").unwrap().to_str().unwrap();
    assert_eq!(told(&answered, "x-correlation-id"), handled);
    assert!(answered.get("x-request-id").is_none());

    let server = start_with(|authoriser| authoriser.request_id_header(None)).await;
    assert!(get(&server, &viewer(), "2").await.get("x-request-id").is_none());
    assert!(get(&server, &Caller::default(), "2").await.get("x-request-id").is_none());
}

#[tokio::test]
async fn a_layer_may_choose_the_id() {
    let chosen = RequestId::from_u128(7);
    let server = crate::service::start_as(
        |authoriser| authoriser,
        move |authoriser, desks| {
            let server = Guard::new(desks).into_server(authoriser);
            let choose = move |mut request: tonic::Request<()>| {
                request.extensions_mut().insert(chosen);
                Ok(request)
            };
            Server::builder().add_service(InterceptedService::new(server, choose))
        },
    )
    .await;
    let answered = get(&server, &viewer(), "id 2").await;
    assert_eq!(told(&answered, "x-request-id"), chosen.to_string());
    assert_eq!(told(&answered, "handled-as"), chosen.to_string());
}

#[tokio::test]
async fn over_http_the_response_names_its_call_and_a_handler_cannot_say_otherwise() {
    async fn desk(access: Authorised<method::GetDesk>) -> ([(HeaderName, HeaderValue); 1], String) {
        let forged = (REQUEST_ID_HEADER, HeaderValue::from_static("forged"));
        ([forged], access.request_id().to_string())
    }
    let router = GuardedRouter::new(Authoriser::new(Spy::new()))
        .allow_missing_methods(&POLICY, "one is enough")
        .route::<method::GetDesk>("/desk", routing::get(desk))
        .into_router()
        .unwrap();
    for (caller, path, status) in
        [(viewer(), "/desk", 200), (Caller::default(), "/desk", 401), (viewer(), "/nowhere", 404)]
    {
        let mut request = http::Request::get(path).body(Body::empty()).unwrap();
        request.headers_mut().extend(caller.headers());
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        let ids: Vec<_> = response.headers().get_all(REQUEST_ID_HEADER).iter().cloned().collect();
        let [id] = ids.as_slice() else { panic!("{ids:?}") };
        assert_eq!(id.len(), 26);
        if status == 200 {
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, id.as_bytes());
        }
    }
}
