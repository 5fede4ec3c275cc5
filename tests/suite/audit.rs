//! What is kept of every decision, field by field.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{
    Check, Denial, MethodPolicy, Operation, RequestId,
    audit::{AuditEvent, AuditRecord},
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_guard::POLICY},
    worlds::{api_key, group_name},
};
use serde_json::{Value, json};
use tonic::{codegen::http::uri::PathAndQuery, transport::Server};

use crate::{
    answers::{Caller, Rpc},
    audited::{Audited, start_audited},
    log,
    service::{
        BROKER, BROKER_ADMIN, CLIENTLESS, CORPORATE, CORPORATE_ADMIN, CORPORATE_VIEWER, DETACHED,
        Fault, INACTIVE, INCONSISTENT, INDIVIDUAL, UNKNOWN, UNUSABLE, UNVERIFIED, WITHOUT_ROLE,
        group,
    },
};

fn path(method: &str) -> String {
    format!("/meshauth.testing.desk.v1.DeskService/{method}")
}

fn user(index: usize) -> String {
    format!("api_users/000000000000000000000000{index}")
}

/// How the six checks ended, from a letter each.
fn checks(letters: &str) -> Value {
    let outcome = |letter| match letter {
        'p' => "pass",
        'F' => "FAIL",
        _ => "skip",
    };
    let outcomes = letters.chars().map(outcome).map(str::to_lowercase);
    Check::ALL.iter().map(|check| check.to_string()).zip(outcomes).collect()
}

