//! Streams of every kind: decided again while they live, and ended by the check that fails, whatever
//! their handlers wait for.

use std::{convert::Infallible, time::Duration};

use meshauth_runtime::{
    Authoriser, DEFAULT_DECISION_AGE, Denial, Revocation,
    audit::{Audit, AuditEvent, CallOutcome},
    tonic::GuardedRoutes,
};
use meshauth_tests::api::meshauth::testing::desk::v1::{Note, desk_service_guard::Guard};
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::JoinHandle,
    time::{self, Instant},
};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Request, Status, codegen::Service};

use crate::{
    answers::{Caller, assert_told, drain},
    audited::{Audited, Kept, start_audited},
    lasting::until,
    service::{BROKER_ADMIN, CORPORATE, Desks, Fault, Running, Spy, sent},
};

/// A stream on which nothing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Idle {
    /// A stream of responses; no response comes.
    Watch,
    /// The same, of a method that asks for verification.
    Statements,
    /// A stream of requests; the handler waits for the first.
    Put,
    /// The handler waits for something else, and reads no request.
    PutElsewhere,
    /// Both; the handler waits for a request before it answers.
    Exchange,
    /// Both; the handler has answered, and reads in a task of its own.
    ExchangeApart,
    /// Both; the handler waits for something else before it answers.
    ExchangeElsewhere,
    /// Both; the handler has answered, and its responses are made from requests.
    Houses,
    /// A PUBLIC method, called with a key.
    Echo,
}

const KINDS: [Idle; 9] = [
    Idle::Watch,
    Idle::Statements,
    Idle::Put,
    Idle::PutElsewhere,
    Idle::Exchange,
    Idle::ExchangeApart,
    Idle::ExchangeElsewhere,
    Idle::Houses,
    Idle::Echo,
];

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

fn elsewhere<T>(mut request: Request<T>) -> Request<T> {
    request.metadata_mut().insert("handler", "elsewhere".parse().unwrap());
    request
}

/// A call that was made, and goes on for as long as this lives.
struct Open {
    /// Ends with the status of the call.
    call: JoinHandle<Result<(), Status>>,
    /// While the caller may still send requests: hyper's client does not give a call up before.
    _requests: mpsc::Sender<Infallible>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.call.abort();
    }
}

impl Open {
    async fn assert_lives(&mut self) {
        assert!(time::timeout(Duration::from_millis(2), &mut self.call).await.is_err());
    }

    async fn ended(mut self) -> Status {
        let ended = time::timeout(Duration::from_secs(5), &mut self.call).await;
        ended.expect("it ends").unwrap().unwrap_err()
    }
}

fn never<T>(none: Infallible) -> T {
    match none {}
}

impl Idle {
    /// Opens it, and waits until its handler runs.
    async fn open(self, server: &Running) -> Open {
        server.desks.take_runs();
        let open = self.begin(server);
        until(|| server.desks.runs() == 1).await;
        open
    }

    fn begin(self, server: &Running) -> Open {
        let (requests, none) = mpsc::channel::<Infallible>(1);
        let silent = ReceiverStream::new(none);
        Open { call: tokio::spawn(self.call(server, silent)), _requests: requests }
    }

    fn call(
        self,
        server: &Running,
        none: ReceiverStream<Infallible>,
    ) -> impl Future<Output = Result<(), Status>> + Send + 'static {
        let (mut client, caller) = (server.client(), admin());
        let note = caller.request(Note { text: "idle".to_owned() });
        let mut first = sent(CORPORATE);
        first.name = "idle".to_owned();
        async move {
            match self {
                Self::Watch => drain(client.watch_desks(note).await?.into_inner()).await.map(drop),
                Self::Statements => {
                    drain(client.watch_statements(note).await?.into_inner()).await.map(drop)
                }
                Self::Put => client.put_desks(caller.request(none.map(never))).await.map(drop),
                Self::PutElsewhere => {
                    client.put_desks(elsewhere(caller.request(none.map(never)))).await.map(drop)
                }
                Self::Exchange => {
                    let silent = caller.request(none.map(never));
                    drain(client.exchange_desks(silent).await?.into_inner()).await.map(drop)
                }
                Self::ExchangeElsewhere => {
                    let silent = elsewhere(caller.request(none.map(never)));
                    drain(client.exchange_desks(silent).await?.into_inner()).await.map(drop)
                }
                Self::ExchangeApart => {
                    let apart = caller.request(tokio_stream::once(first).chain(none.map(never)));
                    drain(client.exchange_desks(apart).await?.into_inner()).await.map(drop)
                }
                Self::Houses => {
                    let houses = none.map(never);
                    drain(client.exchange_houses(caller.request(houses)).await?.into_inner())
                        .await
                        .map(drop)
                }
                Self::Echo => {
                    let notes = none.map(never);
                    drain(client.echo(caller.request(notes)).await?.into_inner()).await.map(drop)
                }
            }
        }
    }

    /// What its next decision is then. A directory that is out of reach ends nothing by that.
    fn again(self, fault: Fault) -> Option<Denial> {
        match fault {
            Fault::Unreachable | Fault::Silent => Some(Denial::DirectoryUnavailable),
            _ => self.end(fault).map(|(_, denial)| denial),
        }
    }

    /// How it ends when this has become of the directory; none if it lives on.
    fn end(self, fault: Fault) -> Option<(Code, Denial)> {
        match fault {
            Fault::Revoked => Some((Code::Unauthenticated, Denial::CredentialsInvalid)),
            Fault::Panics | Fault::PanicsLater | Fault::UnusableUser => {
                Some((Code::Internal, Denial::Internal))
            }
            Fault::Stripped | Fault::InconsistentGroup if self != Self::Echo => {
                Some((Code::PermissionDenied, Denial::RoleRequired))
            }
            Fault::Unverified if self == Self::Statements => {
                Some((Code::PermissionDenied, Denial::VerificationRequired))
            }
            _ => None,
        }
    }
}

