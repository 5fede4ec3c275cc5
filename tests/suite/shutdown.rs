//! The end of a service: its streams end, and its records are written, within a bound.

use std::time::Duration;

use meshauth_runtime::{
    Authoriser,
    audit::{Audit, CallOutcome},
};
use meshauth_tests::api::meshauth::testing::desk::v1::Note;
use tokio::time::{self, Instant};
use tonic::Code;

use crate::{
    answers::{Caller, assert_told, drain},
    audited::{Broken, Kept, LONG, start_audited},
    lasting::until,
    service::{CORPORATE, CORPORATE_VIEWER, Spy, start_with},
};

const SOON: Duration = Duration::from_secs(5);

fn viewer() -> Caller {
    Caller::new(CORPORATE_VIEWER, CORPORATE)
}

fn idle() -> Note {
    Note { text: "idle".to_owned() }
}

#[tokio::test]
async fn a_shutdown_ends_streams_and_writes_the_records() {
    let server = start_audited(|authoriser| authoriser).await;
    let mut stream =
        server.client().watch_desks(viewer().request(idle())).await.unwrap().into_inner();
    let ended = tokio::spawn(async move { stream.message().await });
    until(|| server.desks.lasting.alive() == 1).await;
    time::timeout(SOON, server.authoriser.shutdown(SOON)).await.unwrap().unwrap();
    let status = time::timeout(SOON, ended).await.unwrap().unwrap().unwrap_err();
    assert_told(&status, Code::Unavailable, "SHUTTING_DOWN");
    assert_eq!(server.desks.lasting.alive(), 0);
    let outcomes = server
        .kept
        .all()
        .iter()
        .map(|record| record.end.map(|end| end.outcome))
        .collect::<Vec<_>>();
    assert_eq!(outcomes, [None, Some(CallOutcome::ShutDown)]);
}

/// Nobody decides it again, but it ends all the same.
#[tokio::test]
async fn a_shutdown_ends_the_stream_of_a_caller_without_credentials() {
    let server = start_with(|authoriser| authoriser.max_decision_age(LONG)).await;
    let (_open, messages) = tokio::sync::mpsc::channel::<Note>(1);
    let messages = tokio_stream::wrappers::ReceiverStream::new(messages);
    let mut echo = server.client().echo(Caller::default().request(messages)).await.unwrap();
    let shutdown = server.authoriser.shutdown(SOON);
    let (shutdown, message) = tokio::join!(shutdown, echo.get_mut().message());
    assert_told(&message.unwrap_err(), Code::Unavailable, "SHUTTING_DOWN");
    drop(echo);
    shutdown.unwrap();
}

#[tokio::test]
async fn while_it_shuts_down_a_stream_ends_at_once_and_a_call_is_answered() {
    let server = start_with(|authoriser| authoriser).await;
    server.authoriser.end_streams();
    let watch = viewer().request(idle());
    let late = async { drain(server.client().watch_desks(watch).await?.into_inner()).await };
    let late = time::timeout(SOON, late).await.unwrap();
    assert_told(&late.unwrap_err(), Code::Unavailable, "SHUTTING_DOWN");
    assert_eq!(server.get(&viewer(), "2").await.unwrap(), "desk of 2");
}

#[tokio::test]
async fn a_shutdown_is_over_in_its_time_and_says_what_was_not_done() {
    let audit = Audit::best_effort(Broken::Hangs, 8);
    let records = audit.clone();
    let server = start_with(|authoriser| authoriser.audit(records)).await;
    server.get(&viewer(), "2").await.unwrap();
    let flood = viewer().request(Note { text: "flood".to_owned() });
    // It is held by a caller that does not read.
    let _stream = server.client().watch_desks(flood).await.unwrap().into_inner();
    until(|| server.desks.lasting.alive() == 1).await;
    let made = || server.desks.lasting.made();
    let mut before = usize::MAX;
    while before != made() {
        before = made();
        time::sleep(Duration::from_millis(30)).await;
    }
    let started = Instant::now();
    let error = server.authoriser.shutdown(Duration::from_millis(200)).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!((error.open_calls, error.audit_flushed), (1, false));
    assert_eq!(
        error.to_string(),
        "the shutdown took too long: 1 streams are open, some audit records wait"
    );
}

#[tokio::test]
async fn a_shutdown_of_what_has_nothing_open_is_over_at_once() {
    let authoriser = Authoriser::new(Spy::new());
    let started = Instant::now();
    authoriser.shutdown(Duration::MAX).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    let audited = Authoriser::builder(Spy::new()).audit(Audit::strict(Kept::default(), 1)).build();
    audited.shutdown(Duration::MAX).await.unwrap();
}
