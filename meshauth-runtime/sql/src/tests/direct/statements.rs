//! How many statements a decision takes, and what they read.

use std::{
    sync::{Mutex, Once, PoisonError},
    time::{Duration, Instant},
};

use tokio::time;
use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};

use super::*;
use crate::tests::logged::Fields;

/// What sqlx says of each statement that it has run.
struct Statements;

static RUN: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Fields(&mut text));
        RUN.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The statements that were run since the last time this was asked, other than those that open a
/// connection or follow the log of changes. It waits until there is one, as a statement is logged after
/// it was answered.
async fn take_statements() -> Vec<String> {
    const OTHERS: [&str; 9] = [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "PRAGMA",
        "LISTEN",
        "CASE WHEN pg_is_in_recovery()",
        "mark FROM meshauth_position",
        "FROM meshauth_changes",
        "FROM meshauth_break_glass",
    ];
    let began = Instant::now();
    loop {
        {
            let mut run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
            run.retain(|text| !OTHERS.iter().any(|other| text.contains(other)));
            if !run.is_empty() || began.elapsed() > Duration::from_millis(100) {
                return std::mem::take(&mut *run);
            }
        }
        time::sleep(Duration::from_millis(1)).await;
    }
}

/// One database at a time is counted.
async fn counting() -> tokio::sync::MutexGuard<'static, ()> {
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    static SUBSCRIBED: Once = Once::new();
    let one = ONE.lock().await;
    SUBSCRIBED.call_once(|| tracing::subscriber::set_global_default(Statements).unwrap());
    one
}

on_each_database! {
    every_decision_takes_one_statement,
    t_i02_a_call_of_a_stranger_reads_no_group,
}

async fn every_decision_takes_one_statement(database: &Database) {
    use Denial::{CredentialsInvalid, RoleRequired, VerificationRequired};
    let _one = counting().await;
    with_desks(database).await;
    let directory = Arc::new(database.direct().logged().connect().await.unwrap());
    let authoriser = Authoriser::new(Arc::clone(&directory));
    take_statements().await;
    for (what, policy, key, executing, denial) in [
        ("allowed", &READ, 1, 2, None),
        ("allowed to a verified client", &VERIFIED, 1, 2, None),
        ("no client", &VERIFIED, 5, 9, Some(VerificationRequired)),
        ("an unknown group", &VERIFIED, 1, 77, Some(RoleRequired)),
        ("a foreign group", &VERIFIED, 1, 3, Some(RoleRequired)),
        ("a group above", &VERIFIED, 1, 1, Some(RoleRequired)),
        ("another role", &VERIFIED, 4, 2, Some(RoleRequired)),
        ("an unknown group", &READ, 1, 77, Some(RoleRequired)),
        ("a foreign group", &READ, 1, 3, Some(RoleRequired)),
        ("another role", &READ, 4, 2, Some(RoleRequired)),
        ("an unknown key", &VERIFIED, 200, 2, Some(CredentialsInvalid)),
        ("an inactive entity", &VERIFIED, 2, 2, Some(CredentialsInvalid)),
        ("a key that has ended", &VERIFIED, 3, 2, Some(CredentialsInvalid)),
        ("a PUBLIC method", &PUBLIC, 1, 2, None),
        ("an unknown key on a PUBLIC method", &PUBLIC, 200, 2, Some(CredentialsInvalid)),
    ] {
        assert_eq!(told(&authoriser, policy, key, executing).await, denial, "{what}");
        let statements = take_statements().await;
        assert_eq!(statements.len(), 1, "{what}: {statements:#?}");
    }
    // Nothing is asked before check 1, or without a credential.
    let presented = Presented::new(Header::Missing, Header::Value(group(2)));
    assert!(authoriser.decide(Some(&READ), &presented).await.denial().is_some());
    let key = Header::Value(Credential::from(digest(1)));
    let presented = Presented::new(key, Header::Value(group(2)));
    let unknown = authoriser.decide(None, &presented).await.denial();
    assert_eq!(unknown, Some(Denial::MethodUnknown));
    assert_eq!(take_statements().await, [""; 0]);
    // Nor do single look-ups take more.
    let home = directory.group(group(2)).await.unwrap();
    assert_eq!(take_statements().await.len(), 1);
    assert_eq!(directory.client(&home).await.unwrap().name(), ClientName::from_ulid(1));
    assert_eq!(take_statements().await.len(), 1);
    directory.entity(&Credential::from(digest(1))).await.unwrap();
    assert_eq!(take_statements().await.len(), 1);
}

/// Whoever reads a group or a path now reads something that is no JSON, which is an error.
async fn t_i02_a_call_of_a_stranger_reads_no_group(database: &Database) {
    with_desks(database).await;
    let authoriser = authoriser(database).await;
    assert_eq!(told(&authoriser, &VERIFIED, 1, 2).await, None);
    let broken = |column: &str| {
        if database.is_sqlite() {
            format!("json({column} || '{{')")
        } else {
            format!("({column} || '{{')::json::text")
        }
    };
    let legacy = if database.is_sqlite() { "PRAGMA legacy_alter_table = ON;" } else { "" };
    database
        .by_hand(&format!(
            "{legacy}
             ALTER TABLE meshauth_groups RENAME TO real_groups;
             ALTER TABLE meshauth_group_paths RENAME TO real_paths;
             ALTER TABLE meshauth_clients RENAME TO real_clients;
             CREATE VIEW meshauth_groups AS SELECT name, {} AS owner FROM real_groups;
             CREATE VIEW meshauth_group_paths AS SELECT {} AS above, below, depth FROM real_paths;
             CREATE VIEW meshauth_clients AS SELECT name, owner, {} AS type, verification_status
                 FROM real_clients",
            broken("name"),
            broken("above"),
            broken("type"),
        ))
        .await
        .unwrap();
    for policy in [&READ, &VERIFIED] {
        for (key, executing, denial) in [
            (200, 2, Denial::CredentialsInvalid),
            (200, 77, Denial::CredentialsInvalid),
            (2, 2, Denial::CredentialsInvalid),
            (3, 2, Denial::CredentialsInvalid),
            // To show that it would be seen.
            (1, 2, Denial::DirectoryUnavailable),
            (4, 2, Denial::DirectoryUnavailable),
        ] {
            let told = told(&authoriser, policy, key, executing).await;
            assert_eq!(told, Some(denial), "key {key} in {executing}");
        }
    }
    assert_eq!(told(&authoriser, &PUBLIC, 1, 2).await, None);
}