/// Nothing of the call is left: neither its handler nor the task that decided it again.
async fn assert_gone(server: &Running, tasks: usize) {
    until(|| server.desks.lasting.alive() == 0).await;
    let runtime = Handle::current().metrics();
    until(|| runtime.num_alive_tasks() <= tasks).await;
}

/// The tasks of a service that has nothing to do, the one that writes its records among them.
async fn tasks_at_rest(server: &Audited) -> usize {
    server.get(&admin(), "2").await.unwrap();
    server.take().await;
    Handle::current().metrics().num_alive_tasks()
}

const CHANGES: [Fault; 9] = [
    Fault::Revoked,
    Fault::Stripped,
    Fault::InconsistentGroup,
    Fault::UnusableUser,
    Fault::Unverified,
    Fault::Unreachable,
    Fault::Silent,
    Fault::Panics,
    Fault::PanicsLater,
];

#[tokio::test]
async fn t_j01_an_idle_stream_ends_at_once_when_a_revocation_is_announced() {
    let server = start_audited(|authoriser| authoriser.deadline(Duration::from_millis(50))).await;
    let tasks = tasks_at_rest(&server).await;
    for kind in KINDS {
        for change in CHANGES {
            let mut open = kind.open(&server).await;
            server.directory.fail(change);
            server.authoriser.revocations().announce(Revocation::Everything);
            if let Some((code, denial)) = kind.end(change) {
                assert_told(&open.ended().await, code, denial.reason());
            } else {
                server.kept.reach_more(2).await;
                open.assert_lives().await;
                drop(open);
            }
            server.directory.fail(Fault::None);
            assert_gone(&server, tasks).await;
            let end = kind.end(change).map(|(_, denial)| denial);
            assert_records(&server, kind.again(change), end).await;
        }
    }
}