fn read(record: &AuditRecord) -> Value {
    let text = record.to_string();
    assert!(!text.chars().any(char::is_control), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The one record since the last time, without what differs from call to call.
async fn only(server: &Audited) -> Value {
    let records = server.take().await;
    let [record] = records.as_slice() else { panic!("{records:?}") };
    whole(record)
}

/// The record as JSON, without what differs from call to call.
fn whole(record: &AuditRecord) -> Value {
    let mut json = read(record);
    let fields = json.as_object_mut().unwrap();
    let (time, latency) = (fields.remove("time").unwrap(), fields.remove("latency_us").unwrap());
    let since_1970 = record.time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert!((time.as_f64().unwrap() - since_1970.as_secs_f64()).abs() < 0.001);
    assert!(record.time.elapsed().unwrap() < Duration::from_secs(60));
    assert_eq!(u128::from(latency.as_u64().unwrap()), record.latency.as_micros());
    assert_eq!(fields.remove("request").unwrap(), record.request.to_string());
    if record.method.is_some() {
        assert_eq!(fields.remove("policy_digest").unwrap(), POLICY.digest());
    }
    json
}

#[tokio::test]
async fn t_l02_an_allowed_read_is_recorded_by_ids_alone_with_the_grant_that_allowed_it() {
    let server = start_audited(|authoriser| authoriser).await;
    server.get(&Caller::new(BROKER_ADMIN, CORPORATE), "2").await.unwrap();
    let expected = json!({
        "event": "CALL", "decision": "allow", "method": path("GetDesk"), "entity": user(11),
        "group": group_name(CORPORATE), "role": "ROLE_TRADING_ADMIN",
        "granted": format!("{}/roles/5000000", group_name(BROKER)),
        "scope": format!("Read {}", group_name(CORPORATE)), "checks": checks("pppp-p"),
    });
    assert_eq!(only(&server).await, expected);
}

#[tokio::test]
async fn t_l02_an_allowed_write_with_verification_is_recorded_with_the_id_of_the_client() {
    let server = start_audited(|authoriser| authoriser).await;
    let caller = Caller::new(BROKER_ADMIN, INDIVIDUAL);
    server.client().put_statement(caller.request(Note::default())).await.unwrap();
    let expected = json!({
        "event": "CALL", "decision": "allow", "method": path("PutStatement"), "entity": user(11),
        "group": group_name(INDIVIDUAL), "role": "ROLE_WALLET_ADMIN",
        "granted": format!("{}/roles/1000000", group_name(BROKER)),
        "client": "clients/00000000000000000000000001",
        "scope": format!("Write {}", group_name(INDIVIDUAL)), "checks": checks("pppppp"),
    });
    assert_eq!(only(&server).await, expected);
}

#[tokio::test]
async fn t_l06_a_public_call_is_recorded_with_its_caller_or_none() {
    let server = start_audited(|authoriser| authoriser).await;
    let mut expected = json!({
        "event": "CALL", "decision": "allow", "method": path("Match"), "checks": checks("p-----"),
    });
    // A group that nobody asked for is not recorded either.
    for caller in [Caller::default(), Caller::default().group(group_name(BROKER))] {
        server.client().r#match(caller.request(())).await.unwrap();
        assert_eq!(only(&server).await, expected);
    }
    let caller = Caller::new(WITHOUT_ROLE, BROKER);
    server.client().r#match(caller.request(())).await.unwrap();
    expected["entity"] = user(15).into();
    expected["checks"] = checks("p-p---");
    assert_eq!(only(&server).await, expected);
    let caller = Caller::default().key("?");
    server.client().r#match(caller.request(())).await.unwrap_err();
    let expected = json!({
        "event": "CALL", "decision": "deny", "reason": "CREDENTIALS_INVALID",
        "refused_by": "entity", "method": path("Match"), "checks": checks("p-F---"),
    });
    assert_eq!(only(&server).await, expected);
}

/// A denial of `GetDesk`: who calls, and what is kept of it.
type Row<'a> = (Caller, Fault, &'a str, &'a str, Option<usize>, Option<usize>, &'a str);

/// The caller, what the directory does, the reason, the check that refused, whom and which group the
/// record names, and how the checks ended.
fn denials() -> Vec<Row<'static>> {
    let none = Caller::default;
    let key = |index| Caller::default().key(api_key(index));
    let admin = || Caller::new(BROKER_ADMIN, CORPORATE);
    let (who, which) = (Some(BROKER_ADMIN), Some(CORPORATE));
    let missing = "CREDENTIALS_MISSING";
    let (invalid, role, down) = ("CREDENTIALS_INVALID", "ROLE_REQUIRED", "DIRECTORY_UNAVAILABLE");
    let ok = Fault::None;
    vec![
        (none(), ok, missing, "entity", None, None, "pFF---"),
        (none().group("?"), ok, missing, "entity", None, None, "pFF---"),
        (none().group(group_name(BROKER)), ok, missing, "entity", None, Some(BROKER), "p-F---"),
        (none().key("?"), ok, invalid, "entity", None, None, "pFF---"),
        (key(BROKER_ADMIN).key(api_key(BROKER_ADMIN)), ok, invalid, "entity", None, None, "pFF---"),
        (Caller::new(99, BROKER), ok, invalid, "entity", None, Some(BROKER), "p-F---"),
        (
            Caller::new(INACTIVE, BROKER),
            ok,
            invalid,
            "entity",
            Some(INACTIVE),
            Some(BROKER),
            "p-F---",
        ),
        (key(BROKER_ADMIN), ok, "GROUP_MISSING", "group", who, None, "pFp---"),
        (key(BROKER_ADMIN).group("?"), ok, "GROUP_MALFORMED", "group", who, None, "pFp---"),
        (Caller::new(BROKER_ADMIN, UNKNOWN), ok, role, "group", who, Some(UNKNOWN), "pFp---"),
        (
            Caller::new(BROKER_ADMIN, INCONSISTENT),
            ok,
            role,
            "group",
            who,
            Some(INCONSISTENT),
            "pFp---",
        ),
        (
            Caller::new(CORPORATE_ADMIN, INDIVIDUAL),
            ok,
            role,
            "role",
            Some(CORPORATE_ADMIN),
            Some(INDIVIDUAL),
            "pppF--",
        ),
        (Caller::new(UNUSABLE, BROKER), ok, "INTERNAL", "entity", None, Some(BROKER), "p-F---"),
        (admin(), Fault::Unreachable, down, "entity", None, which, "p-F---"),
        (admin(), Fault::Silent, down, "entity", None, which, "p-F---"),
        (admin(), Fault::GroupsUnreachable, down, "group", who, which, "pFp---"),
        (admin(), Fault::Panics, "INTERNAL", "entity", None, which, "p-F---"),
        (admin(), Fault::PanicsLater, "INTERNAL", "entity", None, which, "p-F---"),
        (admin(), Fault::OtherGroup, "INTERNAL", "group", who, which, "pFp---"),
    ]
}

/// What operators have to mend, whatever the caller is told.
fn to_be_mended(fault: Fault, reason: &str, group: Option<usize>) -> Option<&'static str> {
    match (fault, reason, group) {
        (Fault::None, "INTERNAL", _) => Some("RECORD_UNUSABLE"),
        (Fault::None, _, Some(INCONSISTENT)) => Some("HIERARCHY_CORRUPT"),
        (Fault::None, ..) => None,
        (Fault::Panics | Fault::PanicsLater, ..) => Some("DIRECTORY_PANICKED"),
        (Fault::OtherGroup, ..) => Some("DIRECTORY_MISTAKEN"),
        _ => Some("DIRECTORY_UNAVAILABLE"),
    }
}

