//! The end of a call that lasted leaves a record: how it ended, by which check, after how long, and
//! how many messages there were.

use std::time::Duration;

use meshauth_runtime::{
    Denial, Revocation,
    audit::{AuditEvent, AuditRecord, CallOutcome},
};
use meshauth_tests::api::meshauth::testing::desk::v1::{Desk, Note};

use crate::{
    answers::{Caller, drain},
    audited::{Audited, start_audited},
    lasting::until,
    service::{BROKER_ADMIN, CORPORATE, Fault, INDIVIDUAL, sent},
};

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}

/// The record of the end of the one call that there was.
async fn end(server: &Audited) -> AuditRecord {
    until(|| !server.kept.of(AuditEvent::End).is_empty()).await;
    let records = server.take().await;
    let [call, .., end] = &records[..] else { panic!("{records:?}") };
    assert_eq!((call.event, end.event), (AuditEvent::Call, AuditEvent::End));
    assert_eq!((call.request, call.method), (end.request, end.method));
    assert_eq!((call.entity, call.group), (end.entity, end.group));
    assert_eq!(records.iter().filter(|record| record.event == AuditEvent::End).count(), 1);
    end.clone()
}

fn assert_ended(record: &AuditRecord, outcome: CallOutcome, requests: u64, responses: u64) {
    let end = record.end.expect("it is of an end");
    assert_eq!((end.outcome, end.requests, end.responses), (outcome, requests, responses));
    assert!(end.duration < Duration::from_secs(5));
    let told = matches!(outcome, CallOutcome::Refused | CallOutcome::ShutDown);
    assert_eq!(record.denial.is_some(), told, "{record}");
}

async fn watch(server: &Audited, text: &str) -> Result<Vec<Desk>, tonic::Status> {
    drain(server.client().watch_desks(admin().request(note(text))).await?.into_inner()).await
}

#[tokio::test]
async fn what_a_handler_ends_is_completed_or_failed() {
    let server = start_audited(|authoriser| authoriser).await;
    watch(&server, "all").await.unwrap();
    assert_ended(&end(&server).await, CallOutcome::Completed, 1, 1);

    watch(&server, "panic").await.unwrap_err();
    assert_ended(&end(&server).await, CallOutcome::Failed, 1, 1);

    let three = tokio_stream::iter([CORPORATE; 3].map(sent));
    server.client().put_desks(admin().request(three)).await.unwrap();
    assert_ended(&end(&server).await, CallOutcome::Completed, 3, 1);

    let three = tokio_stream::iter([CORPORATE; 3].map(sent));
    let exchange = server.client().exchange_desks(admin().request(three)).await.unwrap();
    drain(exchange.into_inner()).await.unwrap();
    assert_ended(&end(&server).await, CallOutcome::Completed, 3, 3);
}

#[tokio::test]
async fn what_the_runtime_ends_names_the_check() {
    let server = start_audited(|authoriser| authoriser).await;
    for (fault, check, denial) in [
        (Fault::Revoked, 3, Denial::CredentialsInvalid),
        (Fault::Stripped, 4, Denial::RoleRequired),
    ] {
        let mut client = server.client();
        let idle = admin().request(note("idle"));
        let call =
            tokio::spawn(async move { drain(client.watch_desks(idle).await?.into_inner()).await });
        until(|| server.desks.lasting.alive() == 1).await;
        server.directory.fail(fault);
        server.authoriser.revocations().announce(Revocation::Everything);
        call.await.unwrap().unwrap_err();
        let record = end(&server).await;
        assert_ended(&record, CallOutcome::Refused, 1, 0);
        assert_eq!(record.denial, Some(denial));
        assert_eq!(record.refused_by.map(|check| check.number()), Some(check));
        server.directory.fail(Fault::None);
    }

    // A message outside the scope, in either direction.
    let foreign = tokio_stream::iter([sent(CORPORATE), sent(INDIVIDUAL)]);
    server.client().put_desks(admin().request(foreign)).await.unwrap_err();
    let record = end(&server).await;
    assert_ended(&record, CallOutcome::Refused, 1, 0);
    assert_eq!(record.refused_by.map(|check| check.number()), Some(6));
    watch(&server, "leak").await.unwrap_err();
    let record = end(&server).await;
    assert_ended(&record, CallOutcome::Refused, 1, 1);
    assert_eq!(record.refused_by.map(|check| check.number()), Some(6));
}

#[tokio::test]
async fn a_caller_that_goes_away_is_disconnected_and_a_shutdown_says_so() {
    let server = start_audited(|authoriser| authoriser).await;
    let flood = admin().request(note("flood"));
    let mut stream = server.client().watch_desks(flood).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    drop(stream);
    let record = end(&server).await;
    let left = record.end.unwrap().responses;
    assert!(left > 0);
    assert_ended(&record, CallOutcome::Disconnected, 1, left);

    let idle = admin().request(note("idle"));
    let mut stream = server.client().watch_desks(idle).await.unwrap().into_inner();
    let ended = tokio::spawn(async move { stream.message().await });
    until(|| server.desks.lasting.alive() == 1).await;
    server.authoriser.end_streams();
    ended.await.unwrap().unwrap_err();
    let record = end(&server).await;
    assert_ended(&record, CallOutcome::ShutDown, 1, 0);
    assert_eq!(record.denial, Some(Denial::ShuttingDown));
}

#[tokio::test]
async fn a_call_that_does_not_last_leaves_no_record_of_its_end() {
    let server = start_audited(|authoriser| authoriser).await;
    server.get(&admin(), "2").await.unwrap();
    server.get(&admin(), "panic").await.unwrap_err();
    let records = server.take().await;
    assert!(records.iter().all(|record| record.event == AuditEvent::Call));
}

#[tokio::test]
async fn the_record_of_an_end_is_one_line_that_says_all() {
    let server = start_audited(|authoriser| authoriser).await;
    watch(&server, "all").await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&end(&server).await.to_string()).unwrap();
    assert_eq!(line["event"], "END");
    assert_eq!(line["decision"], "allow");
    assert_eq!(line["outcome"], "COMPLETED");
    assert_eq!((&line["requests"], &line["responses"]), (&1.into(), &1.into()));
    assert!(line["duration_us"].is_u64());
}