/// One record of the opening, one of the other decision and one of the end, with one id.
async fn assert_records(server: &Audited, denial: Option<Denial>, ended: Option<Denial>) {
    server.kept.reach_more(3).await;
    let records = server.take().await;
    let [call, again, end] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((call.event, call.denial), (AuditEvent::Call, None));
    assert_eq!((again.event, again.denial), (AuditEvent::Stream, denial));
    assert_eq!((end.event, end.denial), (AuditEvent::End, ended));
    assert_eq!(end.refused_by, again.refused_by.filter(|_| ended.is_some()));
    for record in [again, end] {
        assert_eq!((call.request, call.method), (record.request, record.method));
        assert_eq!(call.entity, record.entity.or(call.entity));
    }
    let outcome = end.end.expect("it says how it ended").outcome;
    let expected: &[_] = match ended {
        Some(_) => &[CallOutcome::Refused],
        // A handler that only reads comes to its end when its caller goes away.
        None => &[CallOutcome::Disconnected, CallOutcome::Completed],
    };
    assert!(expected.contains(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn t_j01_an_idle_stream_ends_by_itself_when_its_time_has_come() {
    let server =
        start_audited(|authoriser| authoriser.max_decision_age(Duration::from_millis(20))).await;
    let tasks = tasks_at_rest(&server).await;
    for kind in KINDS {
        let open = kind.open(&server).await;
        server.directory.fail(Fault::Revoked);
        assert_told(&open.ended().await, Code::Unauthenticated, "CREDENTIALS_INVALID");
        server.directory.fail(Fault::None);
        assert_gone(&server, tasks).await;
    }
}

#[tokio::test]
async fn t_j01_a_stream_on_which_nothing_changes_lives_on_and_every_decision_is_recorded() {
    for kind in KINDS {
        let bound = Duration::from_millis(100);
        let server = start_audited(|authoriser| authoriser.max_decision_age(bound)).await;
        let mut open = kind.open(&server).await;
        server.kept.reach(5).await;
        server.authoriser.revocations().announce(Revocation::Everything);
        server.kept.reach(7).await;
        open.assert_lives().await;
        let records = server.kept.all();
        assert_eq!(records[0].event, AuditEvent::Call);
        for again in &records[1..] {
            assert_eq!((again.event, again.denial), (AuditEvent::Stream, None));
            assert_eq!((again.request, again.entity), (records[0].request, records[0].entity));
            assert_eq!((again.granted, again.scope), (records[0].granted, records[0].scope));
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_leaves_nothing_behind() {
    let bound = Duration::from_millis(100);
    let server = start_audited(|authoriser| authoriser.max_decision_age(bound)).await;
    let tasks = tasks_at_rest(&server).await;
    for kind in KINDS {
        let open: Vec<_> = (0..5).map(|_| kind.begin(&server)).collect();
        // Five calls, and decisions of the one question that they ask.
        server.kept.reach_more(10).await;
        assert!(Handle::current().metrics().num_alive_tasks() > tasks);
        drop(open);
        assert_gone(&server, tasks).await;
        server.take().await;
        server.directory.take_calls();
        time::sleep(bound).await;
        assert_eq!(server.directory.take_calls(), (0, 0), "{kind:?}");
    }
}

#[tokio::test]
async fn t_j01_an_anonymous_public_stream_lives_on() {
    let bound = Duration::from_millis(20);
    let server = start_audited(|authoriser| authoriser.max_decision_age(bound)).await;
    let (notes, requests) = tokio::sync::mpsc::channel(1);
    let requests = ReceiverStream::new(requests);
    let echo = server.client().echo(Caller::default().request(requests)).await;
    let mut echo = echo.unwrap().into_inner();
    for fault in [Fault::None, Fault::Revoked, Fault::Unreachable, Fault::Panics] {
        server.directory.fail(fault);
        server.authoriser.revocations().announce(Revocation::Everything);
        time::sleep(bound * 2).await;
        let note = Note { text: format!("{fault:?}") };
        notes.send(note.clone()).await.unwrap();
        assert_eq!(echo.message().await.unwrap(), Some(note));
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
    assert_eq!(server.take().await.len(), 1);
}

#[test]
fn a_decision_ages_for_five_seconds_unless_it_is_said_otherwise() {
    assert_eq!(DEFAULT_DECISION_AGE, Duration::from_secs(5));
}

/// On a clock of its own, so without a socket.
#[tokio::test(start_paused = true)]
async fn t_j01_a_stream_is_decided_again_from_half_of_the_bound_on_and_not_before() {
    let (spy, desks, kept) = (Spy::new(), Desks::default(), Kept::default());
    for (bound, seconds) in [(None, 5), (Some(Duration::from_secs(60)), 60)] {
        let builder = Authoriser::builder(spy.clone()).audit(Audit::best_effort(kept.clone(), 100));
        let authoriser = match bound {
            Some(bound) => builder.max_decision_age(bound),
            None => builder,
        }
        .build();
        let guarded = GuardedRoutes::new(authoriser).add(Guard::new(desks.clone()));
        let mut routes = guarded.into_routes().unwrap();
        let head = elsewhere(admin().request(())).into_parts().0.into_headers();
        let mut request = http::Request::new(tonic::body::Body::new(
            axum::body::Body::from_stream(tokio_stream::pending::<Result<&str, std::io::Error>>()),
        ));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = "/meshauth.testing.desk.v1.DeskService/PutDesks".parse().unwrap();
        *request.headers_mut() = head;
        let content = http::HeaderValue::from_static("application/grpc");
        request.headers_mut().insert(http::header::CONTENT_TYPE, content);
        let mut decided_last = Instant::now();
        let call = tokio::spawn(routes.call(request));
        for count in 1..=3 {
            let before = kept.all().len();
            let decided = kept.reach_late(before + usize::from(count == 1) + 1);
            time::timeout(Duration::from_secs(3600), decided).await.expect("it is decided again");
            let waited = decided_last.elapsed();
            let half = Duration::from_millis(seconds * 500);
            assert!((half..=half / 2 * 3).contains(&waited), "{waited:?}");
            decided_last = Instant::now();
        }
        call.abort();
        let _ = call.await;
    }
    assert_eq!(kept.of(AuditEvent::Stream).len(), 6);
}
