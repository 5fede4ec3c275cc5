//! Bodies that last: a call is decided again while they do, and ends when a check fails.

use std::{convert::Infallible, future::poll_fn, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::{MethodRouter, any, post},
};
use futures_util::future;
use http::{StatusCode, Version};
use http_body_util::{BodyExt, StreamBody};
use hyper::{
    body::{Bytes, Frame},
    client::conn::{http1, http2},
};
use hyper_util::rt::TokioExecutor;
use meshauth_runtime::{
    Authorised, Authoriser, DEFAULT_DECISION_AGE, Denial, Revocation,
    audit::{Audit, AuditEvent, CallOutcome},
    axum::GuardedRouter,
    tonic::GuardedRoutes,
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::{Guard, POLICY, method};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::codegen::Service;

use super::wire::{serve, socket};
use crate::{
    answers::Caller,
    audited::Kept,
    service::{BROKER_ADMIN, CORPORATE, Desks, Fault, Spy},
};

/// What a test sees of a handler: what it read, and how it ended.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Chunk(Bytes),
    Error,
    End,
}

/// A service whose handlers stream, and what it rests on.
struct Streaming {
    router: Router,
    authoriser: Authoriser,
    directory: Spy,
    /// What the handlers of requests saw.
    seen: mpsc::Receiver<Seen>,
    /// Where the handler of responses takes its chunks from.
    chunks: mpsc::Sender<Bytes>,
}

/// Answers one chunk after the other, for as long as there are some.
fn answer<S>(chunks: mpsc::Receiver<Bytes>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let chunks = std::sync::Arc::new(std::sync::Mutex::new(Some(chunks)));
    any(move |_: Authorised<method::WatchDesks>| async move {
        let chunks = chunks.lock().unwrap().take().unwrap();
        Response::new(Body::from_stream(ReceiverStream::new(chunks).map(Ok::<_, Infallible>)))
    })
}

/// Reads to the end, and takes no notice of errors.
async fn read(
    State(seen): State<mpsc::Sender<Seen>>,
    _: Authorised<method::PutDesks>,
    request: Request,
) -> &'static str {
    let mut chunks = request.into_body().into_data_stream();
    while let Some(chunk) = chunks.next().await {
        seen.send(chunk.map_or(Seen::Error, Seen::Chunk)).await.unwrap();
    }
    seen.send(Seen::End).await.unwrap();
    "read"
}

/// The same in a task of its own, which outlives the call.
async fn read_elsewhere(
    seen: State<mpsc::Sender<Seen>>,
    access: Authorised<method::PutDesks>,
    request: Request,
) -> &'static str {
    tokio::spawn(read(seen, access, request)).await.unwrap()
}

fn streaming() -> Streaming {
    let directory = Spy::new();
    let authoriser = Authoriser::new(directory.clone());
    let (sender, seen) = mpsc::channel(8);
    let (chunks, receiver) = mpsc::channel(8);
    let router = GuardedRouter::new(authoriser.clone())
        .allow_missing_methods(&POLICY, "these stream")
        .route::<method::WatchDesks>("/watch", answer(receiver))
        .route::<method::PutDesks>("/put", post(read))
        .route::<method::PutDesks>("/put-elsewhere", post(read_elsewhere))
        .into_router()
        .unwrap()
        .with_state(sender);
    Streaming { router, authoriser, directory, seen, chunks }
}

impl Streaming {
    fn revoke(&self) {
        self.directory.fail(Fault::Revoked);
        self.authoriser.revocations().announce(Revocation::Everything);
    }

    /// A call in process.
    async fn call(&mut self, path: &str, body: Body) -> Response {
        let mut request = Request::post(path).body(body).unwrap();
        request.headers_mut().extend(caller().headers());
        poll_fn(|cx| Service::<Request>::poll_ready(&mut self.router, cx)).await.unwrap();
        self.router.call(request).await.unwrap()
    }
}

fn caller() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

/// A body that the test writes.
fn written() -> (mpsc::Sender<Bytes>, impl Stream<Item = Result<Bytes, Infallible>>) {
    let (writer, chunks) = mpsc::channel(8);
    (writer, ReceiverStream::new(chunks).map(Ok))
}

/// What ends a call must wake it: else it would be waited for in vain.
async fn soon<T>(ending: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEFAULT_DECISION_AGE * 6, ending).await.expect("it ends")
}

