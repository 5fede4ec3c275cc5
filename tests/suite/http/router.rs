//! What is special about routes: the access as an argument, what is mounted, and messages that the
//! handler shows.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{Next, from_fn},
    routing::{any, any_service, get, post},
};
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use meshauth_runtime::{
    Authorised, Authoriser, Denial, Method, MethodPolicy, Operation, Public, Read, Role,
    ServicePolicy,
    axum::{AuthorisedCall, GuardedRouter, MountFault},
    tonic::GuardedService,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{
        Desk,
        desk_service_guard::{Guard, POLICY, method},
    },
    worlds::group_name,
};

use tower::ServiceExt;

use super::wire::{Answered, Client, Wire, serve};
use crate::{
    answers::Caller,
    log,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Desks, INDIVIDUAL, Spy, WITHOUT_ROLE,
        desk,
    },
};

const PART: &str = "these are not about the others";

fn guarded<S: Clone + Send + Sync + 'static>() -> GuardedRouter<S> {
    GuardedRouter::new(Authoriser::new(Spy::new())).allow_missing_methods(&POLICY, PART)
}

async fn client(router: GuardedRouter) -> Client {
    Client::connect(serve(router.into_router().unwrap()).await).await
}

async fn post_as(client: &mut Client, path: &str, caller: &Caller) -> Answered {
    client.post(Wire::Http1, path, &caller.headers(), &[]).await
}

#[track_caller]
fn assert_denied(answered: &Answered, status: u16, reason: &str) {
    assert_eq!(answered.denied(Wire::Http1), Some((status, reason.to_owned())));
}

fn viewer() -> Caller {
    Caller::new(CORPORATE_VIEWER, CORPORATE)
}

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