#[tokio::test]
async fn t_l06_every_denial_is_recorded_with_what_is_known_of_it() {
    let server = start_audited(|authoriser| authoriser).await;
    for (caller, fault, reason, refused_by, entity, group, outcomes) in denials() {
        server.directory.fail(fault);
        server.call(Rpc::Unary, &caller).await.unwrap_err();
        let mut expected = json!({
            "event": "CALL", "decision": "deny", "reason": reason, "refused_by": refused_by,
            "method": path("GetDesk"), "checks": checks(outcomes),
        });
        if let Some(fault) = to_be_mended(fault, reason, group) {
            expected["fault"] = fault.into();
        }
        if let Some(entity) = entity {
            expected["entity"] = user(entity).into();
        }
        if let Some(group) = group {
            expected["group"] = group_name(group).into();
        }
        assert_eq!(only(&server).await, expected);
    }
}

#[tokio::test]
async fn a_denial_by_verification_is_recorded_with_the_client_if_there_is_one() {
    let server = start_audited(|authoriser| authoriser).await;
    for (index, group, client) in [
        (UNVERIFIED, INDIVIDUAL, Some("clients/00000000000000000000000002")),
        (CLIENTLESS, DETACHED, None),
    ] {
        let request = Caller::new(index, group).request(Note::default());
        server.client().get_statement(request).await.unwrap_err();
        let mut expected = json!({
            "event": "CALL", "decision": "deny", "reason": "VERIFICATION_REQUIRED",
            "refused_by": "verification", "method": path("GetStatement"), "entity": user(index),
            "group": group_name(group), "role": "ROLE_WALLET_ADMIN",
            "granted": format!("{}/roles/1000000", group_name(group)), "checks": checks("ppppF-"),
        });
        if let Some(client) = client {
            expected["client"] = client.into();
        }
        assert_eq!(only(&server).await, expected);
    }
}

#[tokio::test]
async fn messages_outside_the_scope_are_recorded_with_the_id_of_their_call() {
    let server = start_audited(|authoriser| authoriser).await;
    for (event, method, operation, index) in [
        (AuditEvent::ForeignResource, "PutDesk", "Write", BROKER_ADMIN),
        (AuditEvent::ScopeViolation, "GetDesk", "Read", CORPORATE_VIEWER),
    ] {
        let caller = Caller::new(index, CORPORATE);
        let reason = if event == AuditEvent::ForeignResource {
            server.put(&caller, "new", &group_name(INDIVIDUAL)).await.unwrap_err();
            "RESOURCE_NOT_OWNED"
        } else {
            server.get(&caller, "leak 3").await.unwrap_err();
            "INTERNAL"
        };
        let records = server.take().await;
        let [call, message] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((call.event, call.denial), (AuditEvent::Call, None));
        assert_eq!(call.request, message.request);
        let expected = json!({
            "event": event.name(), "decision": "deny", "reason": reason, "refused_by": "scope",
            "method": path(method), "entity": user(index), "group": group_name(CORPORATE),
            "scope": format!("{operation} {}", group_name(CORPORATE)), "checks": checks("-----F"),
        });
        assert_eq!(whole(message), expected);
    }
}

/// Calls this path, whatever there is.
async fn call_path(server: &Audited, caller: &Caller, path: &str) -> tonic::Status {
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<Note, Note>::default();
    let path: PathAndQuery = path.parse().unwrap();
    grpc.unary(caller.request(Note::default()), path, codec).await.unwrap_err()
}

#[tokio::test]
async fn t_l03_a_path_that_a_stranger_chose_is_in_no_record_and_no_log() {
    let server = start_audited(|authoriser| authoriser).await;
    for (number, end) in
        ["%1B[31m", "%0A%0Dfake", "x\u{200b}", "'\"<>`\\", "?a=b", "%00"].into_iter().enumerate()
    {
        let stranger = format!("Hostile{number}Path");
        let caller = Caller::new(BROKER_ADMIN, CORPORATE);
        for path in [format!("/{stranger}{end}"), path(&format!("{stranger}{end}"))] {
            if path.parse::<PathAndQuery>().is_err() {
                continue;
            }
            let status = call_path(&server, &caller, &path).await;
            assert_eq!(status.code(), tonic::Code::Unimplemented);
            let records = server.take().await;
            let expected = json!({
                "event": "CALL", "decision": "deny", "reason": "METHOD_UNKNOWN",
                "refused_by": "method", "group": group_name(CORPORATE), "checks": checks("F-----"),
            });
            assert_eq!(records.iter().map(whole).collect::<Vec<_>>(), [expected]);
            assert_eq!(records[0].policy_digest, None);
            assert!(!log::so_far().contains(&stranger));
        }
    }
}

