//! What a strict audit says of a WRITE: what was decided, that it was refused if that record was not
//! confirmed, and what became of it.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    handler::Handler,
    middleware::{Next, from_fn},
    routing::{MethodRouter, put},
};
use http::{Method, Request};
use http_body_util::Full;
use meshauth_runtime::{
    Authorised, Authoriser, Check, Denial, Revocation,
    audit::{Audit, AuditEvent, AuditRecord, AuditSink, AuditWrite, CallOutcome},
    axum::GuardedRouter,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{
        Desk, Note,
        desk_service_guard::{POLICY, method},
    },
    worlds::group_name,
};
use tokio::sync::Semaphore;
use tonic::{Code, codegen::http::uri::PathAndQuery};
use tower::ServiceExt;

use crate::{
    answers::{Caller, Rpc, assert_told},
    audited::{Kept, LONG},
    lasting::until,
    service::{
        BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, CORPORATE_VIEWER, INDIVIDUAL, Running, Spy,
        start_with,
    },
};

/// A sink that keeps each record when it is asked, and says so of a decision only for a permit. All
/// others it takes at once.
#[derive(Clone)]
struct Slow {
    permits: Arc<Semaphore>,
    kept: Kept,
}

impl Slow {
    fn new(permits: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), kept: Kept::default() }
    }
}

impl AuditSink for Slow {
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
        Box::pin(async move {
            self.kept.write(record).await?;
            if matches!(record.event, AuditEvent::Call | AuditEvent::Stream) {
                self.permits.acquire().await.unwrap().forget();
            }
            Ok(())
        })
    }
}

async fn start_strict(sink: &Slow) -> (Running, Audit) {
    start_patient(sink, Duration::from_millis(200)).await
}

/// With this long for a record to be confirmed.
async fn start_patient(sink: &Slow, deadline: Duration) -> (Running, Audit) {
    let audit = Audit::strict(sink.clone(), 1000);
    let recorded = audit.clone();
    let start = start_with(|authoriser| {
        authoriser.deadline(deadline).max_decision_age(LONG).audit(recorded)
    });
    (start.await, audit)
}

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

/// That the WRITE was allowed, and that this was taken back.
async fn assert_withdrawn(sink: &Slow, audit: &Audit) {
    until(|| !sink.kept.of(AuditEvent::Withdrawn).is_empty()).await;
    audit.flush().await;
    let records = sink.kept.all();
    let [call, withdrawn] = &records[..] else { panic!("{records:?}") };
    assert_eq!((call.event, call.denial), (AuditEvent::Call, None));
    assert_eq!((withdrawn.event, withdrawn.refused_by), (AuditEvent::Withdrawn, None));
    assert_eq!((withdrawn.denial, withdrawn.scope), (Some(Denial::AuditUnavailable), None));
    assert_eq!((call.request, call.method), (withdrawn.request, withdrawn.method));
    assert_eq!((call.entity, call.group), (withdrawn.entity, withdrawn.group));
    assert!(withdrawn.time >= call.time);
    let line: serde_json::Value = serde_json::from_str(&withdrawn.to_string()).unwrap();
    assert_eq!((&line["event"], &line["decision"]), (&"WITHDRAWN".into(), &"deny".into()));
    assert_eq!(line["reason"], "AUDIT_UNAVAILABLE");
}

#[tokio::test]
async fn t_l05_a_write_whose_record_is_not_confirmed_in_time_is_withdrawn() {
    let sink = Slow::new(0);
    let (server, audit) = start_strict(&sink).await;
    let status = server.put(&admin(), "2", "").await.unwrap_err();
    assert_told(&status, Code::Unavailable, "AUDIT_UNAVAILABLE");
    assert_eq!(server.desks.runs(), 0);
    assert_withdrawn(&sink, &audit).await;
}