#[tokio::test(start_paused = true)]
async fn t_j01_a_response_that_lasts_is_decided_again_and_ends() {
    let mut service = streaming();
    let mut body = service.call("/watch", Body::empty()).await.into_body();
    for chunk in ["a", "b"] {
        service.chunks.send(chunk.into()).await.unwrap();
        let frame = soon(body.frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), chunk);
        // Decided again, and allowed.
        service.directory.take_calls();
        tokio::time::sleep(DEFAULT_DECISION_AGE + Duration::from_millis(1)).await;
        assert!(service.directory.was_asked());
    }
    service.directory.fail(Fault::Revoked);
    let started = tokio::time::Instant::now();
    let error = soon(body.frame()).await.unwrap().unwrap_err();
    assert!(started.elapsed() <= DEFAULT_DECISION_AGE);
    assert_eq!(error.to_string(), "the API key in the header x-api-key is not valid");
    // Once over, what there is to send is not sent, and nobody is asked any more.
    let _ = service.chunks.send("late".into()).await;
    assert!(soon(body.frame()).await.is_none());
    service.directory.take_calls();
    tokio::time::sleep(DEFAULT_DECISION_AGE * 3).await;
    assert!(!service.directory.was_asked());
}

/// Asked while it is away, and again when it is back.
#[tokio::test(start_paused = true)]
async fn a_directory_that_comes_back_in_time_was_never_gone() {
    let mut service = streaming();
    let mut body = service.call("/watch", Body::empty()).await.into_body();
    for _ in 0..5 {
        let round = async {
            service.directory.take_calls();
            service.directory.fail(Fault::Unreachable);
            // The next decision is due after three quarters of the bound at the latest.
            tokio::time::sleep(DEFAULT_DECISION_AGE / 5 * 4).await;
            assert!(service.directory.was_asked());
            service.directory.fail(Fault::None);
            service.directory.take_calls();
            while !service.directory.was_asked() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            ended = body.frame() => panic!("{ended:?}"),
            () = round => {}
        }
    }
}

/// A body that says how long it is, as one with a `Content-Length` does.
struct OfThree(Body);

impl http_body::Body for OfThree {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(cx)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(3)
    }
}

#[tokio::test(start_paused = true)]
async fn t_j01_a_request_that_lasts_is_decided_again_and_the_answer_is_the_denial() {
    let cases =
        [("/put", false), ("/put-elsewhere", false), ("/put", true), ("/put-elsewhere", true)];
    for (path, says_its_length) in cases {
        let mut service = streaming();
        let (writer, chunks) = written();
        let directory = service.directory.clone();
        let test = async move {
            writer.send("a".into()).await.unwrap();
            // Between two decisions, so that the chunk is read before the next.
            tokio::time::sleep(DEFAULT_DECISION_AGE * 5 / 2).await;
            writer.send("b".into()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            directory.fail(Fault::Revoked);
            tokio::time::sleep(DEFAULT_DECISION_AGE * 2).await;
            let _ = writer.send("c".into()).await;
            writer
        };
        let body = Body::from_stream(chunks);
        let body = if says_its_length { Body::new(OfThree(body)) } else { body };
        let (answer, _writer) = soon(future::join(service.call(path, body), test)).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        // A handler that takes no notice of the error comes to an end where it still runs.
        assert_eq!(soon(service.seen.recv()).await, Some(Seen::Chunk("a".into())));
        assert_eq!(soon(service.seen.recv()).await, Some(Seen::Chunk("b".into())));
        if path == "/put-elsewhere" {
            assert_eq!(soon(service.seen.recv()).await, Some(Seen::Error));
            assert_eq!(soon(service.seen.recv()).await, Some(Seen::End));
        }
        assert!(service.seen.try_recv().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_there_as_a_whole_is_decided_once() {
    let mut service = streaming();
    let answer = service.call("/put", Body::from("whole")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(soon(service.seen.recv()).await, Some(Seen::Chunk("whole".into())));
    service.directory.take_calls();
    tokio::time::sleep(DEFAULT_DECISION_AGE * 3).await;
    assert!(!service.directory.was_asked());
    drop(answer);
}

type WireBody =
    StreamBody<std::pin::Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>>;

fn framed(chunks: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> WireBody {
    StreamBody::new(Box::pin(chunks.map(|chunk| chunk.map(Frame::data))))
}

/// A call over a socket.
async fn over(
    version: Version,
    router: Router,
    request: http::request::Builder,
    path: &str,
    body: WireBody,
) -> hyper::Result<http::Response<hyper::body::Incoming>> {
    let address = serve(router).await;
    let mut request = request.body(body).unwrap();
    request.headers_mut().extend(caller().headers());
    request.headers_mut().insert("host", address.to_string().parse().unwrap());
    let socket = socket(address).await;
    if version == Version::HTTP_11 {
        *request.uri_mut() = path.parse().unwrap();
        let (mut sender, connection) = http1::handshake(socket).await?;
        tokio::spawn(connection);
        return sender.send_request(request).await;
    }
    *request.uri_mut() = format!("http://{address}{path}").parse().unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), socket).await?;
    tokio::spawn(connection);
    sender.send_request(request).await
}

#[tokio::test]
async fn t_j02_a_response_over_a_socket_breaks_off_when_a_revocation_is_announced() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let service = streaming();
        let nothing = framed(tokio_stream::empty());
        let request = http::Request::post("/");
        let answer = over(version, service.router.clone(), request, "/watch", nothing).await;
        let mut body = answer.unwrap().into_body();
        service.chunks.send("a".into()).await.unwrap();
        assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "a");
        service.revoke();
        // It is no clean end: the client knows that there was more.
        assert!(soon(body.frame()).await.unwrap().is_err(), "{version:?}");
    }
}

#[tokio::test]
async fn t_j02_a_request_over_a_socket_is_answered_when_a_revocation_is_announced() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut service = streaming();
        let (writer, chunks) = written();
        let router = service.router.clone();
        let request = http::Request::post("/");
        let call = tokio::spawn(async move {
            over(version, router, request, "/put", framed(chunks)).await.unwrap()
        });
        writer.send("a".into()).await.unwrap();
        assert_eq!(soon(service.seen.recv()).await, Some(Seen::Chunk("a".into())));
        service.revoke();
        let answer = soon(call).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{version:?}");
        assert!(service.seen.try_recv().is_err());
    }
}