#[tokio::test]
async fn t_l03_headers_that_a_stranger_chose_are_in_no_record_and_no_log() {
    let server = start_audited(|authoriser| authoriser).await;
    // Other control characters cannot be in a header: HTTP itself refuses them.
    for (number, byte) in [b'\t', 0x80, 0x9b, 0xff, b'"', b'\\', b'{'].into_iter().enumerate() {
        let mut hostile = format!("Hostile{number}Header").into_bytes();
        hostile.insert(0, byte);
        let in_key = Caller::default().key(hostile.clone()).group(hostile.clone());
        let in_group = Caller::default().key(api_key(BROKER_ADMIN)).group(hostile);
        for caller in [in_key, in_group] {
            server.call(Rpc::Unary, &caller).await.unwrap_err();
            let records = server.take().await;
            assert_eq!(records.len(), 1);
            assert!(!read(&records[0]).to_string().contains("Hostile"));
            assert!(!log::so_far().contains(&format!("Hostile{number}Header")));
        }
    }
    let log = log::so_far();
    assert!(!log.contains('\u{1b}') && !log.contains('\r'));
}

#[tokio::test]
async fn records_of_one_call_have_one_id_and_of_two_calls_two() {
    let server = start_audited(|authoriser| authoriser).await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    for _ in 0..3 {
        server.get(&corporate, "2").await.unwrap();
        server.get(&corporate, "leak 3").await.unwrap_err();
    }
    let records = server.take().await;
    let ids: Vec<_> = records.iter().map(|record| record.request).collect();
    assert_eq!(ids.len(), 9);
    for calls in ids.chunks(3) {
        assert_eq!(calls[1], calls[2], "a call and its message");
        assert_ne!(calls[0], calls[1]);
    }
    let different: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(different.len(), 6);
}

#[tokio::test]
async fn the_id_that_a_layer_chose_is_the_one_of_the_records() {
    use crate::{audited::Kept, service::start_as};
    use meshauth_runtime::{audit::Audit, tonic::GuardedRoutes};
    use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::Guard;

    const CHOSEN: RequestId = RequestId::from_u128(0x2A);
    let kept = Kept::default();
    let audit = Audit::best_effort(kept.clone(), 100);
    let server = start_as(
        |authoriser| authoriser.audit(audit.clone()),
        |authoriser, desks| {
            let guarded = GuardedRoutes::new(authoriser).add(Guard::new(desks));
            let routes = guarded.into_axum_router().unwrap();
            let layered = routes.layer(axum::Extension(CHOSEN));
            Server::builder().add_routes(layered.into())
        },
    )
    .await;
    server.get(&Caller::new(BROKER_ADMIN, CORPORATE), "leak 3").await.unwrap_err();
    server.get(&Caller::default(), "2").await.unwrap_err();
    audit.flush().await;
    let ids: Vec<_> = kept.all().iter().map(|record| record.request).collect();
    assert_eq!(ids, [CHOSEN; 3]);
    assert!(log::so_far().contains(&CHOSEN.to_string()));
}

#[tokio::test]
async fn a_record_is_one_line_of_json_whatever_it_holds() {
    const HOSTILE: &str = "/p.S/\"\\\n\r\t\u{0}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{2029}\u{e9}";
    let server = start_audited(|authoriser| authoriser).await;
    server.get(&Caller::new(BROKER_ADMIN, CORPORATE), "2").await.unwrap();
    let mut record = server.take().await.remove(0);
    record.method = Some(HOSTILE);
    record.policy_digest = Some(HOSTILE);
    for time in [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH - Duration::from_secs(9)] {
        record.time = time;
        record.latency = Duration::MAX;
        let text = record.to_string();
        assert!(!text.chars().any(|char| char.is_control() || "\u{2028}\u{2029}".contains(char)));
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["time"], 0.0);
        for field in ["method", "policy_digest"] {
            assert_eq!(json[field], HOSTILE);
        }
    }
}

#[tokio::test]
async fn a_record_says_what_its_fields_say() {
    let server = start_audited(|authoriser| authoriser).await;
    server.get(&Caller::new(BROKER_ADMIN, CORPORATE), "2").await.unwrap();
    server.get(&Caller::new(CORPORATE_ADMIN, INDIVIDUAL), "2").await.unwrap_err();
    let records = server.take().await;
    let (allowed, denied) = (&records[0], &records[1]);
    let method = POLICY.methods().find(|method| method.path().ends_with("/GetDesk"));
    assert_eq!(allowed.method, method.map(MethodPolicy::path));
    assert_eq!(allowed.operation, Some(Operation::Read));
    assert_eq!(allowed.group, Some(group(CORPORATE)));
    assert_eq!(allowed.granted.unwrap().group(), group(BROKER));
    assert_eq!(allowed.scope, Some((Operation::Read, group(CORPORATE))));
    assert_eq!((allowed.denial, allowed.refused_by), (None, None));
    assert_eq!((denied.denial, denied.refused_by), (Some(Denial::RoleRequired), Some(Check::Role)));
    assert_eq!((denied.granted, denied.scope, denied.client), (None, None, None));
}
