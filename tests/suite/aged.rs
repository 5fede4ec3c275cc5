//! A decision ages: nothing enters a handler or leaves it on one that is older than the bound, but
//! for the answer of a WRITE, which is done.

use std::time::Duration;

use meshauth_runtime::{AuthoriserBuilder, Denial, audit::AuditEvent};
use meshauth_tests::api::meshauth::testing::desk::v1::{Desk, Note};
use tokio::{sync::mpsc, time};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::{
    answers::{Caller, assert_told, drain},
    audited::{Audited, start_audited},
    lasting::until,
    service::{BROKER_ADMIN, CORPORATE, Fault, SLOW, sent},
};

/// Shorter than a slow handler takes.
const BOUND: Duration = Duration::from_millis(100);

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

fn short(authoriser: AuthoriserBuilder) -> AuthoriserBuilder {
    authoriser.max_decision_age(BOUND).deadline(Duration::from_millis(50))
}

/// A call that takes longer than a decision lives, and what has become of the directory meanwhile.
async fn slow_read(server: &Audited, fault: Fault) -> Result<Desk, Status> {
    let mut client = server.client();
    let request = admin().request(Note { text: "slow 2".to_owned() });
    let call = tokio::spawn(async move { client.get_desk(request).await });
    until(|| server.desks.runs() == 1).await;
    server.directory.fail(fault);
    let answer = call.await.unwrap();
    server.desks.take_runs();
    server.directory.fail(Fault::None);
    answer.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn t_g04_a_read_that_took_long_is_decided_again_before_its_answer_leaves() {
    let server = start_audited(short).await;
    for (fault, denial) in [
        (Fault::None, None),
        (Fault::Revoked, Some((Code::Unauthenticated, Denial::CredentialsInvalid))),
        (Fault::Stripped, Some((Code::PermissionDenied, Denial::RoleRequired))),
        (Fault::Unreachable, Some((Code::Unavailable, Denial::DirectoryUnavailable))),
    ] {
        let answer = slow_read(&server, fault).await;
        let records = server.take().await;
        let [call, again] = &records[..] else { panic!("{records:?}") };
        assert_eq!((call.event, call.denial), (AuditEvent::Call, None));
        let denied = denial.map(|(_, denial)| denial);
        assert_eq!((again.event, again.denial), (AuditEvent::Stream, denied));
        assert_eq!(call.request, again.request);
        match (answer, denial) {
            (Ok(desk), None) => assert_eq!(desk.name, "desk of 2"),
            (Err(status), Some((code, denial))) => assert_told(&status, code, denial.reason()),
            (answer, _) => panic!("{fault:?}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_read_that_is_quick_is_decided_once() {
    let server = start_audited(short).await;
    server.get(&admin(), "2").await.unwrap();
    assert_eq!(server.take().await.len(), 1);
}

/// What is done is done, and the caller should know.
#[tokio::test]
async fn the_answer_of_a_write_is_given_however_long_it_took() {
    let server = start_audited(short).await;
    for fault in [Fault::Revoked, Fault::Unreachable, Fault::Silent] {
        let mut client = server.client();
        let desk = Desk { name: "slow 2".to_owned(), ..Desk::default() };
        let call = tokio::spawn(async move { client.put_desk(admin().request(desk)).await });
        until(|| server.desks.runs() == 1).await;
        server.directory.fail(fault);
        assert_eq!(call.await.unwrap().unwrap().into_inner().name, "desk of 2");
        server.desks.take_runs();
        server.directory.fail(Fault::None);
        assert_eq!(server.take().await.len(), 1);
    }
}

/// How long streams live on after a change that nobody announces: busy and idle, in each direction.
#[tokio::test]
async fn t_g04_no_stream_outlives_a_change_by_more_than_the_bound() {
    let bound = Duration::from_millis(400);
    let server = start_audited(|authoriser| authoriser.max_decision_age(bound)).await;
    for text in ["idle", "flood"] {
        for began in [0, 50, 150, 250] {
            let watch = admin().request(Note { text: text.to_owned() });
            let stream = server.client().watch_desks(watch).await.unwrap().into_inner();
            let ending = tokio::spawn(drain(stream));
            time::sleep(Duration::from_millis(began)).await;
            server.directory.fail(Fault::Revoked);
            let changed = time::Instant::now();
            let ended = ending.await.unwrap();
            assert_told(&ended.unwrap_err(), Code::Unauthenticated, "CREDENTIALS_INVALID");
            let outlived = changed.elapsed();
            assert!(outlived < bound + Duration::from_millis(100), "{text}: {outlived:?}");
            server.directory.fail(Fault::None);
        }
    }
}

/// A directory that is gone ends a stream when its last decision is too old, and not before.
#[tokio::test]
async fn a_directory_out_of_reach_ends_a_stream_at_the_bound_and_not_before() {
    let bound = Duration::from_millis(600);
    for fault in [Fault::Unreachable, Fault::Silent] {
        let server = start_audited(|authoriser| {
            authoriser.max_decision_age(bound).deadline(Duration::from_millis(50))
        })
        .await;
        let (desks, requests) = mpsc::channel(1);
        let mut exchange = {
            let mut client = server.client();
            let requests = admin().request(ReceiverStream::new(requests));
            desks.send(sent(CORPORATE)).await.unwrap();
            client.exchange_desks(requests).await.unwrap().into_inner()
        };
        exchange.message().await.unwrap().unwrap();
        let decided = time::Instant::now();
        server.directory.fail(fault);
        // It goes on for as long as its decision is young enough.
        while decided.elapsed() < bound / 2 {
            desks.send(sent(CORPORATE)).await.unwrap();
            exchange.message().await.unwrap().unwrap();
            time::sleep(Duration::from_millis(10)).await;
        }
        let status = exchange.message().await.unwrap_err();
        assert_told(&status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
        let lived = decided.elapsed();
        assert!((bound * 4 / 5..bound + SLOW).contains(&lived), "{fault:?}: {lived:?}");
    }
}
