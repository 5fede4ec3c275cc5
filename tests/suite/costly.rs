//! What a stranger can make the service do before it is refused (I): no body is read, no message is
//! followed without an end, and nothing is locked that is known to break.

use std::{
    fs,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::post,
};
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::Frame;
use meshauth_runtime::{
    Authorised, Authoriser, MemoryDirectory, Method, Presented, Verdict, World,
    axum::GuardedRouter, tonic::GuardedRoutes,
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::{Guard, POLICY, method};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::{
    answers::Caller,
    service::{BROKER, BROKER_ADMIN, CORPORATE, Desks, Spy, WITHOUT_ROLE},
};

/// A body that never ends, and counts how often somebody wants more.
struct Endless(Arc<AtomicUsize>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 1024])))))
    }
}

const PATH: &str = "/meshauth.testing.desk.v1.DeskService/";

/// The service over gRPC, and one of its methods over HTTP.
fn service(desks: &Desks) -> Router {
    let authoriser = Authoriser::new(Spy::new());
    let grpc = GuardedRoutes::new(authoriser.clone()).add(Guard::new(desks.clone()));
    let read = async |_: Authorised<method::PutDesk>, body: Bytes| body.len().to_string();
    GuardedRouter::new(authoriser)
        .allow_missing_methods(&POLICY, "one is enough")
        .route::<method::PutDesk>("/desk", post(read))
        .into_router()
        .unwrap()
        .merge(grpc.into_axum_router().unwrap())
}

fn request(path: &str, caller: &Caller, body: Body) -> Request<Body> {
    let mut request = Request::post(path).body(body).unwrap();
    request.headers_mut().extend(caller.headers());
    if path.starts_with(PATH) {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    }
    request
}

#[tokio::test]
async fn t_i05_of_a_call_that_is_refused_no_body_is_read() {
    let desks = Desks::default();
    let strangers = [
        Caller::default(),
        Caller::new(999, BROKER),
        Caller::new(WITHOUT_ROLE, BROKER),
        Caller::new(BROKER_ADMIN, 999),
    ];
    for path in ["/desk", "/nowhere", "PutDesk", "PutDesks", "ExchangeDesks", "NoMethod"] {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("{PATH}{path}") };
        for caller in &strangers {
            let polls = Arc::new(AtomicUsize::new(0));
            let body = Body::new(Endless(Arc::clone(&polls)));
            let response = service(&desks).oneshot(request(&path, caller, body)).await.unwrap();
            assert!(is_refused(&response), "{path}: {response:?}");
            assert_eq!(polls.load(Ordering::Relaxed), 0, "{path}");
        }
    }
    assert_eq!(desks.runs(), 0);
    // The body of a call that is allowed is read: an endless one to the limit.
    let polls = Arc::new(AtomicUsize::new(0));
    let body = Body::new(Endless(Arc::clone(&polls)));
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    service(&desks).oneshot(request("/desk", &admin, body)).await.unwrap();
    assert!(polls.load(Ordering::Relaxed) > 0);
}

fn is_refused(response: &Response<Body>) -> bool {
    let code = response.headers().get("grpc-status");
    response.status().is_client_error() || code.is_some_and(|code| code != "0")
}

/// A `House` in the annex of a house, so many times.
fn nested(depth: usize) -> Vec<u8> {
    let mut house = Vec::new();
    for _ in 0..depth {
        // Field 3, with a length.
        let mut outer = vec![0x1a];
        prost::encoding::encode_varint(house.len() as u64, &mut outer);
        outer.append(&mut house);
        house = outer;
    }
    house
}

#[tokio::test]
async fn t_i06_a_message_in_a_message_in_a_message_is_refused_and_costs_no_stack() {
    let desks = Desks::default();
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    for (depth, is_read) in [(1, true), (60, true), (120, false), (10_000, false), (100_000, false)]
    {
        let message = nested(depth);
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let body = Body::from([&[0], &length[..], &message].concat());
        let path = format!("{PATH}PutHouse");
        let response = service(&desks).oneshot(request(&path, &admin, body)).await.unwrap();
        assert_eq!(is_refused(&response), !is_read, "{depth}: {response:?}");
        assert_eq!(desks.take_runs(), usize::from(is_read), "{depth}");
    }
}

/// Keys are random, of 256 bits: one SHA-256 is all that they need. A hash made for passwords would
/// take ten thousand times as long, for whoever calls.
#[tokio::test]
async fn t_i04_a_key_costs_about_one_hash() {
    let authoriser = Authoriser::new(MemoryDirectory::new(World::new()).unwrap());
    let headers = Caller::new(999, BROKER).headers();
    let key = headers["x-api-key"].as_bytes().to_vec();
    let (mut decision, mut hash) = (Duration::MAX, Duration::MAX);
    for _ in 0..1000 {
        let mut headers = headers.clone();
        let started = Instant::now();
        let presented = Presented::take(&mut headers);
        let verdict = authoriser.verdict(Some(method::PutDesk::POLICY), &presented).await;
        assert_ne!(verdict, Verdict::Allow);
        decision = decision.min(started.elapsed());
        let started = Instant::now();
        std::hint::black_box(Sha256::digest(&key));
        hash = hash.min(started.elapsed());
    }
    assert!(decision < hash * 50, "{decision:?} against {hash:?}");
}

/// The versions in which advisories were mended that a guard rests on.
#[test]
fn t_i07_nothing_is_locked_that_is_known_to_break() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let mut seen = 0;
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name))?;
            line.strip_prefix(" = \"")?.strip_suffix('"')
        };
        let (Some(name), Some(version)) = (field("name"), field("version")) else { continue };
        let least = match name {
            "h2" => [0, 4, 16],
            "http" => [1, 4, 1],
            "tonic" => [0, 12, 3],
            "tracing-subscriber" => [0, 3, 20],
            _ => continue,
        };
        let parts = version.split('.').map(|part| part.parse().unwrap_or_default());
        let version: Vec<u64> = parts.collect();
        assert!(version[..] >= least[..], "{name} {version:?}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}