#[tokio::test]
async fn t_l05_a_write_whose_caller_leaves_before_its_record_is_confirmed_is_withdrawn() {
    for timeout in ["1n", "1m", "30m"] {
        let sink = Slow::new(0);
        let (server, audit) = start_strict(&sink).await;
        let mut request = admin().request(Note::default());
        request.metadata_mut().insert("grpc-timeout", timeout.parse().unwrap());
        server.client().put_statement(request).await.unwrap_err();
        assert_withdrawn(&sink, &audit).await;
        sink.permits.add_permits(1);
        assert_eq!(server.desks.runs(), 0, "{timeout}");
    }
}

/// A route of a WRITE, and how often it ran.
fn route(audit: &Audit, deadline: Duration) -> (Router, Arc<Mutex<usize>>) {
    let runs = Arc::new(Mutex::new(0));
    let ran = Arc::clone(&runs);
    let authoriser = Authoriser::builder(Spy::new()).deadline(deadline).audit(audit.clone());
    let router = GuardedRouter::new(authoriser.build())
        .allow_missing_methods(&POLICY, "one is enough")
        .route::<method::PutDesk>(
            "/desk",
            put(async move |_: Authorised<method::PutDesk>, body: Bytes| {
                *ran.lock().unwrap() += 1;
                body
            }),
        )
        .into_router()
        .unwrap();
    (router, runs)
}

fn put_desk() -> Request<axum::body::Body> {
    let body = axum::body::Body::new(Full::from("as it came"));
    let mut request = Request::builder().method(Method::PUT).uri("/desk").body(body).unwrap();
    request.headers_mut().extend(admin().headers());
    request
}