#[tokio::test]
async fn a_handler_on_a_plain_router_never_runs() {
    async fn authorised(State(runs): State<Arc<AtomicUsize>>, _: Authorised<method::GetDesk>) {
        runs.fetch_add(1, Ordering::SeqCst);
    }
    async fn public(State(runs): State<Arc<AtomicUsize>>, _: Public<method::Match>) {
        runs.fetch_add(1, Ordering::SeqCst);
    }
    let runs = Arc::new(AtomicUsize::new(0));
    let router = Router::new()
        .route("/authorised", any(authorised))
        .route("/public", any(public))
        .with_state(Arc::clone(&runs));
    let mut client = Client::connect(serve(router).await).await;
    for path in ["/authorised", "/public"] {
        for caller in [admin(), Caller::default()] {
            assert_denied(&post_as(&mut client, path, &caller).await, 500, "INTERNAL");
        }
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    assert!(log::so_far().contains("no route of a `GuardedRouter` for this method"));
}

#[tokio::test]
async fn t_m06_a_route_gives_the_access_of_its_method_once_and_no_other() {
    let router = guarded()
        .route::<method::GetDesk>("/other", any(|_: Authorised<method::PutDesk>| async {}))
        .route::<method::Match>("/public", any(|_: Authorised<method::GetDesk>| async {}))
        .route::<method::GetDesk>(
            "/twice",
            any(|_: Authorised<method::GetDesk>, _: Authorised<method::GetDesk>| async {}),
        );
    let mut client = client(router).await;
    for path in ["/other", "/public", "/twice"] {
        assert_denied(&post_as(&mut client, path, &admin()).await, 500, "INTERNAL");
    }
}

/// A route that is bound to one method, with the server of another behind it: what the gate of the
/// route let pass is decided anew for the other.
#[tokio::test]
async fn t_a10_what_passed_for_one_method_is_no_pass_for_another() {
    let (desks, authoriser) = (Desks::default(), Authoriser::new(Spy::new()));
    let put = <method::PutDesk as Method>::POLICY.path();
    let server = Guard::new(desks.clone()).into_server(authoriser.clone());
    let router = GuardedRouter::new(authoriser)
        .allow_missing_methods(&POLICY, PART)
        .route::<method::GetDesk>(put, any_service(server))
        .into_router()
        .unwrap();
    for (caller, told) in [(viewer(), "7"), (admin(), "0")] {
        let mut request =
            Request::post(put).body(Body::from(&b"\0\0\0\0\x05\x0a\x03new"[..])).unwrap();
        request.headers_mut().extend(caller.headers());
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        let response = router.clone().oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.unwrap();
        let status = headers.get("grpc-status").or_else(|| body.trailers()?.get("grpc-status"));
        assert_eq!(status.unwrap(), told);
        assert_eq!(desks.take_runs(), usize::from(told == "0"));
    }
}

/// Extensions can be copied. A copy is no credential: not on an open route, and not after the call.
#[tokio::test]
async fn t_m06_a_copy_of_the_extensions_gives_nothing() {
    let copied = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&copied);
    let keep = from_fn(move |request: Request, next: Next| {
        *keep.lock().unwrap() = Some(request.extensions().clone());
        next.run(request)
    });
    let paste = from_fn(move |mut request: Request, next: Next| {
        let copy = copied.lock().unwrap().clone();
        request.extensions_mut().extend(copy.expect("a call came before"));
        next.run(request)
    });
    let taking = || any(|_: Authorised<method::GetDesk>| async {});
    let router = guarded()
        .route::<method::GetDesk>("/taken", taking().layer(keep.clone()))
        .route::<method::GetDesk>("/left", any(|| async {}).layer(keep))
        .open("/pasted", taking().layer(paste.clone()), "it is tried")
        .open("/other", any(|_: Authorised<method::PutDesk>| async {}).layer(paste), "it is tried");
    let mut client = client(router).await;
    assert_eq!(post_as(&mut client, "/taken", &admin()).await.status, 200);
    assert_denied(&post_as(&mut client, "/pasted", &Caller::default()).await, 500, "INTERNAL");
    // Nobody took it while its call was served.
    assert_eq!(post_as(&mut client, "/left", &admin()).await.status, 200);
    assert_denied(&post_as(&mut client, "/other", &Caller::default()).await, 500, "INTERNAL");
    assert_denied(&post_as(&mut client, "/pasted", &Caller::default()).await, 500, "INTERNAL");
}

