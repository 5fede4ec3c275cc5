//! Other histories, and logs that do not reach back.

use super::{
    database::{bot, digest},
    log::a_desk,
    *,
};

on_each_database! {
    t_o03_another_history_is_read_anew,
    another_database_is_read_anew,
    a_log_that_was_pruned_means_reading_anew,
    too_many_changes_mean_reading_anew,
    last_use_is_no_change_and_goes_with_its_credential,
}

async fn t_o03_another_history_is_read_anew(database: &Database) {
    a_desk(&database.store).await;
    let kept = change(&database.store, async |change| change.grant(bot(1), role(1, 2)).await)
        .await
        .unwrap();
    let lost = change(&database.store, async |change| change.grant(bot(2), role(1, 2)).await)
        .await
        .unwrap();
    assert!(!database.reloads(&kept).await && !database.reloads(&lost).await);
    // A standby that lacks the last change is promoted, or a copy restored.
    database
        .by_hand(&format!(
            "DELETE FROM meshauth_changes WHERE position > {0};
         UPDATE meshauth_position SET position = {0},
             mark = (SELECT mark FROM meshauth_changes WHERE position = {0} LIMIT 1);
         DELETE FROM meshauth_grants WHERE entity LIKE '%2'",
            kept.number(),
        ))
        .await
        .unwrap();
    assert!(database.reloads(&lost).await, "it has the same number, and is another change");
    assert!(!database.reloads(&kept).await);
    for _ in 0..3 {
        change(&database.store, async |change| change.set_owner(bot(1), group(1)).await)
            .await
            .unwrap();
        assert!(database.reloads(&lost).await, "the numbers have passed it");
    }
}

async fn another_database_is_read_anew(database: &Database) {
    let here = a_desk(&database.store).await;
    database
        .by_hand(
            "UPDATE meshauth_position SET mark = 'another';
             UPDATE meshauth_changes SET mark = 'another'",
        )
        .await
        .unwrap();
    assert!(database.reloads(&here).await);
}

async fn a_log_that_was_pruned_means_reading_anew(database: &Database) {
    let old = a_desk(&database.store).await;
    let kept = change(&database.store, async |change| change.grant(bot(1), role(1, 2)).await)
        .await
        .unwrap();
    let last = change(&database.store, async |change| change.grant(bot(2), role(1, 2)).await)
        .await
        .unwrap();
    assert!(database.store.prune_log(&kept).await.unwrap() > 0);
    assert!(database.reloads(&old).await);
    assert_eq!(database.changes(&kept).await.entities.len(), 1);
    database.store.prune_log(&last).await.unwrap();
    database.by_hand("DELETE FROM meshauth_changes").await.unwrap();
    assert!(database.changes(&last).await.entities.is_empty(), "nothing is after it");
    assert!(database.reloads(&kept).await);
}

async fn too_many_changes_mean_reading_anew(database: &Database) {
    let start = a_desk(&database.store).await;
    change(&database.store, async |change| {
        for number in 0..4096 {
            change.create_group(group(1000 + number), Some(group(1))).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(database.changes(&start).await.groups.len(), 4096);
    change(&database.store, async |change| change.create_group(group(3), None).await)
        .await
        .unwrap();
    assert!(database.reloads(&start).await);
}

async fn last_use_is_no_change_and_goes_with_its_credential(database: &Database) {
    a_desk(&database.store).await;
    let start = change(&database.store, async |change| {
        change
            .add_credential(
                bot(1),
                &crate::change::NewCredential {
                    digest: &digest(7),
                    label: "key",
                    validity: meshauth_runtime::Validity::ALWAYS,
                    created: std::time::UNIX_EPOCH,
                },
            )
            .await
    })
    .await
    .unwrap();
    let key = "SELECT digest FROM meshauth_credentials";
    database
        .by_hand(&format!("INSERT INTO meshauth_last_used VALUES (({key}), 7200000000)"))
        .await
        .unwrap();
    assert!(database.by_hand("UPDATE meshauth_last_used SET hour = 7200000001").await.is_err());
    assert_eq!(database.store.snapshot().await.unwrap().position, start);
    change(&database.store, async |change| change.remove_credential(bot(1), &digest(7)).await)
        .await
        .unwrap();
    assert_eq!(database.number("SELECT count(*) FROM meshauth_last_used").await, 0);
}