#[tokio::test]
async fn t_j02_a_message_that_is_long_in_coming_meets_a_revocation_before_it_is_handled() {
    let (directory, desks) = (Spy::new(), Desks::default());
    let authoriser = Authoriser::new(directory.clone());
    let guarded = GuardedRoutes::new(authoriser.clone()).add(Guard::new(desks.clone()));
    let router = guarded.into_axum_router().unwrap();
    let (writer, chunks) = written();
    let request = http::Request::post("/").header("content-type", "application/grpc");
    let call = tokio::spawn(async move {
        let path = "/meshauth.testing.desk.v1.DeskService/GetDesk";
        over(Version::HTTP_2, router, request, path, framed(chunks)).await.unwrap()
    });
    // The gate has decided on the headers.
    while !directory.was_asked() {
        tokio::task::yield_now().await;
    }
    directory.fail(Fault::Revoked);
    authoriser.revocations().announce(Revocation::Everything);
    writer.send(Bytes::from_static(&[0, 0, 0, 0, 0])).await.unwrap();
    drop(writer);
    let answer = soon(call).await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "16");
    assert_eq!(desks.take_runs(), 0);
}

/// Handlers that take three times as long as a decision may age.
fn slow() -> Streaming {
    async fn late() -> &'static str {
        tokio::time::sleep(DEFAULT_DECISION_AGE * 3).await;
        "late"
    }
    async fn read_late(_: Authorised<method::GetDesk>) -> &'static str {
        late().await
    }
    async fn write_late(_: Authorised<method::PutDesk>, request: Request) -> &'static str {
        request.into_body().collect().await.unwrap();
        late().await
    }
    async fn large(_: Authorised<method::WatchDesks>) -> Vec<u8> {
        vec![b'd'; 20 * 1024 * 1024]
    }
    let directory = Spy::new();
    let authoriser = Authoriser::new(directory.clone());
    let router = GuardedRouter::new(authoriser.clone())
        .allow_missing_methods(&POLICY, "these take their time")
        .route::<method::GetDesk>("/read", any(read_late))
        .route::<method::PutDesk>("/write", any(write_late))
        .route::<method::WatchDesks>("/large", any(large))
        .into_router()
        .unwrap();
    let (chunks, _) = mpsc::channel(1);
    let (_, seen) = mpsc::channel(1);
    Streaming { router, authoriser, directory, seen, chunks }
}

#[tokio::test(start_paused = true)]
async fn t_g04_a_read_over_http_that_took_long_is_decided_again_before_it_is_answered() {
    for (fault, status) in [
        (Fault::None, 200),
        (Fault::Revoked, 401),
        (Fault::Stripped, 403),
        (Fault::Unreachable, 503),
    ] {
        let mut service = slow();
        let directory = service.directory.clone();
        let change = async {
            tokio::time::sleep(DEFAULT_DECISION_AGE).await;
            directory.fail(fault);
        };
        let (answer, ()) = future::join(service.call("/read", Body::empty()), change).await;
        assert_eq!(answer.status(), status, "{fault:?}");
    }
}