#[tokio::test]
async fn t_l05_a_short_deadline_of_the_caller_does_not_shorten_the_audits() {
    let sink = Slow::new(0);
    let (router, runs) = route(&Audit::strict(sink.clone(), 10), Duration::from_secs(5));
    let mut request = put_desk();
    request.headers_mut().insert("grpc-timeout", "10m".parse().unwrap());
    let started = Instant::now();
    let call = tokio::spawn(router.oneshot(request));
    sink.kept.reach(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(*runs.lock().unwrap(), 0);
    sink.permits.add_permits(1);
    let response = call.await.unwrap().unwrap();
    assert_eq!((response.status().as_u16(), *runs.lock().unwrap()), (200, 1));
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(sink.kept.of(AuditEvent::Withdrawn), []);
}

/// The record of how the one call ended, after what was decided of it.
async fn end(sink: &Slow, audit: &Audit, already: usize) -> AuditRecord {
    until(|| sink.kept.of(AuditEvent::End).len() > already).await;
    audit.flush().await;
    let records = sink.kept.all();
    let end = records.iter().rfind(|record| record.event == AuditEvent::End).unwrap();
    assert_eq!(sink.kept.of(AuditEvent::End).len(), already + 1);
    let of_call: Vec<_> = records.iter().filter(|one| one.request == end.request).collect();
    let call = of_call[0];
    assert_eq!((call.event, call.denial), (AuditEvent::Call, None));
    assert_eq!((call.method, call.entity, call.group), (end.method, end.entity, end.group));
    assert_eq!(of_call[of_call.len() - 1].event, AuditEvent::End);
    end.clone()
}

#[track_caller]
fn assert_end(record: &AuditRecord, outcome: CallOutcome, requests: u64, responses: u64) {
    let end = record.end.unwrap();
    assert_eq!((end.outcome, end.requests, end.responses), (outcome, requests, responses));
    assert!(end.duration < Duration::from_secs(5));
}

#[tokio::test]
async fn t_l05_under_a_strict_audit_the_end_of_each_write_is_recorded() {
    let sink = Slow::new(1000);
    let (server, audit) = start_strict(&sink).await;
    server.put(&admin(), "2", "").await.unwrap();
    assert_end(&end(&sink, &audit, 0).await, CallOutcome::Completed, 1, 1);

    // Not its own: the handler says so.
    server.put(&admin(), "3", "").await.unwrap_err();
    assert_end(&end(&sink, &audit, 1).await, CallOutcome::Failed, 1, 0);

    server.put(&admin(), "panic", "").await.unwrap_err();
    assert_end(&end(&sink, &audit, 2).await, CallOutcome::Failed, 1, 0);

    server.put(&admin(), "new", &group_name(INDIVIDUAL)).await.unwrap_err();
    let refused = end(&sink, &audit, 3).await;
    assert_end(&refused, CallOutcome::Refused, 0, 0);
    assert_eq!(refused.denial, Some(Denial::ResourceNotOwned));
    assert_eq!(refused.refused_by, Some(Check::Scope));

    // What is no desk is seen by no handler.
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/meshauth.testing.desk.v1.DeskService/PutDesk");
    let codec = tonic_prost::ProstCodec::<u64, Note>::default();
    grpc.unary(admin().request(7), path, codec).await.unwrap_err();
    assert_end(&end(&sink, &audit, 4).await, CallOutcome::Failed, 0, 0);

    // The caller does not wait for its answer.
    let caller = admin();
    let slow = server.put(&caller, "slow 2", "");
    tokio::time::timeout(Duration::from_millis(50), slow).await.unwrap_err();
    assert_end(&end(&sink, &audit, 5).await, CallOutcome::Disconnected, 1, 0);

    // A stream leaves one, as ever.
    server.call(Rpc::ClientStream, &admin()).await.unwrap();
    assert_end(&end(&sink, &audit, 6).await, CallOutcome::Completed, 0, 1);

    // READs and denials leave none.
    server.get(&Caller::new(CORPORATE_VIEWER, CORPORATE), "2").await.unwrap();
    server.put(&Caller::new(CORPORATE_VIEWER, CORPORATE), "2", "").await.unwrap_err();
    audit.flush().await;
    assert_eq!(sink.kept.of(AuditEvent::End).len(), 7);
}

#[tokio::test]
async fn a_best_effort_audit_records_the_end_of_what_lasts_alone() {
    let kept = Kept::default();
    let audit = Audit::best_effort(kept.clone(), 100);
    let server = start_with(|authoriser| authoriser.audit(audit.clone())).await;
    server.put(&admin(), "2", "").await.unwrap();
    server.call(Rpc::ClientStream, &admin()).await.unwrap();
    until(|| !kept.of(AuditEvent::End).is_empty()).await;
    audit.flush().await;
    assert_eq!((kept.all().len(), kept.of(AuditEvent::End).len()), (3, 1));
}

#[tokio::test]
async fn t_l05_over_http_the_end_of_each_write_is_recorded() {
    let sink = Slow::new(1000);
    let audit = Audit::strict(sink.clone(), 10);
    let (router, runs) = route(&audit, Duration::from_secs(5));
    let response = router.oneshot(put_desk()).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
    assert_eq!((&body[..], *runs.lock().unwrap()), (&b"as it came"[..], 1));
    assert_end(&end(&sink, &audit, 0).await, CallOutcome::Completed, 1, 1);
}

/// The record of how a route of this handler ended.
async fn end_of<T: 'static>(
    handler: impl Handler<T, ()>,
    around: impl FnOnce(MethodRouter) -> MethodRouter,
) -> (u16, AuditRecord) {
    let sink = Slow::new(1000);
    let audit = Audit::strict(sink.clone(), 10);
    let authoriser = Authoriser::builder(Spy::new()).audit(audit.clone()).build();
    let router = GuardedRouter::new(authoriser)
        .allow_missing_methods(&POLICY, "one is enough")
        .route::<method::PutDesk>("/desk", around(put(handler)))
        .into_router()
        .unwrap();
    let response = router.oneshot(put_desk()).await.unwrap();
    let status = response.status().as_u16();
    axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    let end = end(&sink, &audit, 0).await;
    let calls = sink.kept.of(AuditEvent::Call);
    assert!(calls.iter().all(|call| call.request == end.request), "{calls:?}");
    (status, end)
}

