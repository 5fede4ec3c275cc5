//! Positions, snapshots and the log of changes.

use std::time::{Duration, UNIX_EPOCH};

use meshauth_runtime::{
    Client, ClientName, ClientType, Collections, EntityName, EntityState, MemoryDirectory,
    Validity, VerificationStatus,
};

use super::{
    database::{bot, digest},
    *,
};
use crate::{change::NewCredential, store::Store};

/// A root (1) with a desk (2), and two bots of the desk.
pub(super) async fn a_desk(store: &Store) -> crate::store::Position {
    change(store, async |change| {
        change.create_group(group(1), None).await?;
        change.create_group(group(2), Some(group(1))).await?;
        change.create_entity(bot(1), group(2), EntityState::Active).await?;
        change.create_entity(bot(2), group(2), EntityState::Active).await
    })
    .await
    .unwrap()
}

on_each_database! {
    t_o01_positions_are_in_the_order_of_commits,
    a_snapshot_is_of_one_moment,
    a_snapshot_is_what_was_written,
    names_are_read_in_the_collections_of_the_service,
    a_change_has_the_present_records_of_what_it_names,
    an_edit_by_hand_is_logged_too,
}

async fn t_o01_positions_are_in_the_order_of_commits(database: &Database) {
    let start = a_desk(&database.store).await;
    let mut slow = database.store.begin_change().await.unwrap();
    slow.grant(bot(1), role(1, 2)).await.unwrap();
    let other = database.open_again().await;
    let fast = tokio::spawn(async move {
        change(&other, async |change| change.grant(bot(2), role(1, 2)).await).await.unwrap()
    });
    if database.is_sqlite() {
        // The second writer waits for the first one.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!fast.is_finished());
        let first = slow.commit(&a_record()).await.unwrap();
        let second = fast.await.unwrap();
        assert!(start.number() < first.number() && first.number() < second.number());
        return;
    }
    // The second writer commits first, and a view follows that far.
    let patience = Duration::from_secs(10);
    let seen = tokio::time::timeout(patience, fast).await.expect("it waits for nobody").unwrap();
    let names = |changes: crate::store::Changes| {
        changes.entities.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let first = database.changes(&start).await;
    assert_eq!(first.position, seen);
    assert_eq!(names(first), [bot(2)]);
    let last = slow.commit(&a_record()).await.unwrap();
    assert!(seen.number() < last.number());
    assert_eq!(names(database.changes(&seen).await), [bot(1)]);
}

async fn a_snapshot_is_of_one_moment(database: &Database) {
    a_desk(&database.store).await;
    let before = database.store.snapshot().await.unwrap();
    let mut reading = database.store.read().await.unwrap();
    let position = reading.position().await.unwrap();
    let after = change(&database.store, async |change| {
        change.create_group(group(3), Some(group(2))).await?;
        change.set_owner(bot(1), group(3)).await
    })
    .await
    .unwrap();
    assert_ne!(position, after);
    let now = database.store.snapshot_in(&mut reading).await.unwrap();
    assert_eq!((now.position, now.world), (before.position, before.world));
    assert_eq!(database.store.snapshot().await.unwrap().position, after);
}

async fn a_snapshot_is_what_was_written(database: &Database) {
    let from = UNIX_EPOCH + Duration::from_micros(1_000_001);
    let until = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let client = Client::new(
        ClientName::from_ulid(9),
        group(1),
        ClientType::Fund,
        VerificationStatus::Pending,
    );
    let validity = Validity::ALWAYS.from(from).until(until);
    a_desk(&database.store).await;
    change(&database.store, async |change| {
        change.create_entity(EntityName::user(1), group(1), EntityState::Inactive).await?;
        for (of, validity) in [(7, validity), (8, Validity::ALWAYS)] {
            let label = "laptop";
            let created = UNIX_EPOCH;
            let new = NewCredential { digest: &digest(of), label, validity, created };
            change.add_credential(bot(1), &new).await?;
        }
        for grant in [role(2_147_483_647, 1), role(1, 2), role(1, 1)] {
            change.grant(bot(1), grant).await?;
        }
        change.grant(EntityName::user(1), role(5, 1)).await?;
        change.put_client(&client).await
    })
    .await
    .unwrap();

    let world = database.store.snapshot().await.unwrap().world;
    assert_eq!(world.groups(), [(group(1), None), (group(2), Some(group(1)))]);
    assert_eq!(world.clients(), [client]);
    let [first, second, user] = world.entities() else { panic!("{:?}", world.entities()) };
    assert_eq!(
        (first.name(), first.owner(), first.state()),
        (bot(1), group(2), EntityState::Active)
    );
    let credentials: Vec<_> =
        first.credentials().map(|(key, during)| (key.clone(), during)).collect();
    assert_eq!(credentials, [(digest(7).into(), validity), (digest(8).into(), Validity::ALWAYS)]);
    let grants: Vec<_> = first.grants().iter().collect();
    assert_eq!(grants, [role(1, 1), role(1, 2), role(2_147_483_647, 1)]);
    assert_eq!((second.credentials().len(), second.grants().iter().len()), (0, 0));
    assert_eq!((user.name(), user.state()), (EntityName::user(1), EntityState::Inactive));
    assert_eq!(user.grants().iter().collect::<Vec<_>>(), [role(5, 1)]);
    MemoryDirectory::new(world).unwrap();
}

async fn names_are_read_in_the_collections_of_the_service(database: &Database) {
    const OWN: Collections =
        Collections::new().with_api_users("iam/api_users").with_clients("compliance/clients");
    let start = a_desk(&database.store).await;
    let store = database.open_again().await.with_collections(OWN);
    let name = OWN.client_from_ulid(4);
    change(&store, async |change| {
        change
            .create_entity(
                OWN.entity("iam/api_users/0000000000000000000000000C").unwrap(),
                group(1),
                EntityState::Active,
            )
            .await?;
        let client = Client::new(name, group(1), ClientType::Trust, VerificationStatus::Failed);
        change.put_client(&client).await
    })
    .await
    .unwrap();
    let world = store.snapshot().await.unwrap().world;
    let names: Vec<_> = world.entities().iter().map(|entity| entity.name().to_string()).collect();
    assert_eq!(names[2], "iam/api_users/0000000000000000000000000C");
    assert_eq!(
        world.clients()[0].name().to_string(),
        "compliance/clients/00000000000000000000000004"
    );
    let crate::store::ChangesSince::Changes(changes) = store.changes_since(&start).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(changes.entities[0].0.to_string(), names[2]);
    assert_eq!(changes.clients[0].1.unwrap().name().to_string(), name.to_string());
}

async fn a_change_has_the_present_records_of_what_it_names(database: &Database) {
    let start = a_desk(&database.store).await;
    let before = change(&database.store, async |change| {
        change.create_group(group(3), Some(group(2))).await?;
        change.grant(bot(1), role(1, 2)).await?;
        change.grant(bot(1), role(2, 2)).await
    })
    .await
    .unwrap();
    let changes = database.changes(&start).await;
    assert_eq!(changes.position, before);
    assert_eq!(changes.groups, [(group(3), Some(Some(group(2))))]);
    let [(name, Some(entity))] = &changes.entities[..] else { panic!("{changes:?}") };
    assert_eq!(*name, bot(1));
    assert_eq!(entity.grants().iter().collect::<Vec<_>>(), [role(1, 2), role(2, 2)]);
    assert!(changes.clients.is_empty());

    let after = change(&database.store, async |change| {
        change.take_back(bot(1), role(2, 2)).await?;
        change.remove_group(group(3)).await?;
        change.move_group(group(2), None).await
    })
    .await
    .unwrap();
    let changes = database.changes(&before).await;
    assert_eq!(changes.position, after);
    assert_eq!(changes.groups, [(group(2), Some(None)), (group(3), None)]);
    let [(_, Some(entity))] = &changes.entities[..] else { panic!("{changes:?}") };
    assert_eq!(entity.grants().iter().collect::<Vec<_>>(), [role(1, 2)]);
    let changes = database.changes(&after).await;
    assert!(changes.groups.is_empty() && changes.entities.is_empty());
}

async fn an_edit_by_hand_is_logged_too(database: &Database) {
    a_desk(&database.store).await;
    let (desk, key) = ("groups/00000000000000000000000002", "00".repeat(32));
    let (first, second) =
        ("api_users/00000000000000000000000001", "api_users/00000000000000000000000002");
    let client = "clients/00000000000000000000000003";
    let blob = if database.is_sqlite() { format!("x'{key}'") } else { format!("'\\x{key}'") };
    let below = "groups/00000000000000000000000003";
    let edits = [
        (format!("INSERT INTO meshauth_groups VALUES ('{below}', '{desk}')"), vec![below]),
        (format!("UPDATE meshauth_groups SET owner = NULL WHERE name = '{below}'"), vec![below]),
        (format!("DELETE FROM meshauth_groups WHERE name = '{below}'"), vec![below]),
        (
            format!("UPDATE meshauth_entities SET state = 'INACTIVE' WHERE name = '{first}'"),
            vec![first],
        ),
        (format!("INSERT INTO meshauth_grants VALUES ('{first}', '{desk}', 7)"), vec![first]),
        (format!("UPDATE meshauth_grants SET entity = '{second}'"), vec![first, second]),
        ("DELETE FROM meshauth_grants".to_owned(), vec![second]),
        (
            format!(
                "INSERT INTO meshauth_credentials VALUES ({blob}, '{first}', 'x', NULL, NULL, 0)"
            ),
            vec![first],
        ),
        (format!("UPDATE meshauth_credentials SET entity = '{second}'"), vec![first, second]),
        ("DELETE FROM meshauth_credentials".to_owned(), vec![second]),
        (
            format!("INSERT INTO meshauth_clients VALUES ('{client}', '{desk}', 'FUND', 'FAILED')"),
            vec![client],
        ),
        ("UPDATE meshauth_clients SET verification_status = 'VERIFIED'".to_owned(), vec![client]),
        ("DELETE FROM meshauth_clients".to_owned(), vec![client]),
        (format!("DELETE FROM meshauth_entities WHERE name = '{first}'"), vec![first]),
    ];
    for (edit, names) in edits {
        let before = database.store.snapshot().await.unwrap().position;
        database.by_hand(&edit).await.unwrap_or_else(|error| panic!("{edit}: {error:?}"));
        let changes = database.changes(&before).await;
        let mut logged: Vec<String> = Vec::new();
        logged.extend(changes.groups.iter().map(|(name, _)| name.to_string()));
        logged.extend(changes.entities.iter().map(|(name, _)| name.to_string()));
        logged.extend(changes.clients.iter().map(|(name, _)| name.to_string()));
        assert_eq!(logged, names, "{edit}");
        assert!(changes.position.number() > before.number());
    }
    assert_eq!(
        database.number("SELECT count(*) FROM meshauth_changes WHERE position IS NULL").await,
        0
    );
}
