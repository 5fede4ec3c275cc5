//! What is counted, and that a stranger cannot make a new label.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use meshauth_runtime::{
    Denial, Shadow, Shadowable,
    audit::{Audit, AuditEvent},
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_guard::POLICY},
    worlds::{api_key, group_name},
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tonic::codegen::http::uri::PathAndQuery;

use crate::{
    answers::{Caller, Rpc},
    audited::Broken,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Fault, INDIVIDUAL, Running,
        WITHOUT_ROLE, start, start_with,
    },
};

/// What was counted since the last time, by name and labels.
struct Counted(Snapshotter);

type Labels = BTreeMap<String, String>;

/// Counts what happens on this thread, which has the whole test on it.
fn count() -> (Counted, impl Sized) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // It has to live as long as the thread uses it.
    let recorder: &'static DebuggingRecorder = Box::leak(Box::new(recorder));
    (Counted(snapshotter), metrics::set_default_local_recorder(recorder))
}

impl Counted {
    fn all(&self) -> Vec<(String, Labels, DebugValue)> {
        let snapshot = self.0.snapshot().into_vec().into_iter();
        let read = |(key, _, _, value): (metrics_util::CompositeKey, _, _, _)| {
            let (_, key) = key.into_parts();
            let labels = key.labels();
            let labels = labels.map(|label| (label.key().to_owned(), label.value().to_owned()));
            (key.name().to_owned(), labels.collect(), value)
        };
        snapshot.map(read).collect()
    }

    /// The decisions: method, event, outcome, and how many.
    fn decisions(&self) -> BTreeMap<(String, String, String), u64> {
        let mut decisions = BTreeMap::new();
        for (name, labels, value) in self.all() {
            if let ("meshauth_decisions_total", DebugValue::Counter(count)) = (&*name, value) {
                let label = |name: &str| labels[name].clone();
                let key = (label("method"), label("event"), label("outcome"));
                if count > 0 {
                    decisions.insert(key, count);
                }
            }
        }
        decisions
    }
}

fn decision(method: &str, event: &str, outcome: &str) -> (String, String, String) {
    let method = if method == "none" {
        method.to_owned()
    } else {
        format!("/meshauth.testing.desk.v1.DeskService/{method}")
    };
    (method, event.to_owned(), outcome.to_owned())
}

#[tokio::test]
async fn every_decision_is_counted_by_method_event_and_outcome() {
    let (counted, _here) = count();
    let server = start().await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    for _ in 0..3 {
        server.get(&viewer, "2").await.unwrap();
    }
    server.get(&viewer, "leak 3").await.unwrap_err();
    server.get(&Caller::default(), "2").await.unwrap_err();
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    server.put(&admin, "new", &group_name(INDIVIDUAL)).await.unwrap_err();
    assert_eq!(
        counted.decisions(),
        BTreeMap::from([
            (decision("GetDesk", "CALL", "ALLOW"), 4),
            (decision("GetDesk", "CALL", "CREDENTIALS_MISSING"), 1),
            (decision("GetDesk", "SCOPE_VIOLATION", "INTERNAL"), 1),
            (decision("PutDesk", "CALL", "ALLOW"), 1),
            (decision("PutDesk", "FOREIGN_RESOURCE", "RESOURCE_NOT_OWNED"), 1),
        ])
    );
    server.get(&viewer, "2").await.unwrap();
    // What was read is not told again: there is one call more, and its time.
    let times: Vec<_> = counted.all().into_iter().filter_map(timed).collect();
    assert_eq!(times, [(decision("GetDesk", "", "").0, 1)]);
}

/// The method and the number of times in a histogram that has any.
fn timed((name, labels, value): (String, Labels, DebugValue)) -> Option<(String, usize)> {
    let DebugValue::Histogram(times) = value else { return None };
    assert_eq!(name, "meshauth_decision_seconds");
    assert!(times.iter().all(|time| (0.0..1.0).contains(&time.into_inner())));
    Some((labels["method"].clone(), times.len())).filter(|(_, count)| *count > 0)
}

