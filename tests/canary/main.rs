//! A key, through every path of a service, with everything that is logged at `TRACE` by any library,
//! every span, metric, status, panic and record kept: it is nowhere in them (L01, L04).
//!
//! One program: the subscriber, the recorder and the panic hook are those of a process.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a fault in a test fails it"
)]

#[allow(dead_code, reason = "the other program uses the rest of it")]
#[path = "../suite/audited.rs"]
mod audited;
mod calls;
mod forms;
#[allow(dead_code, reason = "the other program uses the rest of it")]
#[path = "../suite/lasting.rs"]
mod lasting;
mod layers;
mod log;
#[allow(dead_code, reason = "the other program uses the rest of it")]
#[path = "../suite/service.rs"]
mod service;

use std::time::{Duration, SystemTime};

use meshauth_runtime::{Shadow, Shadowable, audit::Audit};
use tokio::sync::Mutex;

use crate::{
    audited::{Broken, Kept},
    layers::Order,
    log::Everything,
};

/// What is logged is logged for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn t_l01_t_l04_no_key_is_in_any_log_span_metric_status_panic_or_record() {
    let _alone = ALONE.lock().await;
    let everything = Everything::from_now();
    let kept = Kept::default();
    let audit = Audit::best_effort(kept.clone(), 100_000);
    let server = layers::start(Order::Hidden, |authoriser| authoriser.audit(audit.clone())).await;
    let told = calls::every(&server).await;
    audit.flush().await;
    let records = kept.all();
    assert!(records.len() > 300, "{}", records.len());
    let records = records.iter().map(|record| format!("{record} {record:?}\n"));

    let all = format!("{}{}{told}", everything.so_far(), records.collect::<String>());
    // The net holds what it is meant to catch.
    for source in ["h2::", "hyper", "tonic", "tower_http", "meshauth", "as it was asked to"] {
        assert!(all.contains(source), "nothing of {source}");
    }
    assert!(all.contains("through the facade of the crate log"));
    assert!(all.contains("meshauth_decisions_total") && all.contains("METHOD_UNKNOWN"));
    assert!(all.contains(r#""x-api-key": Sensitive"#), "the layer showed no headers");
    forms::assert_in_none(&all);
}

#[tokio::test]
async fn t_l01_no_key_is_in_what_shadow_mode_and_a_broken_audit_say() {
    let _alone = ALONE.lock().await;
    for broken in Broken::ALL {
        let everything = Everything::from_now();
        let server = layers::start(Order::Hidden, |authoriser| {
            let until = SystemTime::now() + Duration::from_secs(3600);
            let checks = [Shadowable::Role, Shadowable::Verification, Shadowable::Scope];
            let shadow = Shadow::new(checks, until, "the tests ask for it").unwrap();
            authoriser.shadow(shadow).audit(Audit::strict(broken, 100))
        })
        .await;
        let told = calls::every_kind(&server).await;
        let all = everything.so_far() + &told;
        assert!(all.contains("shadow mode") && all.contains("audit record"));
        forms::assert_in_none(&all);
    }
}

/// What users have to know: headers are made sensitive outside of the layer that shows them.
#[tokio::test]
async fn t_l01_a_trace_layer_shows_the_key_unless_it_is_made_sensitive_before() {
    let _alone = ALONE.lock().await;
    for (order, shown) in [(Order::Hidden, false), (Order::Shown, true), (Order::NoHeaders, false)]
    {
        let everything = Everything::from_now();
        let server = layers::start(order, |authoriser| authoriser).await;
        calls::every_kind(&server).await;
        assert_eq!(forms::is_in(&everything.so_far()), shown, "{order:?}");
    }
}
