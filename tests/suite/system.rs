//! Work without a request: what it may touch, and what is kept of it.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, routing::get};
use meshauth_runtime::{
    Authorised, Authoriser, Check, Denial, GroupName, MemoryDirectory, Operation, Outcome, Read,
    SystemTask, Write,
    audit::{Audit, AuditEvent},
    axum::GuardedRouter,
};
use meshauth_testing::TestWorld;
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::{POLICY, method};
use tokio::sync::Mutex;
use tower::ServiceExt;

use crate::{
    answers::Caller,
    audited::{Broken, Kept},
    log,
    service::{
        BROKER, CORPORATE, CORPORATE_VIEWER, Fault, INCONSISTENT, INDIVIDUAL, Spy, UNKNOWN, desk,
        group,
    },
};

static NIGHTLY: SystemTask<Read> =
    SystemTask::new("nightly-statements", "customers find their statement in the morning");
static CLEAN_UP: SystemTask<Write> =
    SystemTask::new("clean-up", "orders that have expired are removed");

fn audited(directory: Spy) -> (Authoriser, Kept, Audit) {
    log::capture();
    let kept = Kept::default();
    let audit = Audit::best_effort(kept.clone(), 100);
    let builder = Authoriser::builder(directory).deadline(Duration::from_millis(100));
    (builder.audit(audit.clone()).build(), kept, audit)
}

#[tokio::test]
async fn a_task_has_the_scope_of_its_kind_in_its_group() {
    let (authoriser, ..) = audited(Spy::new());
    let reads = authoriser.system(&NIGHTLY, group(BROKER)).await.unwrap();
    assert!(reads.scope().contains(&desk(BROKER)) && reads.scope().contains(&desk(CORPORATE)));
    let reads = authoriser.system(&NIGHTLY, group(CORPORATE)).await.unwrap();
    assert!(!reads.scope().contains(&desk(BROKER)) && !reads.scope().contains(&desk(INDIVIDUAL)));
    let writes = authoriser.system(&CLEAN_UP, group(BROKER)).await.unwrap();
    assert!(writes.scope().contains(&desk(BROKER)) && !writes.scope().contains(&desk(CORPORATE)));
    let writes = authoriser.system(&CLEAN_UP, group(CORPORATE)).await.unwrap();
    assert_eq!(writes.hierarchy(), [group(BROKER), group(CORPORATE)]);
    assert_eq!((writes.group(), writes.task()), (group(CORPORATE), "clean-up"));
}

/// A directory in memory decides by its packed view, and not by look-ups.
#[tokio::test]
async fn a_directory_in_memory_answers_the_same() {
    let mut world = TestWorld::new();
    let root = world.group();
    let below = world.group_below(root);
    let authoriser = world.authoriser();
    let access = authoriser.system(&NIGHTLY, below).await.unwrap();
    assert_eq!(access.hierarchy(), [root, below]);
    let unknown: GroupName = group(UNKNOWN);
    let refused = authoriser.system(&NIGHTLY, unknown).await;
    assert_eq!(refused.unwrap_err(), Denial::RoleRequired);
    let empty = Authoriser::new(MemoryDirectory::new(Default::default()).unwrap());
    assert_eq!(empty.system(&CLEAN_UP, root).await.unwrap_err(), Denial::RoleRequired);
}

