//! What the tables refuse, whoever writes.

use std::time::{Duration, UNIX_EPOCH};

use meshauth_runtime::{Client, ClientName, ClientType, EntityState, Validity, VerificationStatus};

use super::{
    database::{bot, digest},
    log::a_desk,
    *,
};
use crate::{
    change::{Change, NewCredential},
    error::{Refusal, SqlError},
};

async fn refusal(
    database: &Database,
    make: impl AsyncFnOnce(&mut Change) -> Result<(), SqlError>,
) -> Refusal {
    match change(&database.store, make).await {
        Err(SqlError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

pub(super) fn key(of: u8, validity: Validity) -> (meshauth_runtime::KeyDigest, Validity) {
    (digest(of), validity)
}

pub(super) async fn add_key(
    change: &mut Change,
    entity: u128,
    (digest, validity): (meshauth_runtime::KeyDigest, Validity),
) -> Result<(), SqlError> {
    let new = NewCredential { digest: &digest, label: "key", validity, created: UNIX_EPOCH };
    change.add_credential(bot(entity), &new).await
}

pub(super) fn client(ulid: u128, owner: u128) -> Client {
    let status = VerificationStatus::Pending;
    Client::new(ClientName::from_ulid(ulid), group(owner), ClientType::Trust, status)
}

on_each_database! {
    what_is_there_is_not_made_again,
    a_group_owns_one_client,
    what_is_not_there_is_not_changed,
    an_unknown_group_is_refused,
    a_group_in_use_is_not_removed,
    an_entity_with_credentials_or_grants_is_not_removed_by_hand,
    a_credential_ends_after_it_begins,
}

async fn what_is_there_is_not_made_again(database: &Database) {
    a_desk(&database.store).await;
    change(&database.store, async |change| {
        add_key(change, 1, key(1, Validity::ALWAYS)).await?;
        change.grant(bot(1), role(1, 1)).await?;
        change.put_client(&client(1, 1)).await
    })
    .await
    .unwrap();
    let refused = [
        refusal(database, async |change| change.create_group(group(1), None).await).await,
        refusal(database, async |change| {
            change.create_entity(bot(1), group(1), EntityState::Active).await
        })
        .await,
        refusal(database, async |change| change.grant(bot(1), role(1, 1)).await).await,
        refusal(database, async |change| add_key(change, 1, key(1, Validity::ALWAYS)).await).await,
        // Two entities with one credential: it could not be told who calls.
        refusal(database, async |change| add_key(change, 2, key(1, Validity::ALWAYS)).await).await,
    ];
    assert_eq!(refused, [const { Refusal::Duplicate }; 5]);
}

async fn a_group_owns_one_client(database: &Database) {
    a_desk(&database.store).await;
    change(&database.store, async |change| {
        change.put_client(&client(1, 1)).await?;
        change.put_client(&client(2, 2)).await
    })
    .await
    .unwrap();
    let second = refusal(database, async |change| change.put_client(&client(3, 1)).await).await;
    let moved = refusal(database, async |change| change.put_client(&client(2, 1)).await).await;
    assert_eq!([second, moved], [Refusal::SecondClient, Refusal::SecondClient]);
}

async fn what_is_not_there_is_not_changed(database: &Database) {
    a_desk(&database.store).await;
    let status = VerificationStatus::Verified;
    let refused = [
        refusal(database, async |change| change.move_group(group(9), None).await).await,
        refusal(database, async |change| change.remove_group(group(9)).await).await,
        refusal(database, async |change| change.set_state(bot(9), EntityState::Active).await).await,
        refusal(database, async |change| change.set_owner(bot(9), group(1)).await).await,
        refusal(database, async |change| add_key(change, 9, key(1, Validity::ALWAYS)).await).await,
        refusal(database, async |change| change.remove_credential(bot(1), &digest(1)).await).await,
        refusal(database, async |change| change.grant(bot(9), role(1, 1)).await).await,
        refusal(database, async |change| change.take_back(bot(1), role(1, 1)).await).await,
        refusal(database, async |change| {
            change.set_verification(ClientName::from_ulid(9), status).await
        })
        .await,
        refusal(database, async |change| change.remove_client(ClientName::from_ulid(9)).await)
            .await,
    ];
    assert_eq!(refused, [const { Refusal::NotFound }; 10]);
}

async fn an_unknown_group_is_refused(database: &Database) {
    a_desk(&database.store).await;
    let refused = [
        refusal(database, async |change| change.create_group(group(3), Some(group(9))).await).await,
        refusal(database, async |change| change.move_group(group(2), Some(group(9))).await).await,
        refusal(database, async |change| {
            change.create_entity(bot(3), group(9), EntityState::Active).await
        })
        .await,
        refusal(database, async |change| change.set_owner(bot(1), group(9)).await).await,
        refusal(database, async |change| change.grant(bot(1), role(1, 9)).await).await,
        refusal(database, async |change| change.put_client(&client(1, 9)).await).await,
    ];
    assert_eq!(refused, [const { Refusal::UnknownGroup }; 6]);
}

async fn a_group_in_use_is_not_removed(database: &Database) {
    a_desk(&database.store).await;
    change(&database.store, async |change| {
        for number in 3..=6 {
            change.create_group(group(number), Some(group(1))).await?;
        }
        change.create_group(group(7), Some(group(3))).await?;
        change.create_entity(bot(3), group(4), EntityState::Active).await?;
        change.grant(bot(1), role(1, 5)).await?;
        change.put_client(&client(1, 6)).await
    })
    .await
    .unwrap();
    for number in [1, 3, 4, 5, 6] {
        let refused =
            refusal(database, async |change| change.remove_group(group(number)).await).await;
        assert_eq!(refused, Refusal::InUse, "{number}");
    }
    change(&database.store, async |change| change.remove_group(group(7)).await).await.unwrap();
}

async fn an_entity_with_credentials_or_grants_is_not_removed_by_hand(database: &Database) {
    a_desk(&database.store).await;
    change(&database.store, async |change| {
        add_key(change, 1, key(1, Validity::ALWAYS)).await?;
        change.grant(bot(2), role(1, 1)).await
    })
    .await
    .unwrap();
    for number in [1, 2] {
        let sql = format!("DELETE FROM meshauth_entities WHERE name LIKE '%{number}'");
        assert_eq!(database.by_hand(&sql).await, Err(SqlError::Refused(Refusal::Reference)));
    }
}

async fn a_credential_ends_after_it_begins(database: &Database) {
    a_desk(&database.store).await;
    let at = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
    let during = |from, until| key(1, Validity::ALWAYS.from(at(from)).until(at(until)));
    for (from, until) in [(1000, 1000), (2000, 1000), (1001, 1999)] {
        let refused =
            refusal(database, async |change| add_key(change, 1, during(from, until)).await).await;
        assert_eq!(refused, Refusal::NeverValid, "{from} {until}");
    }
    // Never longer than asked, down to the nanosecond.
    change(&database.store, async |change| add_key(change, 1, during(1001, 9999)).await)
        .await
        .unwrap();
    let world = database.store.snapshot().await.unwrap().world;
    let (_, validity) = world.entities()[0].credentials().next().unwrap();
    assert_eq!(validity, Validity::ALWAYS.from(at(2000)).until(at(9000)));
}