/// There they are no credentials, but a key can be read.
#[tokio::test]
async fn t_b09_a_handler_sees_neither_header_in_the_trailers() {
    async fn seen(request: Request) -> String {
        let body = request.into_body().collect().await.unwrap();
        let trailers = body.trailers().expect("there were some");
        format!("{trailers:?}")
    }
    let router = guarded().route::<method::GetDesk>("/guarded", any(seen)).open(
        "/open",
        any(seen),
        "probes carry no key",
    );
    let router = router.into_router().unwrap();
    for path in ["/guarded", "/open"] {
        let mut trailers = viewer().headers();
        trailers.insert("checksum", "7".parse().unwrap());
        let frames = [
            Ok::<_, std::convert::Infallible>(Frame::data(Bytes::from("a"))),
            Ok(Frame::trailers(trailers)),
        ];
        let body = Body::new(StreamBody::new(tokio_stream::iter(frames)));
        let mut request = Request::post(path).body(body).unwrap();
        request.headers_mut().extend(viewer().headers());
        let answer = router.clone().oneshot(request).await.unwrap();
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(text, r#"{"checksum": "7"}"#, "{path}");
    }
}

async fn who(access: Public<method::Match>, headers: HeaderMap) -> String {
    assert!(!headers.contains_key("x-api-key") && !headers.contains_key("x-group"));
    access.entity().map_or("anonymous".to_owned(), |user| user.to_string())
}

#[tokio::test]
async fn t_k03_a_public_route_takes_no_credentials_or_valid_ones() {
    let mut client = client(guarded().route::<method::Match>("/match", any(who))).await;
    let answered = post_as(&mut client, "/match", &Caller::default().group("?")).await;
    assert_eq!(answered.body, "anonymous");
    let known = Caller::new(WITHOUT_ROLE, BROKER);
    let answered = post_as(&mut client, "/match", &known).await;
    assert!(answered.body.starts_with(b"api_users/"));
    let answered = post_as(&mut client, "/match", &Caller::default().key("")).await;
    assert_denied(&answered, 401, "CREDENTIALS_INVALID");

    // A `Connection` that names the group, which nobody needs here, does not hide who calls.
    let mut headers = known.headers();
    headers.insert("connection", "x-group".parse().unwrap());
    let answered = client.post(Wire::Http1, "/match", &headers, &[]).await;
    assert!(answered.body.starts_with(b"api_users/"), "{answered:?}");
}

#[tokio::test]
async fn t_k01_a_handler_that_panics_is_an_answer() {
    async fn panics(_: Authorised<method::GetDesk>) {
        panic!("as it was asked to");
    }
    let mut client = client(guarded().route::<method::GetDesk>("/panic", any(panics))).await;
    for _ in 0..2 {
        assert_denied(&post_as(&mut client, "/panic", &viewer()).await, 500, "INTERNAL");
    }
}

#[tokio::test]
async fn t_b09_a_handler_sees_neither_header_guarded_or_open() {
    async fn seen(headers: HeaderMap) -> String {
        format!("{}", headers.contains_key("x-api-key") || headers.contains_key("x-group"))
    }
    let router = guarded().route::<method::GetDesk>("/guarded", any(seen)).open(
        "/healthz",
        any(seen),
        "probes carry no key",
    );
    let mut client = client(router).await;
    for path in ["/guarded", "/healthz"] {
        assert_eq!(post_as(&mut client, path, &viewer()).await.body, "false");
    }
    assert_eq!(post_as(&mut client, "/healthz", &Caller::default()).await.status, 200);
}

#[tokio::test]
async fn t_a06_every_http_method_is_denied_before_it_is_told_whether_it_exists() {
    let runs = Arc::new(AtomicUsize::new(0));
    let run = |State(runs): State<Arc<AtomicUsize>>| async move {
        runs.fetch_add(1, Ordering::SeqCst);
    };
    // The same path for two methods of the API.
    let router = guarded()
        .route::<method::GetDesk>("/desk", get(run))
        .route::<method::PutDesk>("/desk", post(run))
        .into_router()
        .unwrap()
        .with_state(Arc::clone(&runs));
    let mut client = Client::connect(serve(router).await).await;
    let mut send = async |name: &str, caller: &Caller| {
        let mut request = Request::builder().method(name).uri("/desk").body(Vec::new()).unwrap();
        request.headers_mut().extend(caller.headers());
        client.send(Wire::Http1, request).await
    };
    for name in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO", "post"]
    {
        let answered = send(name, &Caller::default()).await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(answered.headers["cache-control"], "no-store");
        assert_eq!(answered.headers["content-type"], "application/problem+json");
        assert_eq!(answered.body.is_empty(), name == "HEAD");
        // axum itself adds what the path has handlers for, if it has none for this.
        let exists = ["GET", "HEAD", "POST"].contains(&name);
        assert_eq!(answered.headers.contains_key("allow"), !exists, "{name}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    // The viewer may read and not write. What does not exist is as it is in axum, for who may call.
    for (name, caller, status, ran) in [
        ("GET", viewer(), 200, 1),
        ("HEAD", viewer(), 200, 1),
        ("POST", viewer(), 403, 0),
        ("POST", admin(), 200, 1),
        ("OPTIONS", admin(), 405, 0),
        ("PUT", admin(), 405, 0),
    ] {
        let answered = send(name, &caller).await;
        assert_eq!(answered.status, status, "{name}");
        assert_eq!(runs.swap(0, Ordering::SeqCst), ran, "{name}");
    }
}

#[tokio::test]
async fn a_handler_that_answers_without_showing_its_messages_is_told_of() {
    type Answer = Result<Json<&'static str>, Denial>;
    type Get = AuthorisedCall<method::GetDesk>;
    async fn shows_nothing(_: Get) -> Answer {
        Ok(Json("moby-dick"))
    }
    async fn refuses(_: Get) -> Answer {
        Err(Denial::ResourceNotFound)
    }
    async fn shows(call: Get) -> Answer {
        call.release(desk(CORPORATE)).map(|_| Json("shown"))
    }
    async fn shows_later(call: Get) -> axum::body::Body {
        let desks = futures_util::stream::once(async move {
            call.release(desk(CORPORATE)).map(|desk| desk.name)
        });
        axum::body::Body::from_stream(desks)
    }
    let told = || {
        let log = log::so_far();
        log.lines().filter(|line| line.contains("without showing it a message")).count()
    };
    log::capture();
    for (handler, status, tells) in [
        (post(shows), 200, 0),
        (post(refuses), 404, 0),
        (post(shows_later), 200, 0),
        (post(shows_nothing), 200, 1),
    ] {
        let mut client = client(guarded().route::<method::GetDesk>("/get", handler)).await;
        let before = told();
        let answered = client.post(Wire::Http1, "/get", &admin().headers(), b"").await;
        assert_eq!((answered.status.as_u16(), told() - before), (status, tells));
    }
}

#[tokio::test]
async fn a_message_that_a_handler_shows_is_held_against_the_scope() {
    type Answer = Result<Json<String>, Denial>;
    async fn put(call: AuthorisedCall<method::PutDesk>, Json(owner): Json<String>) -> Answer {
        // Whatever the caller says of `owners`.
        let owners = vec![group_name(INDIVIDUAL)];
        let desk = call.accept(Desk { owner, owners, ..Desk::default() })?;
        assert_eq!(
            (desk.owner, desk.owners),
            (group_name(CORPORATE), crate::service::desk(CORPORATE).owners)
        );
        Ok(Json("accepted".to_owned()))
    }
    async fn fetch(call: AuthorisedCall<method::GetDesk>, Json(owner): Json<usize>) -> Answer {
        Ok(Json(call.release(desk(owner))?.name))
    }
    let router = guarded()
        .route::<method::PutDesk>("/put", post(put))
        .route::<method::GetDesk>("/get", post(fetch));
    let mut client = client(router).await;
    let mut send = async |path: &str, message: String| {
        let mut headers = admin().headers();
        headers.insert("content-type", "application/json".parse().unwrap());
        client.post(Wire::Http1, path, &headers, message.as_bytes()).await
    };
    for own in [String::new(), group_name(CORPORATE)] {
        assert_eq!(send("/put", format!("{own:?}")).await.status, 200);
    }
    let foreign = send("/put", format!("{:?}", group_name(INDIVIDUAL))).await;
    assert_denied(&foreign, 403, "RESOURCE_NOT_OWNED");
    assert_eq!(send("/get", CORPORATE.to_string()).await.status, 200);
    assert_denied(&send("/get", INDIVIDUAL.to_string()).await, 500, "INTERNAL");

    let log = log::so_far();
    for (event, path) in [("FOREIGN_RESOURCE", "PutDesk"), ("SCOPE_VIOLATION", "GetDesk")] {
        let told = log.lines().any(|line| line.contains(event) && line.contains(path));
        assert!(told, "operators were not told of the {event}");
    }
}

fn faults(router: GuardedRouter) -> Vec<MountFault> {
    router.into_router().map(drop).unwrap_err().faults().to_vec()
}

fn new() -> GuardedRouter {
    GuardedRouter::new(Authoriser::new(Spy::new()))
}

fn handler() -> axum::routing::MethodRouter {
    any(|| async {})
}

#[test]
fn t_m01_a_method_without_a_route_is_a_fault() {
    let missing: Vec<_> =
        POLICY.methods().map(|method| MountFault::MethodMissing(method.path())).collect();
    assert_eq!(faults(new().require(&[&POLICY])), missing);

    // Of the same name, from other protos.
    static OTHER: ServicePolicy =
        ServicePolicy::new("meshauth.testing.desk.v1.DeskService", "other", &[], &[]);
    for both in [[&POLICY, &OTHER], [&OTHER, &POLICY]] {
        let found = faults(new().require(&both));
        assert!(found.contains(&MountFault::OtherTable(POLICY.name())), "{found:?}");
    }

    let get_desk = <method::GetDesk as Method>::POLICY.path();
    let bound = || new().route::<method::GetDesk>("/desk", handler());
    assert_eq!(faults(bound()), missing[1..]);
    assert_eq!(missing[0], MountFault::MethodMissing(get_desk));
    // Another path for the same method is no other method.
    assert_eq!(faults(bound().route::<method::GetDesk>("/alias", handler())), missing[1..]);
    assert_eq!(faults(bound().allow_missing::<method::GetStatement>("gRPC only")), missing[2..]);
    assert!(bound().allow_missing_methods(&POLICY, PART).into_router().is_ok());
    assert!(
        new()
            .allow_missing_methods(&POLICY, PART)
            .route::<method::GetDesk>("/", handler())
            .into_router()
            .is_ok()
    );
    assert!(new().into_router().is_ok());
}

#[test]
fn what_is_open_or_left_out_has_a_reason() {
    for reason in ["", " \n\t"] {
        let open = new().open("/healthz", handler(), reason);
        assert_eq!(faults(open), [MountFault::OpenWithoutReason("/healthz".to_owned())]);
        let partly = new().allow_missing_methods(&POLICY, reason);
        assert_eq!(faults(partly), [MountFault::LeftOutWithoutReason(POLICY.name())]);
        let without = new().allow_missing::<method::GetDesk>(reason);
        let path = <method::GetDesk as Method>::POLICY.path();
        assert_eq!(faults(without), [MountFault::LeftOutWithoutReason(path)]);
    }
    let error = new().open("/healthz", handler(), "").into_router().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the services cannot be mounted; `/healthz` is open to everyone, say why in the last argument"
    );
}

/// A method that names a table in which it is not.
enum Stray {}

static STRAY: MethodPolicy = MethodPolicy::authorised(
    "/meshauth.testing.desk.v1.DeskService/Stray",
    Operation::Read,
    &[Role::new(1_000_000, "ROLE_WALLET_ADMIN")],
);

impl Method for Stray {
    const POLICY: &'static MethodPolicy = &STRAY;
    const SERVICE: &'static ServicePolicy = &POLICY;
    type Kind = Read;
    type Access = Authorised<Self>;
}

#[test]
fn a_method_is_in_the_table_that_it_names() {
    let stray = guarded().route::<Stray>("/stray", handler());
    let fault = MountFault::NotInTable { path: STRAY.path(), table: POLICY.name() };
    assert_eq!(faults(stray), [fault]);
}

#[tokio::test]
async fn a_path_without_a_route_is_an_unknown_method_and_no_handler_runs() {
    let mut client = client(guarded().route::<method::GetDesk>("/desk", handler())).await;
    for path in ["/", "/desk/", "//desk", "/Desk", "/des%6b", "/desk/../desk", "/desk;a"] {
        for wire in [Wire::Http1, Wire::Http2] {
            let answered = client.post(wire, path, &viewer().headers(), &[]).await;
            assert_eq!(answered.denied(wire), Some((404, "METHOD_UNKNOWN".to_owned())), "{path}");
        }
        let answered = client.post(Wire::Grpc, path, &viewer().headers(), &[]).await;
        assert_eq!(answered.denied(Wire::Grpc), Some((12, "METHOD_UNKNOWN".to_owned())), "{path}");
    }
}
