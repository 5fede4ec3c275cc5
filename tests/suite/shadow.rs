//! Shadow mode: a check that decides, is recorded, and lets through; and what is never let through.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{
    AuthoriserBuilder, Check, Denial, Outcome, Shadow, Shadowable, ShadowedChecks,
    audit::{AuditEvent, AuditRecord},
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::Note,
    worlds::{api_key, group_name},
};
use tonic::Code;

use crate::{
    answers::{Caller, Rpc, assert_told, drain},
    audited::{Audited, start_audited},
    log,
    service::{
        BROKER, BROKER_ADMIN, CLIENTLESS, CORPORATE, CORPORATE_ADMIN, CORPORATE_VIEWER, DETACHED,
        Fault, INACTIVE, INCONSISTENT, INDIVIDUAL, UNKNOWN, UNUSABLE, UNVERIFIED, WITHOUT_ROLE,
    },
};

const ALL: [Shadowable; 3] = [Shadowable::Role, Shadowable::Verification, Shadowable::Scope];

fn shadow(checks: &[Shadowable]) -> impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder {
    let checks = checks.to_vec();
    let until = SystemTime::now() + Duration::from_secs(3600);
    move |authoriser| authoriser.shadow(Shadow::new(checks, until, "the tests ask for it").unwrap())
}

async fn statement(server: &Audited, user: usize, group: usize) -> Result<(), tonic::Status> {
    let request = Caller::new(user, group).request(Note::default());
    server.client().get_statement(request).await.map(drop)
}

/// The record of a call that shadow mode alone let through, with what the log says of it.
async fn assert_shadowed(server: &Audited, event: AuditEvent, by: Shadowable) -> AuditRecord {
    let records = server.take().await;
    let record = records.iter().find(|record| record.event == event).unwrap().clone();
    assert_eq!((record.denial, record.refused_by), (None, None));
    assert_eq!(record.shadowed, [by].into_iter().collect());
    let check = Check::from(by);
    assert_eq!(record.outcome(check), Outcome::Fail);
    let json: serde_json::Value = serde_json::from_str(&record.to_string()).unwrap();
    assert_eq!(json["decision"], "allow");
    assert_eq!(json["shadowed"], check.to_string());
    let id = record.request.to_string();
    let log = log::so_far();
    // A decision is explained in several lines; each event begins with its time.
    let loud = log.split("\n20").any(|event| {
        (event.contains("WARN") || event.contains("ERROR"))
            && event.contains(&id)
            && event.contains("shadow mode")
    });
    assert!(loud, "the log does not say so");
    record
}

#[tokio::test]
async fn the_role_check_lets_through_in_shadow_mode_and_says_so() {
    let server = start_audited(shadow(&[Shadowable::Role])).await;
    for (user, group) in [(WITHOUT_ROLE, CORPORATE), (CORPORATE_ADMIN, INDIVIDUAL)] {
        let caller = Caller::new(user, group);
        for rpc in [Rpc::Unary, Rpc::ServerStream, Rpc::ClientStream, Rpc::BidirectionalStream] {
            // It is let through, and held to the scope of the group that it names.
            if matches!(rpc, Rpc::Unary) {
                server.get(&caller, &group.to_string()).await.unwrap();
            } else if !matches!(rpc, Rpc::ServerStream) || group == CORPORATE {
                server.call(rpc, &caller).await.unwrap();
            } else {
                continue;
            }
            let record = assert_shadowed(&server, AuditEvent::Call, Shadowable::Role).await;
            assert_eq!((record.granted, record.scope.is_some()), (None, true));
        }
    }
    // Whoever passes is no case for it.
    server.get(&Caller::new(CORPORATE_VIEWER, CORPORATE), "2").await.unwrap();
    for record in server.take().await.iter().filter(|record| record.event == AuditEvent::Call) {
        assert_eq!(record.shadowed, ShadowedChecks::NONE);
    }
    // The other checks count.
    let status = statement(&server, UNVERIFIED, INDIVIDUAL).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "VERIFICATION_REQUIRED");
    let status = server.get(&Caller::new(WITHOUT_ROLE, CORPORATE), "leak 3").await.unwrap_err();
    assert_told(&status, Code::Internal, "INTERNAL");
}

#[tokio::test]
async fn the_verification_check_lets_through_in_shadow_mode_and_says_so() {
    let server = start_audited(shadow(&[Shadowable::Verification])).await;
    for (user, group) in [(UNVERIFIED, INDIVIDUAL), (CLIENTLESS, DETACHED)] {
        statement(&server, user, group).await.unwrap();
        assert_shadowed(&server, AuditEvent::Call, Shadowable::Verification).await;
    }
    // The other checks count.
    let status = statement(&server, WITHOUT_ROLE, BROKER).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
}