#[tokio::test]
async fn t_l05_over_http_what_fails_is_recorded_as_such() {
    type Access = Authorised<method::PutDesk>;
    let as_it_is = |handlers| handlers;
    let refuses = async |_: Access| Err::<(), _>(Denial::ResourceNotOwned);
    let (status, record) = end_of(refuses, as_it_is).await;
    assert_eq!(status, 403);
    assert_end(&record, CallOutcome::Failed, 0, 1);
    let fails = async |_: Access| http::StatusCode::INTERNAL_SERVER_ERROR;
    let (status, record) = end_of(fails, as_it_is).await;
    assert_eq!((status, record.end.unwrap().outcome), (500, CallOutcome::Failed));
    let panics = async |_: Access| -> &'static str { panic!("as it was asked to") };
    let (status, record) = end_of(panics, as_it_is).await;
    assert_eq!((status, record.end.unwrap().outcome), (500, CallOutcome::Failed));
}

/// A layer between the gate and the handler that sends the call on as somebody else.
#[tokio::test]
async fn t_l05_a_call_that_is_decided_anew_has_one_end_under_its_one_id() {
    let replaced = |handlers: MethodRouter| {
        handlers.layer(from_fn(async |mut request: Request<axum::body::Body>, next: Next| {
            request.headers_mut().extend(Caller::new(CORPORATE_ADMIN, CORPORATE).headers());
            next.run(request).await
        }))
    };
    let (status, record) = end_of(async |_: Authorised<method::PutDesk>| "done", replaced).await;
    assert_eq!(status, 200);
    assert_end(&record, CallOutcome::Completed, 0, 1);
}

/// A stream was let in long ago: what became of it is in its end, and nothing is withdrawn.
#[tokio::test]
async fn t_l05_of_a_stream_that_is_decided_again_nothing_is_withdrawn() {
    for (ends_itself, deadline) in [(true, 5000), (false, 200)] {
        let sink = Slow::new(1);
        let (server, audit) = start_patient(&sink, Duration::from_millis(deadline)).await;
        let (sender, desks) = tokio::sync::mpsc::channel::<Desk>(1);
        let mut client = server.client();
        let requests = tokio_stream::wrappers::ReceiverStream::new(desks);
        let request = admin().request(requests);
        let call = tokio::spawn(async move { client.put_desks(request).await.map(drop) });
        until(|| server.desks.runs() == 1).await;
        server.authoriser.revocations().announce(Revocation::Everything);
        sink.kept.reach(2).await;
        if ends_itself {
            drop(sender);
            call.await.unwrap().unwrap();
        } else {
            let status = call.await.unwrap().unwrap_err();
            assert_told(&status, Code::Unavailable, "AUDIT_UNAVAILABLE");
            drop(sender);
        }
        let record = end(&sink, &audit, 0).await;
        let expected = if ends_itself { CallOutcome::Completed } else { CallOutcome::Refused };
        assert_eq!(record.end.unwrap().outcome, expected);
        assert_eq!(sink.kept.of(AuditEvent::Withdrawn), []);
    }
}

/// As many ends as WRITEs: a queue that is too short for them is none of theirs.
#[tokio::test]
async fn t_l05_the_ends_of_writes_take_no_place_in_the_queue() {
    let sink = Slow::new(1000);
    let audit = Audit::strict(sink.clone(), 1);
    let recorded = audit.clone();
    let server = start_with(|authoriser| authoriser.max_decision_age(LONG).audit(recorded)).await;
    let caller = admin();
    let writes = (0..50).map(|_| server.put(&caller, "2", ""));
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    until(|| sink.kept.of(AuditEvent::End).len() == 50).await;
    audit.flush().await;
    assert_eq!((sink.kept.all().len(), audit.lost()), (100, 0));
}