#[tokio::test]
async fn what_shadow_mode_lets_through_is_counted_as_such() {
    let (counted, _here) = count();
    let until = SystemTime::now() + Duration::from_secs(3600);
    let checks = [Shadowable::Role, Shadowable::Verification, Shadowable::Scope];
    let shadow = Shadow::new(checks, until, "the tests ask for it").unwrap();
    let server = start_with(|authoriser| authoriser.shadow(shadow)).await;
    server.get(&Caller::new(WITHOUT_ROLE, CORPORATE), "2").await.unwrap();
    server.get(&Caller::new(CORPORATE_VIEWER, CORPORATE), "leak 3").await.unwrap();
    assert_eq!(
        counted.decisions(),
        BTreeMap::from([
            (decision("GetDesk", "CALL", "SHADOW"), 1),
            (decision("GetDesk", "CALL", "ALLOW"), 1),
            (decision("GetDesk", "SCOPE_VIOLATION", "SHADOW"), 1),
        ])
    );
}

#[tokio::test]
async fn a_write_that_a_strict_audit_refuses_is_counted_as_what_the_caller_is_told() {
    let (counted, _here) = count();
    let audit = Audit::strict(Broken::Fails, 10);
    let server = start_with(|authoriser| authoriser.audit(audit.clone())).await;
    server.put(&Caller::new(BROKER_ADMIN, CORPORATE), "2", "").await.unwrap_err();
    // The record, and the one that withdraws it.
    audit.flush().await;
    let all = counted.all();
    let lost = all.iter().find(|(name, ..)| name == "meshauth_audit_records_lost_total").unwrap();
    assert_eq!(lost.1, Labels::from([("caller".to_owned(), "known".to_owned())]));
    assert_eq!(lost.2, DebugValue::Counter(2));
    server.put(&Caller::new(BROKER_ADMIN, CORPORATE), "2", "").await.unwrap_err();
    let refused = decision("PutDesk", "CALL", "AUDIT_UNAVAILABLE");
    assert_eq!(counted.decisions().keys().collect::<Vec<_>>(), [&refused]);
}

/// Calls this path, whatever there is.
async fn call_path(server: &Running, caller: &Caller, path: PathAndQuery) {
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<Note, Note>::default();
    let _ = grpc.unary(caller.request(Note::default()), path, codec).await;
}

#[tokio::test]
async fn t_i01_a_stranger_makes_no_label() {
    let (counted, _here) = count();
    let server = start().await;
    for number in 0..1000 {
        let caller = match number % 4 {
            0 => Caller::default(),
            1 => Caller::new(10_000 + number, number),
            2 => Caller::default().key(format!("hostile{number}")).group(format!("h{number}")),
            _ => Caller::default().key(api_key(BROKER_ADMIN)).group(group_name(10_000 + number)),
        };
        let path = match number % 3 {
            0 => format!("/hostile.v1.Service{number}/Method"),
            1 => format!("/meshauth.testing.desk.v1.DeskService/Hostile{number}"),
            _ => format!("/meshauth.testing.desk.v1.DeskService/GetDesk?hostile={number}"),
        };
        call_path(&server, &caller, path.parse().unwrap()).await;
    }
    server.directory.fail(Fault::Unreachable);
    let _ = server.call(Rpc::Unary, &Caller::new(BROKER_ADMIN, BROKER)).await;

    let methods: BTreeSet<_> = POLICY.methods().map(|method| method.path()).collect();
    let reasons: BTreeSet<_> = Denial::ALL.iter().map(|denial| denial.reason()).collect();
    let events = [
        AuditEvent::Call,
        AuditEvent::Stream,
        AuditEvent::ForeignResource,
        AuditEvent::ScopeViolation,
    ];
    let mut total = 0;
    for (name, labels, value) in counted.all() {
        assert!(["meshauth_decisions_total", "meshauth_decision_seconds"].contains(&&*name));
        for (label, value) in &labels {
            assert!(
                match label.as_str() {
                    "method" => value == "none" || methods.contains(value.as_str()),
                    "event" => events.iter().any(|event| event.name() == value),
                    "outcome" => value == "ALLOW" || reasons.contains(value.as_str()),
                    _ => false,
                },
                "{label}={value}"
            );
        }
        if let DebugValue::Counter(count) = value {
            total += count;
        }
    }
    assert_eq!(total, 1001);
}