#[tokio::test]
async fn the_scope_check_lets_through_in_shadow_mode_and_says_so() {
    let server = start_audited(shadow(&[Shadowable::Scope])).await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    server.get(&viewer, "leak 3").await.unwrap();
    assert_shadowed(&server, AuditEvent::ScopeViolation, Shadowable::Scope).await;
    let watch = viewer.request(Note { text: "leak".to_owned() });
    let all = drain(server.client().watch_desks(watch).await.unwrap().into_inner()).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_shadowed(&server, AuditEvent::ScopeViolation, Shadowable::Scope).await;

    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let floor = meshauth_tests::api::meshauth::testing::desk::v1::Floor {
        desk: Some(crate::service::sent(INDIVIDUAL)),
        ..Default::default()
    };
    server.client().put_floor(admin.request(floor)).await.unwrap();
    assert_shadowed(&server, AuditEvent::ForeignResource, Shadowable::Scope).await;
    // What a handler asks of its scope is answered as ever, and the other checks count.
    let status = server.get(&viewer, "3").await.unwrap_err();
    assert_told(&status, Code::NotFound, "RESOURCE_NOT_FOUND");
    let status = server.get(&Caller::new(WITHOUT_ROLE, CORPORATE), "2").await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
}

#[tokio::test]
async fn shadow_mode_never_lets_a_fault_or_a_stranger_through() {
    let server = start_audited(shadow(&ALL)).await;
    let (denied, invalid) = (Code::PermissionDenied, Code::Unauthenticated);
    for (caller, code, reason) in [
        (Caller::default(), invalid, "CREDENTIALS_MISSING"),
        (Caller::new(99, BROKER), invalid, "CREDENTIALS_INVALID"),
        (Caller::new(INACTIVE, BROKER), invalid, "CREDENTIALS_INVALID"),
        (Caller::new(UNUSABLE, BROKER), Code::Internal, "INTERNAL"),
        (Caller::default().key(api_key(WITHOUT_ROLE)), Code::InvalidArgument, "GROUP_MISSING"),
        (
            Caller::default().key(api_key(WITHOUT_ROLE)).group(group_name(BROKER) + " "),
            Code::InvalidArgument,
            "GROUP_MALFORMED",
        ),
        (Caller::new(BROKER_ADMIN, UNKNOWN), denied, "ROLE_REQUIRED"),
        (Caller::new(BROKER_ADMIN, INCONSISTENT), denied, "ROLE_REQUIRED"),
    ] {
        let status = server.call(Rpc::Unary, &caller).await.unwrap_err();
        assert_told(&status, code, reason);
    }
    for (fault, code, denial) in [
        (Fault::Unreachable, Code::Unavailable, Denial::DirectoryUnavailable),
        (Fault::Silent, Code::Unavailable, Denial::DirectoryUnavailable),
        (Fault::GroupsUnreachable, Code::Unavailable, Denial::DirectoryUnavailable),
        (Fault::Slow, Code::Unavailable, Denial::DirectoryUnavailable),
        (Fault::Panics, Code::Internal, Denial::Internal),
        (Fault::PanicsLater, Code::Internal, Denial::Internal),
        (Fault::OtherGroup, Code::Internal, Denial::Internal),
        (Fault::OtherClient, Code::Internal, Denial::Internal),
        (Fault::UnusableClient, denied, Denial::VerificationRequired),
        (Fault::InconsistentGroup, denied, Denial::RoleRequired),
    ] {
        server.directory.fail(fault);
        let status = statement(&server, UNVERIFIED, INDIVIDUAL).await;
        assert_told(&status.expect_err(denial.reason()), code, denial.reason());
        server.directory.fail(Fault::None);
    }
    assert_eq!(server.desks.take_runs(), 0);
    for record in server.take().await {
        assert!(record.denial.is_some());
        assert_eq!(record.shadowed, ShadowedChecks::NONE);
    }
}

#[tokio::test]
async fn shadow_mode_ends_by_itself_for_calls_and_for_open_streams() {
    let until = SystemTime::now() + Duration::from_millis(300);
    let server = start_audited(|authoriser| {
        let shadow = Shadow::new([Shadowable::Role], until, "the tests ask for it").unwrap();
        authoriser.shadow(shadow).max_decision_age(Duration::from_millis(10))
    })
    .await;
    let caller = Caller::new(WITHOUT_ROLE, CORPORATE);
    server.get(&caller, "2").await.unwrap();
    let watch = caller.request(Note { text: "idle".to_owned() });
    let stream = server.client().watch_desks(watch).await.unwrap().into_inner();
    let ended = tokio::time::timeout(Duration::from_secs(5), drain(stream)).await;
    let ended = ended.expect("it ends").unwrap_err();
    assert!(SystemTime::now() >= until);
    assert_told(&ended, Code::PermissionDenied, "ROLE_REQUIRED");
    let status = server.get(&caller, "2").await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
    let records = server.take().await;
    let last = records.iter().rev().find(|record| record.event == AuditEvent::Stream).unwrap();
    assert_eq!((last.denial, last.shadowed), (Some(Denial::RoleRequired), ShadowedChecks::NONE));
}

#[tokio::test]
async fn switching_shadow_mode_on_is_loud() {
    let until = SystemTime::now() + Duration::from_secs(7200);
    let shadow = Shadow::new(ALL, until, "a reason for the log to repeat").unwrap();
    start_audited(|authoriser| authoriser.shadow(shadow)).await;
    let log = log::so_far();
    let line = log.lines().find(|line| line.contains("a reason for the log to repeat")).unwrap();
    assert!(line.contains("WARN") && line.contains("shadow mode is on"), "{line}");
    assert!(line.contains("role, verification, scope"), "{line}");
}