#[tokio::test]
async fn it_is_recorded_like_a_call() {
    let (authoriser, kept, audit) = audited(Spy::new());
    let access = authoriser.system(&CLEAN_UP, group(CORPORATE)).await.unwrap();
    let (id, log_line) = (access.request_id(), format!("request={}", access.request_id()));
    audit.flush().await;
    let [record] = &kept.all()[..] else { panic!("one record") };
    assert_eq!((record.event, record.task), (AuditEvent::System, Some("clean-up")));
    assert_eq!((record.request, record.denial), (id, None));
    assert_eq!(record.operation, Some(Operation::Write));
    assert_eq!(record.scope, Some((Operation::Write, group(CORPORATE))));
    assert_eq!((record.entity, record.method, record.group), (None, None, Some(group(CORPORATE))));
    let outcomes = Check::ALL.iter().map(|check| record.outcome(*check));
    let (pass, skip) = (Outcome::Pass, Outcome::Skip);
    assert!(outcomes.eq([skip, pass, skip, skip, skip, pass]));
    let json: serde_json::Value = serde_json::from_str(&record.to_string()).unwrap();
    assert_eq!((&json["event"], &json["task"]), (&"SYSTEM".into(), &"clean-up".into()));
    let log = log::so_far();
    let line = log.lines().find(|line| line.contains(&log_line)).unwrap();
    for part in ["INFO", "clean-up", &group(CORPORATE).to_string(), "ALLOW"] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn a_group_that_cannot_be_known_gives_no_access() {
    let spy = Spy::new();
    let (authoriser, kept, audit) = audited(spy.clone());
    for (fault, index, denial, named) in [
        (Fault::None, UNKNOWN, Denial::RoleRequired, None),
        (Fault::None, INCONSISTENT, Denial::RoleRequired, Some("HIERARCHY_CORRUPT")),
        (Fault::Unreachable, BROKER, Denial::DirectoryUnavailable, Some("DIRECTORY_UNAVAILABLE")),
        (Fault::Silent, BROKER, Denial::DirectoryUnavailable, Some("DIRECTORY_UNAVAILABLE")),
        (Fault::Panics, BROKER, Denial::Internal, Some("DIRECTORY_PANICKED")),
        (Fault::PanicsLater, BROKER, Denial::Internal, Some("DIRECTORY_PANICKED")),
        (Fault::OtherGroup, CORPORATE, Denial::Internal, Some("DIRECTORY_MISTAKEN")),
    ] {
        spy.fail(fault);
        let refused = authoriser.system(&NIGHTLY, group(index)).await.unwrap_err();
        assert_eq!(refused, denial, "{fault:?}");
        audit.flush().await;
        let record = kept.all().pop().unwrap();
        assert_eq!(record.denial, Some(denial), "{fault:?}");
        assert_eq!(record.fault.map(|fault| fault.name()), named, "{fault:?}");
        assert_eq!((record.scope, record.refused_by), (None, Some(Check::Group)), "{fault:?}");
    }
}

#[tokio::test]
async fn under_strict_audit_a_write_that_cannot_be_recorded_is_not_begun() {
    for broken in Broken::ALL {
        let audit = Audit::strict(broken, 10);
        let builder = Authoriser::builder(Spy::new()).deadline(Duration::from_millis(100));
        let authoriser = builder.audit(audit).build();
        let refused = authoriser.system(&CLEAN_UP, group(BROKER)).await;
        assert_eq!(refused.unwrap_err(), Denial::AuditUnavailable, "{broken:?}");
        assert!(authoriser.system(&NIGHTLY, group(BROKER)).await.is_ok(), "{broken:?}");
    }
}

/// What a handler does is done for its caller; only what goes on after it is the service's own work.
#[tokio::test]
async fn a_handler_gets_no_access_of_the_system_but_a_task_that_goes_on_does() {
    let (authoriser, kept, audit) = audited(Spy::new());
    let (seen, system) = (Arc::new(Mutex::new(Vec::new())), authoriser.clone());
    let handler_seen = Arc::clone(&seen);
    let handler = move |_: Authorised<method::GetDesk>| async move {
        let inside = system.system(&CLEAN_UP, group(BROKER)).await.map(drop);
        tokio::task::yield_now().await;
        let later = system.system(&CLEAN_UP, group(BROKER)).await.map(drop);
        let after =
            tokio::spawn(async move { system.system(&CLEAN_UP, group(BROKER)).await.map(drop) });
        handler_seen.lock().await.extend([inside, later, after.await.unwrap()]);
    };
    let router = GuardedRouter::new(authoriser.clone())
        .allow_missing_methods(&POLICY, "one is enough")
        .route::<method::GetDesk>("/desk", get(handler))
        .into_router()
        .unwrap();
    let mut request = http::Request::get("/desk").body(Body::empty()).unwrap();
    request.headers_mut().extend(Caller::new(CORPORATE_VIEWER, CORPORATE).headers());
    assert_eq!(router.oneshot(request).await.unwrap().status(), 200);
    let denied = Err(Denial::Internal);
    assert_eq!(*seen.lock().await, [denied, denied, Ok(())]);
    // The thread is not marked for ever.
    assert!(authoriser.system(&CLEAN_UP, group(BROKER)).await.is_ok());
    audit.flush().await;
    let faults = kept.of(AuditEvent::System);
    let faults = faults.iter().map(|record| record.fault.map(|fault| fault.name()));
    let asked = Some("SYSTEM_ACCESS_IN_REQUEST");
    assert!(faults.eq([asked, asked, None, None]));
}
