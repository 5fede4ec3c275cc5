//! The record of administration, and changes that are all or nothing.

use futures_util::FutureExt as _;
use meshauth_runtime::{Client, ClientName, ClientType, EntityState, Validity, VerificationStatus};

use super::{
    database::{bot, digest},
    log::a_desk,
    *,
};
use crate::{
    change::{Change, NewCredential, Record},
    error::SqlError,
};

/// Every operation once.
const STEPS: usize = 13;

async fn step(change: &mut Change, step: usize) -> Result<(), SqlError> {
    let client = ClientName::from_ulid(1);
    match step {
        0 => change.create_group(group(3), Some(group(2))).await,
        1 => change.create_group(group(4), None).await,
        2 => change.move_group(group(2), Some(group(4))).await,
        3 => change.create_entity(bot(3), group(3), EntityState::Inactive).await,
        4 => change.set_state(bot(1), EntityState::Inactive).await,
        5 => change.set_owner(bot(1), group(4)).await,
        6 => {
            let (digest, created) = (&digest(1), std::time::UNIX_EPOCH);
            let new = NewCredential { digest, label: "key", validity: Validity::ALWAYS, created };
            change.add_credential(bot(3), &new).await
        }
        7 => change.remove_credential(bot(3), &digest(1)).await,
        8 => change.grant(bot(3), role(1, 4)).await,
        9 => change.take_back(bot(3), role(1, 4)).await,
        10 => {
            let status = VerificationStatus::NotStarted;
            change.put_client(&Client::new(client, group(4), ClientType::Company, status)).await
        }
        11 => change.set_verification(client, VerificationStatus::Verified).await,
        _ => change.remove_client(client).await,
    }
}

/// All that a change can touch.
async fn contents(database: &Database) -> (String, [i64; 3]) {
    let snapshot = database.store.snapshot().await.unwrap();
    let counts = [
        database.number("SELECT count(*) FROM meshauth_group_paths").await,
        database.number("SELECT count(*) FROM meshauth_changes").await,
        database.number("SELECT count(*) FROM meshauth_records").await,
    ];
    (format!("{snapshot:?}"), counts)
}

on_each_database! {
    t_o06_half_a_move_is_no_move,
    t_o06_after_a_refusal_nothing_is_committed,
    t_o06_after_a_cancelled_operation_nothing_is_committed,
    a_change_and_its_record_have_one_position,
    a_change_without_an_actor_is_refused,
    what_was_rolled_back_is_not_logged,
}

async fn t_o06_half_a_move_is_no_move(database: &Database) {
    a_desk(&database.store).await;
    let before = contents(database).await;
    for end in 0..=STEPS {
        let mut half = database.store.begin_change().await.unwrap();
        for number in 0..end {
            step(&mut half, number).await.unwrap();
        }
        drop(half);
        assert_eq!(contents(database).await, before, "after {end} operations");
    }
    change(&database.store, async |change| {
        for number in 0..STEPS {
            step(change, number).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_ne!(contents(database).await.0, before.0);
}

async fn t_o06_after_a_refusal_nothing_is_committed(database: &Database) {
    a_desk(&database.store).await;
    let before = contents(database).await;
    let mut half = database.store.begin_change().await.unwrap();
    half.grant(bot(1), role(1, 2)).await.unwrap();
    half.take_back(bot(1), role(9, 2)).await.unwrap_err();
    assert_eq!(half.grant(bot(2), role(1, 2)).await, Err(SqlError::Abandoned));
    assert_eq!(half.commit(&a_record()).await, Err(SqlError::Abandoned));
    assert_eq!(contents(database).await, before);
}

async fn t_o06_after_a_cancelled_operation_nothing_is_committed(database: &Database) {
    a_desk(&database.store).await;
    let before = contents(database).await;
    let mut cancelled = 0;
    for _ in 0..50 {
        let mut half = database.store.begin_change().await.unwrap();
        half.grant(bot(1), role(1, 2)).await.unwrap();
        // Polled once, it has been asked of the database. Seldom the answer is there at once.
        if half.grant(bot(2), role(1, 2)).now_or_never().is_none() {
            assert_eq!(half.commit(&a_record()).await, Err(SqlError::Abandoned));
            cancelled += 1;
        }
    }
    assert!(cancelled > 0);
    assert_eq!(contents(database).await, before);
}

async fn a_change_and_its_record_have_one_position(database: &Database) {
    a_desk(&database.store).await;
    let mut made = database.store.begin_change().await.unwrap();
    made.grant(bot(1), role(1, 2)).await.unwrap();
    let record = Record {
        actor: "users/00000000000000000000000007".into(),
        action: "grants.create".into(),
        before: None,
        after: Some("groups/00000000000000000000000002/roles/1".into()),
        at: std::time::UNIX_EPOCH + std::time::Duration::from_millis(1500),
        request_id: Some("request".into()),
    };
    let position = made.commit(&record).await.unwrap();
    let recorded = "SELECT position FROM meshauth_records ORDER BY id DESC LIMIT 1";
    assert_eq!(database.number(recorded).await, position.number());
    let at = "SELECT at FROM meshauth_records ORDER BY id DESC LIMIT 1";
    assert_eq!(database.number(at).await, 1_500_000);
    let words = "SELECT actor || ' ' || action || ' ' || coalesce(before, '-') || ' ' || after \
                 || ' ' || request_id FROM meshauth_records ORDER BY id DESC LIMIT 1";
    assert_eq!(
        database.texts(words).await,
        ["users/00000000000000000000000007 grants.create - \
        groups/00000000000000000000000002/roles/1 request"]
    );
}

async fn a_change_without_an_actor_is_refused(database: &Database) {
    let start = a_desk(&database.store).await;
    let mut made = database.store.begin_change().await.unwrap();
    made.grant(bot(1), role(1, 2)).await.unwrap();
    let nobody = Record { actor: String::new(), ..a_record() };
    assert!(matches!(made.commit(&nobody).await, Err(SqlError::Refused(_))));
    assert_eq!(database.store.snapshot().await.unwrap().position, start);
}

async fn what_was_rolled_back_is_not_logged(database: &Database) {
    let start = a_desk(&database.store).await;
    let mut half = database.store.begin_change().await.unwrap();
    half.grant(bot(1), role(1, 2)).await.unwrap();
    drop(half);
    let refused = change(&database.store, async |change| {
        change.grant(bot(1), role(1, 2)).await?;
        change.grant(bot(1), role(1, 99)).await
    })
    .await;
    assert!(matches!(refused, Err(SqlError::Refused(_))), "{refused:?}");
    assert_eq!(database.store.snapshot().await.unwrap().position, start);
}