/// What is done is done: whether its request was there at once or trickled in.
#[tokio::test(start_paused = true)]
async fn the_answer_of_a_write_over_http_is_given_however_long_it_took() {
    for trickles in [false, true] {
        for fault in [Fault::Revoked, Fault::Unreachable] {
            let mut service = slow();
            let (directory, authoriser) = (service.directory.clone(), service.authoriser.clone());
            let (writer, chunks) = written();
            let body = if trickles { Body::from_stream(chunks) } else { Body::from("whole") };
            let change = async move {
                writer.send("a".into()).await.unwrap();
                tokio::time::sleep(DEFAULT_DECISION_AGE * 2).await;
                drop(writer);
                tokio::time::sleep(Duration::from_millis(1)).await;
                directory.fail(fault);
                authoriser.revocations().announce(Revocation::Everything);
            };
            let (answer, ()) = future::join(service.call("/write", body), change).await;
            assert_eq!(answer.status(), StatusCode::OK, "{trickles} {fault:?}");
            let answer = answer.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(answer, "late");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn t_g04_a_large_answer_leaves_in_pieces_and_stops_when_it_is_revoked() {
    let mut service = slow();
    let answer = service.call("/large", Body::empty()).await;
    let mut body = answer.into_body();
    let mut left = 0;
    while left < 10 * 1024 * 1024 {
        let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(piece.len() <= 64 * 1024);
        left += piece.len();
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(20 * 1024 * 1024 - left as u64));
    }
    // Nobody announces it: the rest waits until it was decided again, and does not leave.
    service.directory.fail(Fault::Revoked);
    tokio::time::sleep(DEFAULT_DECISION_AGE).await;
    let error = soon(body.frame()).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the API key in the header x-api-key is not valid");

    // And whole to whoever may have it.
    service.directory.fail(Fault::None);
    let answer = service.call("/large", Body::empty()).await;
    let whole = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(whole.len(), 20 * 1024 * 1024);
}

/// Bodies that last, and what becomes of them.
fn ending(kept: &Kept) -> Streaming {
    async fn chunks(count: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
        tokio_stream::iter(vec![Ok(Bytes::from_static(b"c")); count])
    }
    async fn complete(_: Authorised<method::WatchDesks>) -> Body {
        Body::from_stream(chunks(3).await)
    }
    async fn idle(_: Authorised<method::WatchDesks>) -> Body {
        Body::from_stream(chunks(1).await.chain(tokio_stream::pending()))
    }
    async fn panics(_: Authorised<method::WatchDesks>) -> Body {
        let then = tokio_stream::once(()).map(|()| panic!("as it was asked to"));
        Body::from_stream(chunks(1).await.chain(then))
    }
    async fn put(_: Authorised<method::PutDesk>) -> Body {
        let then = tokio_stream::once(()).map(|()| panic!("as it was asked to"));
        Body::new(OfThree(Body::from_stream(chunks(1).await.chain(then))))
    }
    let directory = Spy::new();
    let audit = Audit::best_effort(kept.clone(), 100);
    let authoriser = Authoriser::builder(directory.clone()).audit(audit).build();
    let router = GuardedRouter::new(authoriser.clone())
        .allow_missing_methods(&POLICY, "these end")
        .route::<method::WatchDesks>("/complete", any(complete))
        .route::<method::WatchDesks>("/idle", any(idle))
        .route::<method::WatchDesks>("/panics", any(panics))
        .route::<method::PutDesk>("/put", any(put))
        .into_router()
        .unwrap();
    let (chunks, _) = mpsc::channel(1);
    let (_, seen) = mpsc::channel(1);
    Streaming { router, authoriser, directory, seen, chunks }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_body_that_lasts_is_recorded() {
    for (path, outcome, denial, left) in [
        ("/complete", CallOutcome::Completed, None, 3),
        ("/panics", CallOutcome::Failed, None, 1),
        ("/idle", CallOutcome::Disconnected, None, 1),
        ("/idle", CallOutcome::Refused, Some(Denial::CredentialsInvalid), 1),
        ("/idle", CallOutcome::ShutDown, Some(Denial::ShuttingDown), 1),
    ] {
        let kept = Kept::default();
        let mut service = ending(&kept);
        let mut body = service.call(path, Body::empty()).await.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "c");
        match outcome {
            CallOutcome::Refused => service.revoke(),
            CallOutcome::ShutDown => service.authoriser.end_streams(),
            CallOutcome::Disconnected => drop(std::mem::take(&mut body)),
            _ => {}
        }
        while let Some(Ok(_)) = soon(body.frame()).await {}
        drop(body);
        let ended = || kept.of(AuditEvent::End);
        while ended().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let record = ended().remove(0);
        let end = record.end.unwrap();
        assert_eq!((end.outcome, end.responses, record.denial), (outcome, left, denial), "{path}");
    }
}

/// An error in the body, and not the end of the connection.
#[tokio::test(start_paused = true)]
async fn t_k01_a_panic_in_the_answer_of_a_write_is_an_error() {
    let mut service = ending(&Kept::default());
    let mut body = service.call("/put", Body::empty()).await.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "c");
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
}
